import assert from "node:assert/strict";
import { ClusterNetwork } from "../../components/clusterNetwork";
import { register, run } from "./mocks";
import { FIREWALL, key, one } from "./support";

const RANGES = { nodes: "10.16.0.0/20", pods: "10.17.0.0/16", services: "10.16.16.0/20" };

function made(ranges: { nodes: string; pods: string; services: string; controlPlane?: string } = RANGES) {
  return register(
    () =>
      new ClusterNetwork("mesh-us-east1", {
        project: "my-project",
        region: "us-east1",
        network: "projects/my-project/global/networks/mesh",
        ranges,
      }),
  );
}

describe("the network of a cluster", () => {
  it("has a subnet with ranges for nodes, pods and services, from which Google's APIs are reached", async () => {
    const subnet = one(await made(), "gcp:compute/subnetwork:Subnetwork");
    assert.equal(subnet.name, "mesh-us-east1");
    assert.deepEqual(subnet.inputs, {
      project: "my-project",
      region: "us-east1",
      name: "mesh-us-east1",
      network: "projects/my-project/global/networks/mesh",
      ipCidrRange: "10.16.0.0/20",
      secondaryIpRanges: [
        { rangeName: "pods", ipCidrRange: "10.17.0.0/16" },
        { rangeName: "services", ipCidrRange: "10.16.16.0/20" },
      ],
      privateIpGoogleAccess: true,
    });
  });

  it("lets private nodes out through a NAT of this subnet only", async () => {
    const resources = await made();
    assert.deepEqual(one(resources, "gcp:compute/router:Router", "mesh-us-east1").inputs, {
      project: "my-project",
      region: "us-east1",
      name: "mesh-us-east1",
      network: "projects/my-project/global/networks/mesh",
    });
    const nat = one(resources, "gcp:compute/routerNat:RouterNat", "mesh-us-east1");
    assert.deepEqual(nat.inputs, {
      project: "my-project",
      region: "us-east1",
      name: "mesh-us-east1",
      router: "mesh-us-east1",
      natIpAllocateOption: "AUTO_ONLY",
      sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
      subnetworks: [{ name: "mesh-us-east1-id", sourceIpRangesToNats: ["ALL_IP_RANGES"] }],
      logConfig: { enable: true, filter: "ERRORS_ONLY" },
    });
    assert.deepEqual(nat.dependencies, [
      "gcp:compute/router:Router::mesh-us-east1",
      "gcp:compute/subnetwork:Subnetwork::mesh-us-east1",
    ]);
  });

  it("lets istiod's webhooks be called from the cluster's nodes and pods, and by nobody else", async () => {
    const firewall = one(await made(), FIREWALL);
    assert.equal(firewall.name, "mesh-us-east1-webhook");
    const { sourceRanges, destinationRanges, allows, name } = firewall.inputs;
    assert.deepEqual(
      { sourceRanges, destinationRanges, allows, name },
      {
        name: "mesh-us-east1-webhook",
        sourceRanges: ["10.16.0.0/20", "10.17.0.0/16"],
        destinationRanges: ["10.17.0.0/16"],
        allows: [{ protocol: "tcp", ports: ["15017"] }],
      },
    );
  });

  it("lets them be called from a control plane that has a range of its own", async () => {
    const { inputs } = one(await made({ ...RANGES, controlPlane: "10.16.32.0/28" }), FIREWALL);
    assert.deepEqual(inputs.sourceRanges, ["10.16.0.0/20", "10.17.0.0/16", "10.16.32.0/28"]);
  });

  it("keeps its rules for every node: none has target tags, which auto-provisioned nodes would miss", async () => {
    assert.equal(one(await made(), FIREWALL).inputs.targetTags, undefined);
  });

  it("holds all of it as children", async () => {
    const [component, ...children] = await made();
    assert.ok(component);
    assert.equal(children.length, 4);
    children.forEach((child) => assert.equal(child.parent, key(component), key(child)));
  });
});

describe("the network of a cluster in a subnet that is there already", () => {
  const theirs = {
    network: "https://www.googleapis.com/compute/v1/projects/my-project/global/networks/production",
    ipCidrRange: "10.16.0.0/20",
    secondaryIpRanges: [
      { rangeName: "gke-pods", ipCidrRange: "10.17.0.0/16" },
      { rangeName: "gke-services", ipCidrRange: "10.16.16.0/20" },
    ],
  };

  async function found(subnetwork: object = theirs) {
    let made: { subnetwork?: string; rangeNames?: object } = {};
    const done = await run(
      () => {
        const { subnetwork: id, rangeNames } = new ClusterNetwork("mesh-us-east1", {
          project: "my-project",
          region: "us-east1",
          network: "projects/my-project/global/networks/production",
          ranges: RANGES,
          existing: { name: "east", pods: "gke-pods", services: "gke-services" },
        });
        made = { rangeNames };
        id.apply((value) => (made.subnetwork = value));
      },
      { outputs: () => ({ ...subnetwork }) },
    );
    return { ...done, ...made };
  }

  it("reads it, and makes nothing but the rule for the webhooks: the way out is its owner's", async () => {
    const { resources, errors, subnetwork, rangeNames } = await found();
    assert.deepEqual(errors, []);
    assert.equal(subnetwork, "projects/my-project/regions/us-east1/subnetworks/east");
    assert.deepEqual(rangeNames, { pods: "gke-pods", services: "gke-services" });
    assert.deepEqual(
      resources.filter(({ custom }) => custom).map(({ type }) => type),
      [FIREWALL],
    );
  });

  it("refuses one with other ranges than the configuration says, or in another VPC, before there is a cluster", async () => {
    const message = async (change: object) =>
      (await found({ ...theirs, ...change })).errors.map(({ message }) => message).join("\n");
    assert.match(
      await message({ ipCidrRange: "10.16.0.0/24" }),
      /The subnet east in us-east1 has the primary range 10\.16\.0\.0\/24, and ranges\.nodes is 10\.16\.0\.0\/20\./,
    );
    assert.match(
      await message({ secondaryIpRanges: theirs.secondaryIpRanges.slice(1) }),
      /The subnet east in us-east1 has no range gke-pods\./,
    );
    assert.match(
      await message({ network: "projects/my-project/global/networks/other" }),
      /is in the VPC other, not in production\./,
    );
  });
});
