import assert from "node:assert/strict";
import { type Config, judge, messages, type Resource, UNKNOWN } from "./harness";
import { programResources } from "./programResources";
import { altered, cluster, SUBNETWORK, subnet, webhook } from "./rangesNetwork";

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
