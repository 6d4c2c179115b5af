import assert from "node:assert/strict";
import { controlPlane, gateways } from "../../../components/manifests/istioOperator";
import { backendConfig } from "../../../components/manifests/multiClusterIngress";
import { checkIstioOperator } from "../../../components/manifests/istioOperatorSchema";
import { mesh, usEast1 } from "./mesh";

const SPOT = {
  nodeSelector: { "cloud.google.com/gke-spot": "true" },
  tolerations: [{ key: "cloud.google.com/gke-spot", operator: "Equal", value: "true", effect: "NoSchedule" }],
};

function gatewayNamed(name: string, resource = gateways(mesh(), usEast1)) {
  const found = resource.spec.components.ingressGateways.find((gateway) => gateway.name === name);
  assert.ok(found, `no gateway ${name}`);
  return found;
}

describe("the control plane's IstioOperator resource", () => {
  const { metadata, spec } = controlPlane(mesh(), usEast1);

  it("is named for its revision and in the namespace that the operator watches", () => {
    assert.deepEqual(metadata, { name: "control-plane-1-23-6", namespace: "istio-system" });
    assert.equal(spec.revision, "1-23-6");
    assert.equal(spec.hub, "docker.io/istio");
    assert.equal(spec.tag, "1.23.6");
  });

  it("has no gateway, so that no proxy of its own holds up its deletion", () => {
    assert.deepEqual(spec.components.ingressGateways, [{ name: "istio-ingressgateway", enabled: false }]);
  });

  it("tells istiod the mesh, the cluster and the network", () => {
    assert.deepEqual(spec.values.global, {
      meshID: "mesh",
      multiCluster: { clusterName: "us-east1" },
      network: "us-east1",
    });
  });

  it("keeps istiod available on spot nodes", () => {
    const { k8s } = spec.components.pilot;
    assert.equal(k8s.hpaSpec.minReplicas, 2);
    assert.equal(k8s.resources.requests.cpu, "500m");
    assert.deepEqual(k8s.podDisruptionBudget, { minAvailable: 1 });
    assert.deepEqual({ nodeSelector: k8s.nodeSelector, tolerations: k8s.tolerations }, SPOT);
    const [term] = k8s.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution;
    assert.equal(term?.podAffinityTerm.topologyKey, "kubernetes.io/hostname");
    assert.deepEqual(term?.podAffinityTerm.labelSelector.matchLabels, {
      app: "istiod",
      "istio.io/rev": "1-23-6",
    });
  });

  it("sends every trace to the Jaeger collector by its full name, and metrics to Cloud Monitoring", () => {
    assert.deepEqual(spec.meshConfig, {
      trustDomain: "cluster.local",
      connectTimeout: "2s",
      enableTracing: true,
      defaultConfig: {
        tracing: {
          sampling: 100,
          zipkin: { address: "jaeger-collector.observability.svc.cluster.local:9411" },
        },
      },
      extensionProviders: [{ name: "stackdriver", stackdriver: { maxTagLength: 256 } }],
      localityLbSetting: { enabled: false },
    });
  });

  it("leaves out what is switched off", () => {
    const without = mesh({ tracing: false, telemetry: { stackdriver: false } });
    assert.deepEqual(controlPlane(without, usEast1).spec.meshConfig, {
      trustDomain: "cluster.local",
      connectTimeout: "2s",
      localityLbSetting: { enabled: false },
    });
  });

  it("prefers the near region only when asked to, and says so: Istio would do it where endpoints may be taken out", () => {
    const setting = (enabled: boolean) =>
      controlPlane(mesh({ locality: { enabled } }), usEast1).spec.meshConfig.localityLbSetting;
    assert.deepEqual(setting(true), { enabled: true });
    assert.deepEqual(setting(false), { enabled: false });
  });

  it("has the time that a connection may take", () => {
    const { meshConfig } = controlPlane(mesh({ connectTimeout: "500ms" }), usEast1).spec;
    assert.equal(meshConfig.connectTimeout, "500ms");
  });
});

describe("the east-west gateway", () => {
  const gateway = gatewayNamed("istio-eastwestgateway");

  it("is internal, reachable from the other regions, and admits the mesh's supernet only", () => {
    assert.ok("k8s" in gateway);
    assert.deepEqual(gateway.k8s.serviceAnnotations, {
      "networking.gke.io/load-balancer-type": "Internal",
      "networking.gke.io/internal-load-balancer-allow-global-access": "true",
    });
    assert.deepEqual(gateway.k8s.service, {
      type: "LoadBalancer",
      ports: [
        { name: "status-port", port: 15021, targetPort: 15021 },
        { name: "tls", port: 15443, targetPort: 15443 },
      ],
      loadBalancerSourceRanges: ["10.16.0.0/12"],
    });
  });

  it("serves its own network only, in a namespace of the gateways", () => {
    assert.equal(gateway.namespace, "istio-gateways");
    assert.deepEqual(gateway.label, {
      app: "istio-eastwestgateway",
      istio: "eastwestgateway",
      "topology.istio.io/network": "us-east1",
    });
    assert.ok("env" in gateway.k8s);
    assert.deepEqual(gateway.k8s.env[0], { name: "ISTIO_META_REQUESTED_NETWORK_VIEW", value: "us-east1" });
  });

  it("admits the named ranges only when it is external", () => {
    const open = mesh({ eastWest: { access: "external", sourceRanges: ["203.0.113.0/24"] } });
    const external = gatewayNamed("istio-eastwestgateway", gateways(open, usEast1));
    assert.deepEqual(external.k8s.serviceAnnotations, {});
    assert.ok("loadBalancerSourceRanges" in external.k8s.service);
    assert.deepEqual(external.k8s.service.loadBalancerSourceRanges, ["203.0.113.0/24"]);
    assert.equal(external.k8s.service.externalTrafficPolicy, "Local");
  });
});

describe("the ingress gateway", () => {
  it("has no load balancer of its own", () => {
    const { service } = gatewayNamed("istio-ingressgateway").k8s;
    assert.equal(service.type, "ClusterIP");
    assert.deepEqual(
      service.ports.map(({ port, targetPort }) => [port, targetPort]),
      [
        [15021, 15021],
        [80, 8080],
        [443, 8443],
      ],
    );
  });

  it("has a named NEG where one is asked for, and no annotation elsewhere", () => {
    const named = gateways(mesh(), { ...usEast1, namedNeg: "us-central1" });
    assert.deepEqual(gatewayNamed("istio-ingressgateway", named).k8s.serviceAnnotations, {
      "cloud.google.com/neg": '{"exposed_ports":{"443":{"name":"us-central1"}}}',
    });
    assert.equal(gatewayNamed("istio-ingressgateway").k8s.serviceAnnotations, undefined);
  });
});

describe("both gateways", () => {
  for (const name of ["istio-eastwestgateway", "istio-ingressgateway"]) {
    it(`${name} takes requests until the load balancer knows that it goes, and lets those under way end`, () => {
      const { env, overlays } = gatewayNamed(name).k8s;
      const { connectionDraining, healthCheck } = backendConfig(mesh().ingress).spec;
      const noticed = healthCheck.unhealthyThreshold * healthCheck.checkIntervalSec + healthCheck.timeoutSec;
      const accepting = Number(
        /^(\d+)s$/.exec(env.find((one) => one.name === "MINIMUM_DRAIN_DURATION")?.value ?? "")?.[1],
      );
      assert.ok(accepting > noticed, `${accepting} s, and the load balancer takes ${noticed}`);
      assert.deepEqual(
        env.filter((one) => one.name === "EXIT_ON_ZERO_ACTIVE_CONNECTIONS"),
        [{ name: "EXIT_ON_ZERO_ACTIVE_CONNECTIONS", value: "true" }],
      );
      assert.deepEqual(overlays, [
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          name,
          patches: [
            {
              path: "spec.template.spec.terminationGracePeriodSeconds",
              value: accepting + connectionDraining.drainingTimeoutSec,
            },
          ],
        },
      ]);
    });

    it(`${name} stays available on spot nodes`, () => {
      const { k8s, label } = gatewayNamed(name);
      assert.equal(k8s.hpaSpec.minReplicas, 2);
      assert.equal(k8s.resources.requests.cpu, "100m");
      assert.deepEqual(k8s.podDisruptionBudget, { minAvailable: 1 });
      assert.deepEqual({ nodeSelector: k8s.nodeSelector, tolerations: k8s.tolerations }, SPOT);
      const [term] = k8s.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution;
      assert.deepEqual(term?.podAffinityTerm.labelSelector.matchLabels, label);
    });
  }

  it("get their proxy from istiod's injection", () => {
    const { values, profile } = gateways(mesh(), usEast1).spec;
    assert.equal(profile, "empty");
    assert.deepEqual(values.gateways, { "istio-ingressgateway": { injectionTemplate: "gateway" } });
  });
});

describe("the check of IstioOperator resources", () => {
  it("lets both resources pass", () => {
    const near = mesh({ locality: { enabled: true } });
    for (const resource of [controlPlane(near, usEast1), gateways(near, { ...usEast1, namedNeg: "n" })]) {
      assert.equal(checkIstioOperator(resource), resource);
    }
  });

  it("names a misspelt field, which the operator would trip over for all resources", () => {
    const resource = controlPlane(mesh(), usEast1);
    const misspelt = { ...resource, spec: { ...resource.spec, componets: {} } };
    assert.throws(() => checkIstioOperator(misspelt), /componets/);
  });
});
