import assert from "node:assert/strict";
import { judge, messages, type Resource, UNKNOWN } from "./harness";
import { programResources } from "./programResources";
import { altered, cluster, FIREWALL, NETWORK_ID, SUBNETWORK, subnet, webhook } from "./rangesNetwork";

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
