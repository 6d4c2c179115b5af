import { testRule } from "./cases";
import type { Resource } from "./harness";

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
      props: { spec: { redirectToHttps: { enabled: true } } },
    },
    broken: [
      ["spec.redirectToHttps.enabled", false, /is false: write true/],
      ["spec.redirectToHttps", undefined, /is missing/],
    ],
    mended: ["spec.redirectToHttps.enabled", "spec.redirectToHttps"],
    others,
  });
});

describe("backend-health-check", () => {
  const backend: Resource = {
    type: "kubernetes:cloud.google.com/v1:BackendConfig",
    props: {
      metadata: { name: "edge" },
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
    others,
  });

  describe("for named gateways", () => {
    testRule({
      rule: "backend-health-check",
      config: { names: ["edge"] },
      compliant: backend,
      broken: [["spec.healthCheck.port", undefined, /port is missing/]],
      others: {
        "another BackendConfig": { ...backend, props: { metadata: { name: "shop" }, spec: {} } },
      },
    });
  });
});
