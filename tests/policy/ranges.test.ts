import assert from "node:assert/strict";
import { changed, type Config, judge, messages, type Resource, UNKNOWN } from "./harness";
import { programResources } from "./programResources";

const CLUSTER = "gcp:container/cluster:Cluster";
const FIREWALL = "gcp:compute/firewall:Firewall";
const SUBNETWORK = "gcp:compute/subnetwork:Subnetwork";

const NETWORK_ID = "projects/my-project/global/networks/mesh";

const subnet: Resource = {
  type: SUBNETWORK,
  name: "us-east1",
  props: {
    project: "my-project",
    region: "us-east1",
    name: "us-east1",
    network: NETWORK_ID,
    ipCidrRange: "10.16.0.0/20",
    secondaryIpRanges: [
      { rangeName: "pods", ipCidrRange: "10.20.0.0/14" },
      { rangeName: "services", ipCidrRange: "10.17.0.0/20" },
    ],
  },
};

const cluster: Resource = {
  type: CLUSTER,
  name: "us-east1",
  props: {
    project: "my-project",
    location: "us-east1",
    name: "us-east1",
    // What Google answers with.
    network: `https://www.googleapis.com/compute/v1/${NETWORK_ID}`,
    subnetwork: "projects/my-project/regions/us-east1/subnetworks/us-east1",
    privateClusterConfig: { enablePrivateNodes: true, masterIpv4CidrBlock: "172.16.0.0/28" },
    ipAllocationPolicy: { clusterSecondaryRangeName: "pods", servicesSecondaryRangeName: "services" },
  },
};

const webhook: Resource = {
  type: FIREWALL,
  name: "webhook",
  props: {
    project: "my-project",
    network: "mesh",
    sourceRanges: ["172.16.0.0/24"],
    destinationRanges: ["10.16.0.0/12"],
    allows: [{ protocol: "tcp", ports: ["15017"] }],
  },
};

function altered(resource: Resource, path: string, value: unknown): Resource {
  return { ...resource, props: changed(resource.props, path, value) };
}

/** The mocks' ids are words; a cluster's subnet is found by Google's. */
function withSubnetIds(resources: Resource[]): Resource[] {
  const ids = resources.flatMap(({ type, name, props }): [string, string][] =>
    type === SUBNETWORK
      ? [
          [
            `${name}-id`,
            `projects/my-project/regions/${String(props.region)}/subnetworks/${String(props.name)}`,
          ],
        ]
      : [],
  );
  const real = new Map(ids);
  return resources.map((resource) => {
    const id = real.get(String(resource.props.subnetwork));
    return id === undefined ? resource : altered(resource, "subnetwork", id);
  });
}

describe("firewall-webhook-open", () => {
  const rule = "firewall-webhook-open";
  const noControlPlane = altered(cluster, "privateClusterConfig.masterIpv4CidrBlock", undefined);

  it("has nothing to say where the rule is there", () => {
    assert.deepEqual(judge(rule, [cluster, subnet, webhook]), { findings: [] });
  });

  it("blames the cluster when no rule is there", () => {
    const { findings } = judge(rule, [cluster, subnet]);
    assert.equal(findings.length, 1);
    assert.match(findings[0]?.urn ?? "", /Cluster::us-east1$/);
    assert.match(
      findings[0]?.message ?? "",
      /has no firewall rule that opens 15017 from 172\.16\.0\.0\/28: write one on its network/,
    );
  });

  for (const [path, value] of [
    ["sourceRanges", ["172.17.0.0/24"]],
    ["sourceRanges", ["172.16.0.0/29"]],
    ["destinationRanges", ["10.16.0.0/20"]],
    ["allows[0].ports", ["15012"]],
    ["allows", undefined],
    ["direction", "EGRESS"],
    ["disabled", true],
    ["network", "another"],
    ["project", "another-project"],
  ] as const) {
    it(`sees that a rule with ${path} ${JSON.stringify(value)} is not the one`, () => {
      assert.equal(messages(rule, [cluster, subnet, altered(webhook, path, value)]).length, 1);
    });
  }

  it("knows that tags and accounts are never the control plane's", () => {
    const tagged = altered(altered(webhook, "sourceRanges", undefined), "sourceTags", ["gateway"]);
    assert.equal(messages(rule, [cluster, subnet, tagged]).length, 1);
  });

  for (const [path, value] of [
    ["sourceRanges", ["10.0.0.0/8", "172.16.0.0/28"]],
    ["destinationRanges", undefined],
    ["allows", [{ protocol: "all" }]],
    ["network", NETWORK_ID],
  ] as const) {
    it(`accepts a rule with ${path} ${JSON.stringify(value)}`, () => {
      assert.deepEqual(judge(rule, [cluster, subnet, altered(webhook, path, value)]), { findings: [] });
    });
  }

  it("wants the pods' range where the control plane has none of its own", () => {
    assert.match(messages(rule, [noControlPlane, subnet, webhook]).join(), /15017 from 10\.20\.0\.0\/14/);
    const fromPods = altered(webhook, "sourceRanges", ["10.20.0.0/14"]);
    assert.deepEqual(judge(rule, [noControlPlane, subnet, fromPods]), { findings: [] });
  });

  it("judges a cluster whose network the stack makes, and whose subnet it does not", () => {
    const type = "gcp:compute/network:Network";
    const network = { type, name: "mesh", props: { project: "my-project", name: "mesh" } };
    assert.equal(messages(rule, [cluster, network]).length, 1);
    assert.deepEqual(judge(rule, [cluster, network, webhook]), { findings: [] });
    assert.match(messages(rule, [noControlPlane, network]).join(), /from the control plane/);
    assert.deepEqual(judge(rule, [noControlPlane, network, webhook]), { findings: [] });
  });

  it("leaves a cluster to the stack that makes its network", () => {
    const elsewhere = altered(subnet, "name", "another");
    assert.deepEqual(judge(rule, [cluster, elsewhere]), { findings: [] });
  });

  it("has nothing to say about clusters whose nodes are public, and stacks without a cluster", () => {
    const open = altered(cluster, "privateClusterConfig.enablePrivateNodes", false);
    assert.deepEqual(judge(rule, [open, subnet]), { findings: [] });
    assert.deepEqual(judge(rule, [altered(webhook, "network", UNKNOWN)]), { findings: [] });
  });

  for (const [what, resources] of Object.entries({
    "the cluster's network": [altered(cluster, "network", UNKNOWN), subnet, webhook],
    "its private nodes": [altered(cluster, "privateClusterConfig", UNKNOWN), subnet],
    "a rule's network": [cluster, subnet, altered(webhook, "network", UNKNOWN)],
    "a rule's sources": [cluster, subnet, altered(webhook, "sourceRanges", UNKNOWN)],
    "the subnet's region": [cluster, altered(subnet, "region", UNKNOWN)],
  })) {
    it(`neither refuses nor passes while ${what} is unknown`, () => {
      const { findings, undecided } = judge(rule, resources);
      assert.deepEqual(findings, []);
      assert.ok(undecided);
    });
  }

  it("judges the real program in both stacks", async () => {
    for (const resources of Object.values(await programResources()).map(withSubnetIds)) {
      const without = resources.filter(({ type, name }) => type !== FIREWALL || !name?.endsWith("-webhook"));
      assert.equal(without.length, resources.length - 1);
      assert.deepEqual(judge(rule, resources), { findings: [] });
      assert.equal(messages(rule, without).length, 1);
    }
  });
});

describe("ranges-disjoint", () => {
  const rule = "ranges-disjoint";
  const other: Resource = {
    ...subnet,
    name: "us-central1",
    props: {
      ...subnet.props,
      name: "us-central1",
      ipCidrRange: "10.24.0.0/20",
      secondaryIpRanges: [{ rangeName: "pods", ipCidrRange: "10.28.0.0/14" }],
    },
  };
  const all = [subnet, other, cluster];
  const found = (resources: Resource[], config?: Config) => messages(rule, resources, config).join("\n");

  it("has nothing to say about ranges side by side", () => {
    assert.deepEqual(judge(rule, all), { findings: [] });
  });

  it("refuses one within another subnet's, and says whose", () => {
    const { findings } = judge(rule, [subnet, altered(other, "ipCidrRange", "10.21.0.0/20"), cluster]);
    assert.deepEqual(
      findings.map(({ message }) => message),
      [
        "ipCidrRange is 10.21.0.0/20, which overlaps 10.20.0.0/14, the secondaryIpRanges[0].ipCidrRange of us-east1: write a range of its own",
      ],
    );
    assert.match(findings[0]?.urn ?? "", /Subnetwork::us-central1$/);
  });

  it("refuses two in one subnet", () => {
    const within = altered(subnet, "secondaryIpRanges[1].ipCidrRange", "10.16.8.0/22");
    assert.match(
      found([within]),
      /^secondaryIpRanges\[1\]\.ipCidrRange is 10\.16\.8\.0\/22.*, the ipCidrRange: /,
    );
  });

  it("refuses the same range twice, and one that holds two others", () => {
    assert.match(found([subnet, altered(other, "ipCidrRange", "10.16.0.0/20")]), /overlaps 10\.16\.0\.0\/20/);
    const wide = judge(rule, [subnet, altered(other, "ipCidrRange", "10.16.0.0/12")]);
    assert.equal(wide.findings.length, 4, "each range within the wide one");
  });

  it("refuses a control plane's range, and what a cluster asks for without a name", () => {
    const master = altered(cluster, "privateClusterConfig.masterIpv4CidrBlock", "10.16.1.0/28");
    assert.match(found([subnet, master]), /^privateClusterConfig\.masterIpv4CidrBlock is 10\.16\.1\.0\/28/);
    const asked = altered(cluster, "ipAllocationPolicy", { clusterIpv4CidrBlock: "10.20.0.0/16" });
    assert.match(found([subnet, asked]), /^ipAllocationPolicy\.clusterIpv4CidrBlock is 10\.20\.0\.0\/16/);
  });

  it("refuses the pods' range of a cluster that names none of a subnet", () => {
    const bare = altered(cluster, "ipAllocationPolicy", undefined);
    const pods = altered(bare, "clusterIpv4Cidr", "10.20.0.0/16");
    assert.match(
      found([subnet, pods]),
      /^clusterIpv4Cidr is 10\.20\.0\.0\/16, which overlaps 10\.20\.0\.0\/14/,
    );
    assert.deepEqual(judge(rule, [subnet, altered(bare, "clusterIpv4Cidr", "10.40.0.0/16")]), {
      findings: [],
    });
    const services = altered(cluster, "ipAllocationPolicy", { servicesIpv4CidrBlock: "10.16.2.0/24" });
    assert.match(found([subnet, services]), /^ipAllocationPolicy\.servicesIpv4CidrBlock is 10\.16\.2\.0\/24/);
    assert.ok(judge(rule, [subnet, altered(bare, "clusterIpv4Cidr", UNKNOWN)]).undecided);
  });

  it("takes one range in two fields of a cluster for one, and compares those of two clusters", () => {
    const asked = altered(cluster, "ipAllocationPolicy", { clusterIpv4CidrBlock: "10.40.0.0/16" });
    const said = altered(asked, "clusterIpv4Cidr", "10.40.0.0/16");
    assert.deepEqual(judge(rule, [subnet, said]), { findings: [] });
    const named = altered(cluster, "clusterIpv4Cidr", "10.20.0.0/14");
    assert.deepEqual(judge(rule, [subnet, named]), { findings: [] });
    const second = altered(
      altered(cluster, "ipAllocationPolicy", undefined),
      "clusterIpv4Cidr",
      "10.40.0.0/14",
    );
    const free = altered(second, "privateClusterConfig.masterIpv4CidrBlock", "172.16.0.16/28");
    assert.equal(messages(rule, [said, { ...free, name: "us-central1" }]).length, 1);
  });

  it("takes what Google says of a named range for the subnet's, and a size for no range", () => {
    const said = altered(cluster, "ipAllocationPolicy.clusterIpv4CidrBlock", "10.20.0.0/14");
    assert.deepEqual(judge(rule, [subnet, said]), { findings: [] });
    const size = altered(cluster, "ipAllocationPolicy", { clusterIpv4CidrBlock: "/14" });
    assert.deepEqual(judge(rule, [subnet, size]), { findings: [] });
  });

  it("has nothing to say about another VPC, also one of that name in another project", () => {
    for (const [path, value] of [
      ["network", "another"],
      ["network", "projects/another/global/networks/mesh"],
    ]) {
      const same = altered(altered(other, "ipCidrRange", "10.16.0.0/20"), path ?? "", value);
      assert.deepEqual(judge(rule, [subnet, same]), { findings: [] });
    }
  });

  for (const path of ["network", "ipCidrRange", "secondaryIpRanges", "secondaryIpRanges[0].ipCidrRange"]) {
    it(`is undecided about ${path} while it is unknown, and judges the others`, () => {
      const bad = altered(cluster, "privateClusterConfig.masterIpv4CidrBlock", "10.16.1.0/28");
      const { findings, undecided } = judge(rule, [subnet, altered(other, path, UNKNOWN), bad]);
      assert.equal(findings.length, 1);
      assert.ok(undecided);
    });
  }

  it("judges the real program in both stacks", async () => {
    for (const resources of Object.values(await programResources())) {
      const broken = resources.map((resource) =>
        resource.type === SUBNETWORK
          ? altered(resource, "secondaryIpRanges[0].ipCidrRange", resource.props.ipCidrRange)
          : resource,
      );
      assert.equal(messages(rule, broken).length, 1);
    }
  });
});

describe("rules about networks", () => {
  const many = Array.from({ length: 2000 }, (_, index): Resource[] => {
    const name = `c${index}`;
    const block = (second: number) => `10.${second + Math.floor(index / 256)}.${index % 256}.0/24`;
    return [
      { ...subnet, name, props: { ...subnet.props, name, ipCidrRange: block(0), secondaryIpRanges: [] } },
      {
        ...cluster,
        name,
        props: {
          ...cluster.props,
          name,
          subnetwork: name,
          privateClusterConfig: { enablePrivateNodes: true, masterIpv4CidrBlock: block(100) },
        },
      },
      { ...webhook, name, props: { ...webhook.props, sourceRanges: [block(100)] } },
    ];
  }).flat();

  for (const rule of ["firewall-webhook-open", "ranges-disjoint"]) {
    it(`tell two thousand clusters apart: ${rule}`, () => {
      assert.deepEqual(judge(rule, many), { findings: [] });
    });
  }
});
