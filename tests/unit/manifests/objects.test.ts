import { BackendConfig } from "@kubernetes-models/gke/cloud.google.com/v1";
import { FrontendConfig } from "@kubernetes-models/gke/networking.gke.io/v1beta1";
import {
  DestinationRule,
  Gateway,
  VirtualService,
} from "@kubernetes-models/istio/networking.istio.io/v1beta1";
import { Telemetry } from "@kubernetes-models/istio/telemetry.istio.io/v1alpha1";
import assert from "node:assert/strict";
import { clusterSubsets, clusterVirtualService, routeHost } from "../../../components/manifests/clusterRoute";
import { crossNetworkGateway } from "../../../components/manifests/eastWestGateway";
import { gateways } from "../../../components/manifests/istioOperator";
import { gkeKubeconfig, remoteKubeconfig } from "../../../components/manifests/kubeconfig";
import { type EjectionLimits, outlierDetectionRule } from "../../../components/manifests/outlierDetection";
import {
  backendConfig,
  edgeGateway,
  frontendConfig,
  multiClusterIngress,
  multiClusterService,
} from "../../../components/manifests/multiClusterIngress";
import { readerToken, remoteSecretMetadata } from "../../../components/manifests/remoteSecret";
import { meshDefaultTelemetry } from "../../../components/manifests/telemetry";
import { verifyWorkload } from "../../../components/manifests/verifyWorkload";
import { mesh, usEast1 } from "./mesh";

/** A class of `@kubernetes-models`, which checks against the kind's own schema. */
interface Model {
  new (data: never): { validate(): void };
}

function assertValid(model: Model, object: object): void {
  new model(object as never).validate();
}

const route = mesh({
  dns: { zone: "mesh-example-com", domain: "mesh.example.com" },
  routes: [{ name: "alertmanager", service: "alertmanager", namespace: "monitoring", port: 9093 }],
}).routes[0];
assert.ok(route);

describe("objects of Istio and Google", () => {
  const clusterRules = clusterSubsets(route, mesh().outlierDetection);
  const cases: [string, Model, object][] = [
    ["the cross-network Gateway", Gateway, crossNetworkGateway()],
    ["the edge Gateway", Gateway, edgeGateway()],
    ["the subsets of a route", DestinationRule, clusterRules],
    [
      "the VirtualService of a route",
      VirtualService,
      clusterVirtualService(route, "us-east1", "example.com"),
    ],
    [
      "the rule for what fails",
      DestinationRule,
      outlierDetectionRule(mesh().outlierDetection as EjectionLimits),
    ],
    ["the Telemetry object", Telemetry, meshDefaultTelemetry()],
    ["the BackendConfig", BackendConfig, backendConfig(mesh().ingress)],
    ["the FrontendConfig", FrontendConfig, frontendConfig("mesh-edge")],
    [
      "the VirtualService of the verify workload",
      VirtualService,
      verifyWorkload(mesh({ verifyWorkload: true }).verifyWorkload, {
        cluster: "us-east1",
        clusters: ["us-east1", "us-central1"],
        revision: "1-23-6",
      }).virtualService,
    ],
  ];
  for (const [what, model, object] of cases) {
    it(`${what} is valid by its kind's schema`, () => assertValid(model, object));
  }
});

describe("the cross-network gateway", () => {
  it("passes TLS on by the name in the handshake, for names of the mesh only", () => {
    assert.deepEqual(crossNetworkGateway().spec, {
      selector: { istio: "eastwestgateway" },
      servers: [
        {
          port: { number: 15443, name: "tls", protocol: "TLS" },
          tls: { mode: "AUTO_PASSTHROUGH" },
          hosts: ["*.local"],
        },
      ],
    });
  });
});

describe("the edge", () => {
  it("accepts any host, since the load balancer sends no server name", () => {
    const [server] = edgeGateway().spec.servers;
    assert.deepEqual(server?.hosts, ["*"]);
    assert.deepEqual(server?.tls, { mode: "SIMPLE", credentialName: "edge-origin-tls" });
  });

  it("redirects plain requests and asks the gateways' status port", () => {
    assert.deepEqual(frontendConfig().spec, {
      redirectToHttps: { enabled: true, responseCodeName: "MOVED_PERMANENTLY_DEFAULT" },
    });
    const { type, port, requestPath } = backendConfig(mesh().ingress).spec.healthCheck;
    assert.deepEqual(
      { type, port, requestPath },
      { type: "HTTP", port: 15021, requestPath: "/healthz/ready" },
    );
  });

  it("repeats the ingress gateway's ports and labels in the MultiClusterService", () => {
    const [, ingress] = gateways(mesh(), usEast1).spec.components.ingressGateways;
    const { selector, ports } = multiClusterService().spec.template.spec;
    assert.deepEqual(ports, ingress?.k8s.service.ports);
    assert.deepEqual(selector, ingress?.label);
    assert.deepEqual(multiClusterService().metadata.annotations, {
      "cloud.google.com/backend-config": '{"default":"edge"}',
      "networking.gke.io/app-protocols": '{"https":"HTTPS"}',
    });
  });

  it("names the address itself, and a TLS Secret or certificates that Google holds", () => {
    const bySecret = multiClusterIngress("203.0.113.7", { secretName: "edge-tls" });
    assert.deepEqual(bySecret.metadata.annotations, {
      "networking.gke.io/static-ip": "203.0.113.7",
      "networking.gke.io/frontend-config": "edge",
    });
    assert.deepEqual(bySecret.spec.template.spec, {
      backend: { serviceName: "edge", servicePort: 443 },
      tls: [{ secretName: "edge-tls" }],
    });
    const held = multiClusterIngress("203.0.113.7", { preSharedCertificates: ["a", "b"] });
    assert.equal(held.metadata.annotations["networking.gke.io/pre-shared-certs"], "a,b");
    assert.ok(!("tls" in held.spec.template.spec));
  });
});

describe("remote access", () => {
  it("is a token kubeconfig, which is the only kind that istiod takes", () => {
    const access = {
      name: "us-east1",
      server: "https://10.16.0.2",
      certificateAuthority: "Q0E=",
      token: "t",
    };
    assert.deepEqual(JSON.parse(remoteKubeconfig(access)), {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "us-east1",
      clusters: [
        { name: "us-east1", cluster: { server: "https://10.16.0.2", "certificate-authority-data": "Q0E=" } },
      ],
      contexts: [{ name: "us-east1", context: { cluster: "us-east1", user: "us-east1" } }],
      users: [{ name: "us-east1", user: { token: "t" } }],
    });
  });

  it("is found by istiod by label and annotation, and has a token per reader", () => {
    assert.deepEqual(remoteSecretMetadata("us-east1"), {
      name: "istio-remote-secret-us-east1",
      namespace: "istio-system",
      labels: { "istio/multiCluster": "true" },
      annotations: { "networking.istio.io/cluster": "us-east1" },
    });
    const token = readerToken("us-central1");
    assert.equal(token.type, "kubernetes.io/service-account-token");
    assert.equal(token.metadata.name, "istio-reader-service-account-istio-remote-secret-token-us-central1");
    assert.deepEqual(token.metadata.annotations, {
      "kubernetes.io/service-account.name": "istio-reader-service-account",
    });
  });

  it("of Pulumi goes by the DNS endpoint and holds no secret", () => {
    const kubeconfig = gkeKubeconfig({ name: "us-east1", dnsEndpoint: "gke-1.us-east1.gke.goog" });
    const { clusters, users } = JSON.parse(kubeconfig) as {
      clusters: { cluster: object }[];
      users: { user: { exec: { command: string } } }[];
    };
    assert.deepEqual(clusters[0]?.cluster, { server: "https://gke-1.us-east1.gke.goog" });
    assert.equal(users[0]?.user.exec.command, "gke-gcloud-auth-plugin");
  });
});

describe("a route to one cluster", () => {
  it("has a subset per cluster, by the label that istiod gives to endpoints", () => {
    assert.deepEqual(clusterSubsets(route, false).spec, {
      host: "alertmanager.monitoring.svc.cluster.local",
      subsets: [
        { name: "us-central1", labels: { "topology.istio.io/cluster": "us-central1" } },
        { name: "us-east1", labels: { "topology.istio.io/cluster": "us-east1" } },
      ],
    });
  });

  it("repeats the mesh-wide rule, which it replaces for its service", () => {
    const { outlierDetection } = mesh();
    assert.ok(outlierDetection);
    assert.deepEqual(
      clusterSubsets(route, outlierDetection).spec.trafficPolicy,
      outlierDetectionRule(outlierDetection).spec.trafficPolicy,
    );
  });

  it("sends the cluster's own name to its subset", () => {
    assert.equal(routeHost(route, "us-east1", "mesh.example.com"), "alertmanager-us-east1.mesh.example.com");
    const { hosts, gateways: at, http } = clusterVirtualService(route, "us-east1", "mesh.example.com").spec;
    assert.deepEqual(hosts, ["alertmanager-us-east1.mesh.example.com"]);
    assert.deepEqual(at, ["istio-gateways/edge"]);
    assert.deepEqual(http[0]?.route[0]?.destination, {
      host: "alertmanager.monitoring.svc.cluster.local",
      subset: "us-east1",
      port: { number: 9093 },
    });
  });
});

describe("the verify workload", () => {
  const objects = verifyWorkload(mesh({ verifyWorkload: true }).verifyWorkload, {
    cluster: "us-east1",
    clusters: ["us-east1", "us-central1"],
    revision: "1-23-6",
  });

  it("is injected by its revision, and names cluster and pod", () => {
    assert.deepEqual(objects.namespace.metadata.labels, { "istio.io/rev": "1-23-6" });
    const { "default.conf.template": server = "", "page.html.template": page = "" } = objects.page.data;
    assert.match(
      server,
      /add_header X-Answered-Pod \$\{POD_NAME\};\n +add_header X-Answered-Cluster us-east1;/,
    );
    assert.match(page, /answered in us-east1/);
    assert.match(page, /<h1 id="pod">\$\{POD_NAME\}<\/h1>/);
  });

  it("listens for as long as its sidecar takes requests for it, when a pod is to stop", () => {
    const [container] = objects.deployment.spec.template.spec.containers;
    assert.deepEqual(container?.lifecycle, { preStop: { sleep: { seconds: 5 } } });
  });

  it("has pods that start anew for another page", () => {
    const { "checksum/page": sum } = objects.deployment.spec.template.metadata.annotations;
    const other = verifyWorkload(mesh({ verifyWorkload: true }).verifyWorkload, {
      cluster: "us-east1",
      clusters: ["us-east1"],
      revision: "1-23-6",
    });
    assert.notEqual(other.deployment.spec.template.metadata.annotations["checksum/page"], sum);
  });

  it("gets all requests that nothing else takes", () => {
    assert.deepEqual(objects.virtualService.spec.hosts, ["*"]);
    assert.deepEqual(objects.virtualService.spec.gateways, ["istio-gateways/edge"]);
  });
});
