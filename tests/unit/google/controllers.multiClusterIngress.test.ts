import assert from "node:assert/strict";
import type { ApiObject } from "../../../rehearsal/kubernetes/client";
import { derivedService, selectMembers } from "../../../rehearsal/google/controllers/derivedServices";
import {
  derivedServiceName,
  reconcileTime,
  resourceNames,
  translate,
} from "../../../rehearsal/google/controllers/ingressModel";
import type { ConfigObjects } from "../../../rehearsal/google/controllers/configObjects";
import { MemoryCloud } from "./memoryCloud";

type Change = (objects: { ingress: ApiObject; config: ConfigObjects; cloud: MemoryCloud }) => void;

const annotated = (object: ApiObject | undefined) => object?.metadata.annotations as Record<string, string>;
const specOf = (object: ApiObject | undefined) => object?.spec as Record<string, unknown>;

function fixture() {
  const metadata = (name: string, annotations: Record<string, string> = {}) => ({
    name,
    namespace: "gateways",
    annotations,
  });
  const ingress: ApiObject = {
    apiVersion: "networking.gke.io/v1beta1",
    kind: "MultiClusterIngress",
    metadata: metadata("edge", {
      "networking.gke.io/static-ip": "203.0.113.2",
      "networking.gke.io/frontend-config": "edge",
      "networking.gke.io/pre-shared-certs": "edge",
    }),
    spec: {
      template: {
        spec: { backend: { serviceName: "ingress", servicePort: 443 }, tls: [{ secretName: "tls" }] },
      },
    },
  };
  const service: ApiObject = {
    apiVersion: "networking.gke.io/v1beta1",
    kind: "MultiClusterService",
    metadata: metadata("ingress", {
      "cloud.google.com/backend-config": '{"default":"ingress"}',
      "networking.gke.io/app-protocols": '{"https":"HTTPS"}',
    }),
    spec: {
      template: {
        spec: {
          selector: { istio: "ingressgateway" },
          ports: [{ name: "https", protocol: "TCP", port: 443, targetPort: 8443 }],
        },
      },
    },
  };
  const config: ConfigObjects = {
    services: [service],
    frontendConfigs: [
      {
        apiVersion: "networking.gke.io/v1beta1",
        kind: "FrontendConfig",
        metadata: metadata("edge"),
        spec: { sslPolicy: "modern", redirectToHttps: { enabled: true, responseCodeName: "FOUND" } },
      },
    ],
    backendConfigs: [
      {
        apiVersion: "cloud.google.com/v1",
        kind: "BackendConfig",
        metadata: metadata("ingress"),
        spec: {
          healthCheck: { type: "HTTP", port: 15021, requestPath: "/healthz/ready" },
          securityPolicy: { name: "armor" },
        },
      },
    ],
    secrets: [
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: metadata("tls"),
        data: { "tls.crt": "YQ==", "tls.key": "YQ==" },
      },
    ],
  };
  return { ingress, config, cloud: new MemoryCloud() };
}

function translated(change: Change = () => undefined) {
  const objects = fixture();
  change(objects);
  return translate(objects.ingress, objects.config, objects.cloud);
}

const staticIp =
  (value: string): Change =>
  ({ ingress }) => {
    annotated(ingress)["networking.gke.io/static-ip"] = value;
  };

describe("a MultiClusterIngress", () => {
  it("becomes a load balancer when all that it names is there", () => {
    const { model, problems } = translated();
    assert.deepEqual(problems, []);
    assert.deepEqual(
      { ...model, address: model?.address?.address },
      {
        address: "203.0.113.2",
        https: true,
        certificates: ["edge"],
        tlsSecrets: ["tls"],
        sslPolicy: "modern",
        redirect: true,
        backends: [
          {
            service: "ingress",
            port: { name: "https", port: 443, targetPort: 8443, protocol: "TCP" },
            protocol: "HTTPS",
            healthCheck: { type: "HTTP", port: 15021, path: "/healthz/ready" },
            securityPolicy: "armor",
          },
        ],
      },
    );
  });

  it("takes the full URL of its address", () => {
    const url = "https://www.googleapis.com/compute/v1/projects/p/global/addresses/edge";
    assert.equal(translated(staticIp(url)).model?.address?.name, "edge");
  });

  it("checks health on the serving port by the port's protocol when there is no BackendConfig", () => {
    const { model } = translated(({ config }) => {
      delete annotated(config.services[0])["cloud.google.com/backend-config"];
    });
    assert.deepEqual(model?.backends[0]?.healthCheck, { type: "HTTPS", path: "/" });
  });

  it("takes the newer of both annotations for a BackendConfig", () => {
    const { problems } = translated(({ config }) => {
      annotated(config.services[0])["beta.cloud.google.com/backend-config"] = '{"default":"older"}';
    });
    assert.deepEqual(problems, []);
  });

  const bad: [string, Change, RegExp][] = [
    ["the bare name of its address", staticIp("edge"), /"edge" is neither an IP address nor the full URL/],
    [
      "an address that is not reserved",
      staticIp("203.0.113.9"),
      /"203\.0\.113\.9" is no reserved global address/,
    ],
    ["an address of a region", staticIp("10.0.0.200"), /no reserved global address/],
    [
      "HTTPS without an address",
      ({ ingress }) => delete annotated(ingress)["networking.gke.io/static-ip"],
      /HTTPS needs a reserved global address/,
    ],
    [
      "a certificate that does not exist",
      ({ cloud }) => (cloud.certificates = []),
      /SSL certificate "edge" not found/,
    ],
    ["a secret that does not exist", ({ config }) => (config.secrets = []), /secret "tls" does not exist/],
    [
      "a secret without a key",
      ({ config }) => {
        for (const secret of config.secrets) secret.data = { "tls.crt": "YQ==" };
      },
      /secret "tls" has no "tls\.key"/,
    ],
    [
      "a missing FrontendConfig",
      ({ config }) => (config.frontendConfigs = []),
      /FrontendConfig "edge" does not exist/,
    ],
    [
      "a missing BackendConfig",
      ({ config }) => (config.backendConfigs = []),
      /BackendConfig "ingress" does not exist/,
    ],
    [
      "a missing SSL policy",
      ({ config }) => (specOf(config.frontendConfigs[0]).sslPolicy = "old"),
      /SSL policy "old" not found/,
    ],
    [
      "a missing security policy",
      ({ config }) => (specOf(config.backendConfigs[0]).securityPolicy = { name: "none" }),
      /security policy "none" not found/,
    ],
    [
      "a health check over TCP",
      ({ config }) => (specOf(config.backendConfigs[0]).healthCheck = { type: "TCP" }),
      /unrecognized health check type "TCP"/,
    ],
    [
      "a missing MultiClusterService",
      ({ config }) => (config.services = []),
      /MultiClusterService "ingress" does not exist/,
    ],
    [
      "a port that the service does not have",
      ({ ingress }) => {
        ingress.spec = { template: { spec: { backend: { serviceName: "ingress", servicePort: 80 } } } };
      },
      /MultiClusterService "ingress" has no port 80/,
    ],
    [
      "an unknown protocol",
      ({ config }) => (annotated(config.services[0])["networking.gke.io/app-protocols"] = '{"https":"TLS"}'),
      /invalid port application protocol: TLS/,
    ],
    [
      "a BackendConfig annotation that is no JSON",
      ({ config }) => (annotated(config.services[0])["cloud.google.com/backend-config"] = "ingress"),
      /BackendConfig annotation is invalid json/,
    ],
  ];
  for (const [what, change, message] of bad)
    it(`has no load balancer with ${what}`, () => {
      const { model, problems } = translated(change);
      assert.equal(model, undefined);
      assert.equal(problems.length, 1, problems.join("\n"));
      assert.match(problems[0] ?? "", message);
    });

  it("has all its problems reported at once", () => {
    const { problems } = translated(({ config, cloud }) => {
      config.services = [];
      cloud.certificates = [];
    });
    assert.equal(problems.length, 2);
  });

  it("gets resources with the names that the status lists", () => {
    const { ingress } = fixture();
    const { model } = translated();
    assert.ok(model);
    const names = resourceNames(ingress, "p", "mesh", model);
    assert.match(names.firewall, /^mci-[a-z0-9]{6}-mesh-l7$/);
    assert.match(names.forwardingRules.join(), /^mci-\w{6}-fw-gateways-edge,mci-\w{6}-fws-gateways-edge$/);
    assert.match(names.backends.join(), /^mci-\w{6}-443-gateways-ingress$/);
  });

  it("shows times as the real controller does", () => {
    assert.equal(reconcileTime(new Date("2020-11-14T21:46:46Z")), "Saturday, 14-Nov-20 21:46:46 UTC");
  });
});

describe("a MultiClusterService", () => {
  const cloud = new MemoryCloud();
  const members = ["us-east1", "us-central1"].map((name) => ({ cluster: cloud.cluster(name) }));
  const service = () => fixture().config.services[0] as ApiObject;
  const linked = (...links: string[]) => {
    const one = service();
    specOf(one).clusters = links.map((link) => ({ link }));
    return selectMembers(one, members);
  };

  it("selects the whole fleet without links", () => {
    assert.equal(selectMembers(service(), members).selected.length, 2);
  });

  it("selects by location and name, and tells links apart that name nobody", () => {
    const { selected, unknown } = linked("us-central1/us-central1", "us-east1/other");
    assert.deepEqual(
      [selected.map(({ cluster }) => cluster.name), unknown],
      [["us-central1"], ["us-east1/other"]],
    );
  });

  it("becomes a headless Service with groups of its own in each member", () => {
    const { metadata, spec } = derivedService(service());
    assert.match(metadata.name, /^mci-ingress-svc-[a-z0-9]{16}$/);
    assert.equal(metadata.name, derivedServiceName("ingress"));
    assert.deepEqual(metadata.annotations, {
      "cloud.google.com/neg": '{"exposed_ports":{"443":{}}}',
      "networking.gke.io/multiclusterservice-parent": '{"Namespace":"gateways","Name":"ingress"}',
    });
    assert.deepEqual(spec, {
      type: "ClusterIP",
      clusterIP: "None",
      selector: { istio: "ingressgateway" },
      ports: [{ name: "https", port: 443, targetPort: 8443, protocol: "TCP" }],
    });
  });
});
