import assert from "node:assert/strict";
import { testRule } from "./cases";
import { changed, mended, messages, type Resource } from "./harness";

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

const others: Record<string, Resource> = {
  "a subnet": { type: "gcp:compute/subnetwork:Subnetwork", props: {} },
};

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
      ["masterAuthorizedNetworksConfig.cidrBlocks[0].cidrBlock", "", /has "", wider than \/8/],
      [
        "masterAuthorizedNetworksConfig.gcpPublicCidrsAccessEnabled",
        true,
        /is true: every virtual machine of Google Cloud is admitted; write false/,
      ],
      ["nodePools", [{ networkConfig: { enablePrivateNodes: false } }], /^nodePools\[0\]\.networkConfig\./],
    ],
    accepted: [
      ["masterAuthorizedNetworksConfig.cidrBlocks", []],
      ["masterAuthorizedNetworksConfig.gcpPublicCidrsAccessEnabled", false],
    ],
    mended: ["privateClusterConfig.masterGlobalAccessConfig.enabled"],
    others,
  });

  describe("of a node pool", () => {
    const pool = (networkConfig: object) => ({
      type: "gcp:container/nodePool:NodePool",
      props: { networkConfig },
    });
    testRule({
      rule: "cluster-private",
      compliant: pool({ enablePrivateNodes: true }),
      broken: [
        [
          "networkConfig.enablePrivateNodes",
          false,
          /is false: nodes get public addresses; leave it out, or write true/,
        ],
      ],
      accepted: [["networkConfig", undefined]],
      others,
    });
  });

  it("makes no private endpoint where there is none: that would replace the cluster", () => {
    const props = changed(cluster.props, "privateClusterConfig", undefined);
    assert.equal(mended("cluster-private", { ...cluster, props }), undefined);
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
    others: {
      ...others,
      "Workload Identity that Autopilot brings": {
        ...cluster,
        props: { ...cluster.props, workloadIdentityConfig: undefined, enableAutopilot: true },
      },
    },
  });
});

describe("nodes-hardened", () => {
  const rule = "nodes-hardened";
  const node = {
    serviceAccount: "us-east1-nodes@my-project.iam.gserviceaccount.com",
    shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
    workloadMetadataConfig: { mode: "GKE_METADATA" },
  };
  const breakages = (field: string): [string, unknown, RegExp][] => [
    [`${field}.serviceAccount`, undefined, /serviceAccount is missing: nodes act as the project's default/],
    [`${field}.serviceAccount`, "default", /is "default"/],
    [`${field}.serviceAccount`, "123456789-compute@developer.gserviceaccount.com", /write one of their own/],
    [`${field}.shieldedInstanceConfig`, undefined, /enableSecureBoot is missing: write true/],
    [`${field}.shieldedInstanceConfig.enableSecureBoot`, false, /enableSecureBoot is false/],
    [`${field}.shieldedInstanceConfig.enableIntegrityMonitoring`, false, /leave it out, or write true/],
    [`${field}.workloadMetadataConfig.mode`, "GCE_METADATA", /pods get the node's credentials/],
  ];

  describe("of a node pool", () => {
    testRule({
      rule,
      compliant: { type: "gcp:container/nodePool:NodePool", props: { nodeConfig: node } },
      broken: breakages("nodeConfig"),
      accepted: [
        ["nodeConfig.workloadMetadataConfig", undefined],
        ["nodeConfig.shieldedInstanceConfig.enableIntegrityMonitoring", undefined],
      ],
      others: {
        ...others,
        "an Autopilot cluster": { ...cluster, props: { enableAutopilot: true } },
        "a cluster without a pool of its own": { ...cluster, props: { removeDefaultNodePool: true } },
      },
    });
  });

  describe("of a cluster", () => {
    testRule({
      rule,
      compliant: {
        ...cluster,
        props: { nodeConfig: node, clusterAutoscaling: { enabled: true, autoProvisioningDefaults: node } },
      },
      broken: [
        ...breakages("nodeConfig"),
        ...breakages("clusterAutoscaling.autoProvisioningDefaults"),
        ["nodePools", [{ nodeConfig: { ...node, serviceAccount: "default" } }], /^nodePools\[0\]\./],
      ],
      accepted: [["clusterAutoscaling", undefined]],
      others,
    });
  });

  it("admits nodes that boot without signed modules where that is configured", () => {
    const pool = { type: "gcp:container/nodePool:NodePool", props: { nodeConfig: { ...node } } };
    pool.props.nodeConfig.shieldedInstanceConfig = {
      enableSecureBoot: false,
      enableIntegrityMonitoring: true,
    };
    assert.equal(messages(rule, pool).length, 1);
    assert.equal(messages(rule, pool, { secureBoot: false }).length, 0);
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
    others: { ...others, "an Autopilot cluster": { ...cluster, props: { enableAutopilot: true } } },
  });
});

describe("cluster-http-load-balancing", () => {
  testRule({
    rule: "cluster-http-load-balancing",
    compliant: cluster,
    broken: [["addonsConfig.httpLoadBalancing.disabled", true, /is true: write false/]],
    accepted: [["addonsConfig", undefined]],
    mended: ["addonsConfig.httpLoadBalancing.disabled"],
    others,
  });
});

describe("cluster-deletion-protection", () => {
  testRule({
    rule: "cluster-deletion-protection",
    compliant: cluster,
    broken: [["deletionProtection", false, /is false: write true/]],
    accepted: [["deletionProtection", undefined]],
    mended: ["deletionProtection"],
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
      ["sourceRanges", ["10.16.0.0/12", ""], /has "" for 15443/],
      ...["::ffff:0:0/96", "0:0:0:0:0:FFFF:0:0/96", "0::ffff:0:0/100", "::/64", "::ffff:0.0.0.0/96"].map(
        (range): [string, unknown, RegExp] => [
          "sourceRanges",
          [range],
          /has [0:]+(?:ffff:[.0:]+)?\/\d+ for 15443/i,
        ],
      ),
      ["sourceRanges", undefined, /is missing: 15443 would be open to the world/],
    ],
    accepted: [["sourceRanges", ["fd00:1::/32", "::ffff:a10:0/108", "::1", "::ffff:1/128"]]],
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
