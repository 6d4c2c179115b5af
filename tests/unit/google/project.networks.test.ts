import * as assert from "node:assert/strict";
import type { SimulatedProject } from "../../../rehearsal/google/project";
import type { Properties } from "../../../rehearsal/google/properties";
import { clusterArgs, create, foundation, newProject, projectId, region, remove, token } from "./fixtures";

const network = `projects/${projectId}/global/networks/mesh`;
const subnetwork = `projects/${projectId}/regions/${region}/subnetworks/mesh-us-east1`;

describe("networks of the simulated Google project", () => {
  let project: SimulatedProject;
  beforeEach(async () => {
    ({ project } = newProject());
    await foundation(project);
  });

  const refuses = (work: Promise<unknown>, text: RegExp) => assert.rejects(work, text);

  it("answers ids and self links as Google writes them", async () => {
    const { id, properties } = await project.call("read", token("subnetwork"), { id: subnetwork });
    assert.equal(id, subnetwork);
    assert.equal(properties.network, `https://www.googleapis.com/compute/v1/${network}`);
    assert.equal(properties.gatewayAddress, "10.16.0.1");
  });

  it("refuses a name twice", async () => {
    await refuses(
      create(project, "network", { name: "mesh", autoCreateSubnetworks: false }),
      /already exists$/,
    );
  });

  for (const [title, range] of [
    ["a primary range", "10.16.8.0/24"],
    ["a secondary range", "10.20.4.0/24"],
  ] as const)
    it(`refuses a subnetwork in another region that overlaps ${title}`, async () => {
      const args = { name: "other", region: "us-central1", network: "mesh", ipCidrRange: range };
      await refuses(
        create(project, "subnetwork", args),
        /Conflicting IP cidr range: Invalid IPCidrRange: .* conflicts with existing subnetwork 'mesh-us-east1' in region 'us-east1'\./,
      );
    });

  it("refuses a subnetwork that overlaps a control-plane range", async () => {
    await create(
      project,
      "cluster",
      clusterArgs({
        privateClusterConfig: { enablePrivateNodes: true, masterIpv4CidrBlock: "172.16.0.0/28" },
      }),
    );
    const args = { name: "other", region: "us-central1", network: "mesh", ipCidrRange: "172.16.0.0/20" };
    await refuses(
      create(project, "subnetwork", args),
      /conflicts with existing subnetwork 'gke-us-east1-[0-9a-f]{8}-pe-subnet'/,
    );
  });

  it("refuses to delete a network under a subnetwork, and a subnetwork under a cluster", async () => {
    await refuses(
      remove(project, "network", network),
      new RegExp(`The network resource '${network}' is already being used by '${subnetwork}'`),
    );
    await create(project, "cluster", clusterArgs());
    await refuses(
      remove(project, "subnetwork", subnetwork),
      /The subnetwork resource .* is already being used by .*clusters\/us-east1'/,
    );
  });

  it("refuses to delete a network under a network endpoint group", async () => {
    project.putDerived({
      id: `projects/${projectId}/zones/us-east1-b/networkEndpointGroups/us-east1`,
      kind: "networkEndpointGroup",
      name: "us-east1",
      location: "us-east1-b",
      managedBy: "neg",
      cluster: "us-east1",
      object: "Service a/b",
      uses: [network],
      data: {},
    });
    await remove(project, "subnetwork", subnetwork);
    await refuses(
      remove(project, "network", network),
      /already being used by '.*networkEndpointGroups\/us-east1'/,
    );
  });

  it("refuses to take a secondary range away from a cluster", async () => {
    await create(project, "cluster", clusterArgs());
    const { properties } = await project.call("read", token("subnetwork"), { id: subnetwork });
    const wanted = { ...properties, secondaryIpRanges: [] };
    await refuses(
      project.call("update", token("subnetwork"), { id: subnetwork, properties: wanted }),
      /used by a cluster/,
    );
  });

  it("refuses a second NAT for all subnetworks of a network and region", async () => {
    for (const name of ["one", "two"]) await create(project, "router", { name, region, network: "mesh" });
    const nat = (router: string) => ({
      name: router,
      region,
      router,
      natIpAllocateOption: "AUTO_ONLY",
      sourceSubnetworkIpRangesToNat: "ALL_SUBNETWORKS_ALL_IP_RANGES",
    });
    const { id } = await create(project, "nat", nat("one"));
    assert.equal(id, `${projectId}/us-east1/one/one`);
    await refuses(create(project, "nat", nat("two")), /must be the only NAT/);
  });

  it("gives internal addresses from the subnetwork, and refuses others", async () => {
    const args = { name: "east-west", region, addressType: "INTERNAL", subnetwork };
    const { id, properties } = await create(project, "address", args);
    assert.equal(properties.address, "10.16.0.2");
    await refuses(
      create(project, "address", { ...args, name: "b", address: "10.99.0.5" }),
      /outside the network\/subnetwork range/,
    );
    await refuses(
      create(project, "address", { ...args, name: "b", address: "10.16.0.2" }),
      /already being used by another resource/,
    );
    await refuses(
      remove(project, "subnetwork", subnetwork),
      /is already being used by '.*addresses\/east-west'/,
    );
    await remove(project, "address", id ?? "");
  });

  it("refuses firewall rules that Google cannot read", async () => {
    const rule = {
      name: "rule",
      network: "mesh",
      sourceRanges: ["10.0.0.0/8"],
      allows: [{ protocol: "tcp", ports: ["15443"] }],
    };
    await create(project, "firewall", rule);
    const broken: [Properties, RegExp][] = [
      [{ sourceRanges: ["10.0.0.1/8"] }, /Must be a valid CIDR/],
      [{ allows: [{ protocol: "tpc" }] }, /Invalid protocol/],
      [{ allows: [{ protocol: "tcp", ports: ["70000"] }] }, /Ports should be in the range/],
      [{ network: "none" }, /The referenced network resource cannot be found/],
    ];
    for (const [change, text] of broken)
      await refuses(create(project, "firewall", { ...rule, name: "other", ...change }), text);
  });
});
