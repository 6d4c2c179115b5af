import assert from "node:assert/strict";
import { testRule } from "./cases";
import { changed, judge, mended, messages, type Resource, UNKNOWN } from "./harness";

const STATIC_ADDRESS = `metadata.annotations["networking.gke.io/static-ip"]`;
const CERTIFICATES = `metadata.annotations["networking.gke.io/pre-shared-certs"]`;

const ingress: Resource = {
  type: "kubernetes:networking.gke.io/v1:MultiClusterIngress",
  props: {
    metadata: { annotations: { "networking.gke.io/static-ip": "203.0.113.7" } },
    spec: {
      template: {
        spec: { backend: { serviceName: "edge", servicePort: 443 }, tls: [{ secretName: "edge-tls" }] },
      },
    },
  },
};

const others = {
  "an Ingress of one cluster": { type: "kubernetes:networking.k8s.io/v1:Ingress", props: { spec: {} } },
};

describe("ingress-static-address", () => {
  testRule({
    rule: "ingress-static-address",
    compliant: ingress,
    broken: [
      [STATIC_ADDRESS, undefined, /is missing: write the address itself, such as 203/],
      [STATIC_ADDRESS, "mesh-edge", /is "mesh-edge"/],
      [STATIC_ADDRESS, "203.0.113.700", /write the address itself/],
    ],
    accepted: [
      [
        STATIC_ADDRESS,
        "https://www.googleapis.com/compute/v1/projects/my-project/global/addresses/mesh-edge",
      ],
    ],
    others,
  });
});

describe("ingress-tls", () => {
  testRule({
    rule: "ingress-tls",
    compliant: ingress,
    broken: [
      ["spec.template.spec.tls", undefined, /the load balancer would answer in plain text/],
      ["spec.template.spec.tls[0].secretName", "", /plain text/],
    ],
    others: {
      ...others,
      "certificates that Google holds": {
        ...ingress,
        props: {
          metadata: { annotations: { "networking.gke.io/pre-shared-certs": "edge-1" } },
          spec: { template: { spec: {} } },
        },
      },
    },
  });

  describe("with certificates that Google holds", () => {
    testRule({
      rule: "ingress-tls",
      compliant: {
        type: "kubernetes:networking.gke.io/v1beta1:MultiClusterIngress",
        props: { metadata: { annotations: { "networking.gke.io/pre-shared-certs": "edge-1" } }, spec: {} },
      },
      broken: [[CERTIFICATES, undefined, /plain text/]],
      others,
    });
  });
});

describe("frontend-https-redirect", () => {
  testRule({
    rule: "frontend-https-redirect",
    compliant: {
      type: "kubernetes:networking.gke.io/v1beta1:FrontendConfig",
      props: {
        metadata: { name: "edge", namespace: "istio-gateways" },
        spec: { redirectToHttps: { enabled: true } },
      },
    },
    broken: [
      ["spec.redirectToHttps.enabled", false, /is false: write true/],
      ["spec.redirectToHttps", undefined, /is missing/],
    ],
    mended: ["spec.redirectToHttps.enabled", "spec.redirectToHttps"],
    others: {
      ...others,
      "a FrontendConfig of another load balancer": {
        type: "kubernetes:networking.gke.io/v1beta1:FrontendConfig",
        props: { metadata: { name: "edge", namespace: "shop" }, spec: {} },
      },
    },
  });
});

describe("backend-health-check", () => {
  const backend: Resource = {
    type: "kubernetes:cloud.google.com/v1:BackendConfig",
    props: {
      metadata: { name: "edge", namespace: "istio-gateways" },
      spec: { healthCheck: { type: "HTTP", port: 15021, requestPath: "/healthz/ready" } },
    },
  };
  testRule({
    rule: "backend-health-check",
    compliant: backend,
    broken: [
      ["spec.healthCheck.port", 8443, /port is 8443: write 15021/],
      ["spec.healthCheck.requestPath", "/", /requestPath is "\/": write \/healthz\/ready/],
      ["spec.healthCheck.type", "HTTPS", /type is "HTTPS": write HTTP/],
    ],
    others: {
      ...others,
      "a BackendConfig of other pods": {
        ...backend,
        props: { metadata: { name: "edge", namespace: "shop" }, spec: {} },
      },
      "a BackendConfig of no namespace": { ...backend, props: { metadata: { name: "edge" }, spec: {} } },
    },
  });

  it("takes the namespaces from the configuration", () => {
    const elsewhere = { ...backend, props: { metadata: { name: "edge", namespace: "ingress" }, spec: {} } };
    assert.equal(messages("backend-health-check", elsewhere, { namespaces: ["ingress"] }).length, 3);
    assert.deepEqual(messages("backend-health-check", backend, { namespaces: ["ingress"] }), []);
  });

  it("is undecided while the namespace is unknown", () => {
    const unknown = { ...backend, props: changed(backend.props, "metadata.namespace", UNKNOWN) };
    assert.ok(judge("backend-health-check", unknown).undecided);
  });

  describe("for named gateways", () => {
    testRule({
      rule: "backend-health-check",
      config: { names: ["edge"] },
      compliant: backend,
      broken: [
        ["spec.healthCheck.port", undefined, /port is missing/],
        ["spec.healthCheck.type", "HTTPS", /write HTTP/],
      ],
      mended: ["spec.healthCheck.port", "spec.healthCheck.type"],
      others: {
        "another BackendConfig": {
          ...backend,
          props: { metadata: { name: "shop", namespace: "istio-gateways" }, spec: {} },
        },
        "another namespace's": {
          ...backend,
          props: { metadata: { name: "edge", namespace: "shop" }, spec: {} },
        },
      },
    });
  });
});

describe("backend-health-check of pods that nobody named", () => {
  it("mends nothing: they may have another health endpoint", () => {
    const props = { metadata: { name: "shop", namespace: "istio-system" }, spec: {} };
    const backend = { type: "kubernetes:cloud.google.com/v1:BackendConfig", props };
    assert.equal(mended("backend-health-check", backend), undefined);
  });
});

describe("ssl-policy-strong", () => {
  const policy: Resource = {
    type: "gcp:compute/sSLPolicy:SSLPolicy",
    props: { minTlsVersion: "TLS_1_2", profile: "MODERN" },
  };
  testRule({
    rule: "ssl-policy-strong",
    compliant: policy,
    broken: [
      ["minTlsVersion", undefined, /minTlsVersion is missing: write TLS_1_2/],
      ["minTlsVersion", "TLS_1_0", /is "TLS_1_0"/],
      ["minTlsVersion", "TLS_1_1", /is "TLS_1_1"/],
      ["profile", "COMPATIBLE", /profile is "COMPATIBLE": it has ciphers without forward secrecy/],
      ["profile", undefined, /profile is missing/],
    ],
    accepted: [
      ["minTlsVersion", "TLS_1_3"],
      ["profile", "RESTRICTED"],
    ],
    mended: ["minTlsVersion"],
    others,
  });

  it("judges regional policies, and profiles by configuration", () => {
    const regional = {
      type: "gcp:compute/regionSslPolicy:RegionSslPolicy",
      props: { minTlsVersion: "TLS_1_0", profile: "COMPATIBLE" },
    };
    assert.equal(messages("ssl-policy-strong", regional).length, 2);
    assert.equal(messages("ssl-policy-strong", regional, { refusedProfiles: [] }).length, 1);
  });
});

describe("objects that lead to these configurations", () => {
  testRule({
    rule: "frontend-https-redirect",
    compliant: {
      type: "kubernetes:networking.gke.io/v1:MultiClusterIngress",
      props: {
        metadata: {
          name: "edge",
          namespace: "istio-gateways",
          annotations: { "networking.gke.io/frontend-config": "edge" },
        },
      },
    },
    broken: [
      [
        `metadata.annotations["networking.gke.io/frontend-config"]`,
        undefined,
        /is missing: no FrontendConfig redirects/,
      ],
      [`metadata.annotations["networking.gke.io/frontend-config"]`, "", /write the name of one/],
    ],
    others: {
      "an ingress of another application": {
        type: "kubernetes:networking.gke.io/v1:MultiClusterIngress",
        props: { metadata: { name: "shop", namespace: "shop" } },
      },
    },
  });

  const annotation = `metadata.annotations["cloud.google.com/backend-config"]`;
  testRule({
    rule: "backend-health-check",
    compliant: {
      type: "kubernetes:networking.gke.io/v1:MultiClusterService",
      props: {
        metadata: {
          name: "edge",
          namespace: "istio-gateways",
          annotations: { "cloud.google.com/backend-config": '{"default":"edge"}' },
        },
      },
    },
    broken: [
      [annotation, undefined, /is missing: Google's own health check/],
      [annotation, "edge", /write \{"default": NAME\}/],
      [annotation, '{"default":""}', /write \{"default": NAME\}/],
    ],
    accepted: [[annotation, '{"ports":{"443":"edge"}}']],
    others: {
      "a service of another application": {
        type: "kubernetes:networking.gke.io/v1:MultiClusterService",
        props: { metadata: { name: "shop", namespace: "shop" } },
      },
    },
  });
});
