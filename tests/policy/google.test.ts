import assert from "node:assert/strict";
import { testRule } from "./cases";
import { messages, type Resource } from "./harness";

const cluster: Resource = {
  type: "gcp:container/cluster:Cluster",
  props: {
    privateClusterConfig: { enablePrivateNodes: true, masterGlobalAccessConfig: { enabled: true } },
    masterAuthorizedNetworksConfig: { cidrBlocks: [{ cidrBlock: "10.16.0.0/12" }] },
    workloadIdentityConfig: { workloadPool: "my-project.svc.id.goog" },
    enableShieldedNodes: true,
    enableLegacyAbac: false,
    masterAuth: { clientCertificateConfig: { issueClientCertificate: false } },
    releaseChannel: { channel: "EXTENDED" },
    addonsConfig: { httpLoadBalancing: { disabled: false } },
    clusterAutoscaling: {
      enabled: true,
      resourceLimits: [
        { resourceType: "cpu", maximum: 64 },
        { resourceType: "memory", maximum: 256 },
      ],
    },
    deletionProtection: true,
  },
};

const others = { "a node pool": { type: "gcp:container/nodePool:NodePool", props: {} } };

describe("cluster-private", () => {
  testRule({
    rule: "cluster-private",
    compliant: cluster,
    broken: [
      ["privateClusterConfig.enablePrivateNodes", false, /is false: nodes get public addresses/],
      ["privateClusterConfig.enablePrivateNodes", undefined, /is missing/],
      ["privateClusterConfig.masterGlobalAccessConfig.enabled", false, /other regions cannot watch/],
      ["masterAuthorizedNetworksConfig", undefined, /is missing: every address is admitted/],
      ["masterAuthorizedNetworksConfig.cidrBlocks[0].cidrBlock", "0.0.0.0/0", /has 0\.0\.0\.0\/0/],
    ],
    accepted: [["masterAuthorizedNetworksConfig.cidrBlocks", []]],
    others,
  });
});

describe("cluster-hardened", () => {
  testRule({
    rule: "cluster-hardened",
    compliant: cluster,
    broken: [
      ["workloadIdentityConfig", undefined, /workloadPool is missing: pods act as their node/],
      ["workloadIdentityConfig.workloadPool", "my-project", /write PROJECT\.svc\.id\.goog/],
      ["enableShieldedNodes", false, /enableShieldedNodes is false/],
      ["enableLegacyAbac", true, /it ignores RBAC/],
      ["masterAuth.clientCertificateConfig.issueClientCertificate", true, /cannot be withdrawn/],
      ["masterAuth.username", "admin", /masterAuth\.username is set/],
      [
        "masterAuth.password",
        "hunter2",
        /^masterAuth\.password is set: sign in with Google's identities instead$/,
      ],
      ["releaseChannel", undefined, /channel is missing/],
      ["releaseChannel.channel", "UNSPECIFIED", /write a channel/],
    ],
    accepted: [
      ["enableShieldedNodes", undefined],
      ["enableLegacyAbac", undefined],
      ["masterAuth", undefined],
    ],
    others,
  });
});

describe("cluster-node-auto-provisioning", () => {
  testRule({
    rule: "cluster-node-auto-provisioning",
    compliant: cluster,
    broken: [
      ["clusterAutoscaling.enabled", false, /is false: write true/],
      ["clusterAutoscaling.resourceLimits[0].resourceType", "gpu", /maximum for cpu that is missing/],
      ["clusterAutoscaling.resourceLimits[1].resourceType", "gpu", /maximum for memory that is missing/],
      ["clusterAutoscaling.resourceLimits[0].maximum", 0, /maximum for cpu that is 0/],
    ],
    others,
  });
});

describe("cluster-http-load-balancing", () => {
  testRule({
    rule: "cluster-http-load-balancing",
    compliant: cluster,
    broken: [["addonsConfig.httpLoadBalancing.disabled", true, /is true: write false/]],
    accepted: [["addonsConfig", undefined]],
    others,
  });
});

describe("cluster-deletion-protection", () => {
  testRule({
    rule: "cluster-deletion-protection",
    compliant: cluster,
    broken: [["deletionProtection", false, /is false: write true/]],
    accepted: [["deletionProtection", undefined]],
    others,
  });
});

describe("firewall-mesh-ports-closed", () => {
  const rule = "firewall-mesh-ports-closed";
  const firewall: Resource = {
    type: "gcp:compute/firewall:Firewall",
    props: { sourceRanges: ["10.16.0.0/12"], allows: [{ protocol: "tcp", ports: ["15443", "15021"] }] },
  };
  testRule({
    rule,
    compliant: firewall,
    broken: [
      ["sourceRanges", ["0.0.0.0/0"], /has 0\.0\.0\.0\/0 for 15443/],
      ["sourceRanges", undefined, /is missing: 15443 would be open to the world/],
    ],
    others: {
      "other ports": {
        ...firewall,
        props: { sourceRanges: ["0.0.0.0/0"], allows: [{ protocol: "tcp", ports: ["443", "15021"] }] },
      },
      "another protocol": { ...firewall, props: { allows: [{ protocol: "udp", ports: ["15443"] }] } },
      "traffic that leaves": {
        ...firewall,
        props: { ...firewall.props, sourceRanges: [], direction: "EGRESS" },
      },
      "named sources": {
        ...firewall,
        props: { sourceTags: ["gateway"], allows: [{ protocol: "tcp", ports: ["15443"] }] },
      },
    },
  });

  for (const allow of [
    { protocol: "tcp", ports: ["15012"] },
    { protocol: "tcp", ports: ["15017"] },
    { protocol: "tcp", ports: ["15000-16000"] },
    { protocol: "TCP" },
    { protocol: "6", ports: ["15443"] },
    { protocol: "all" },
  ]) {
    it(`sees the port in ${JSON.stringify(allow)}`, () => {
      const props = { sourceRanges: ["0.0.0.0/0"], allows: [allow] };
      assert.equal(messages(rule, { ...firewall, props }).length, 1);
    });
  }
});
