import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { SimulatedProject } from "../../../rehearsal/google/project";
import { at } from "../../../rehearsal/google/properties";
import {
  FakeHost,
  clusterArgs,
  create,
  foundation,
  mesh,
  newProject,
  number,
  projectId,
  region,
  remove,
  token,
} from "./fixtures";

const network = `projects/${projectId}/global/networks/mesh`;
const subnetwork = `projects/${projectId}/regions/${region}/subnetworks/mesh-us-east1`;

describe("the simulated Google project", () => {
  let project: SimulatedProject;
  let host: FakeHost;
  let file: string;
  beforeEach(() => ({ project, host, file } = newProject()));

  const refuses = (work: Promise<unknown>, text: RegExp) => assert.rejects(work, text);

  it("refuses calls to an API that is off, in Google's words", async () => {
    await refuses(
      create(project, "network", { name: "mesh", autoCreateSubnetworks: false }),
      new RegExp(
        `^GoogleError: Compute Engine API has not been used in project ${number} before or it is disabled\\.`,
      ),
    );
  });

  it("refuses a misspelt API", async () => {
    await refuses(
      create(project, "service", { service: "computer.googleapis.com" }),
      /Not found or permission denied for service\(s\)/,
    );
  });

  it("leaves an API on for others, and refuses to switch one off that another needs", async () => {
    await foundation(project);
    const id = (name: string) => `${projectId}/${name}.googleapis.com`;
    const off = (name: string) =>
      project.call("delete", token("service"), { id: id(name), properties: { disableOnDestroy: true } });
    await remove(project, "service", id("compute"));
    assert.ok(project.enabled("compute.googleapis.com"));
    await project.call("read", token("service"), { id: id("compute") });
    await refuses(
      off("compute"),
      /is depended on by the following active service\(s\): container\.googleapis\.com/,
    );
    await off("container");
    await off("compute");
    await refuses(project.call("read", token("service"), { id: id("compute") }), /was not found/);
  });

  it("keeps its state in a file that only its owner reads, and starts clusters again from it", async () => {
    await mesh(project);
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    const otherHost = new FakeHost();
    const again = new SimulatedProject({ projectId, number, file, host: otherHost });
    await again.resume();
    assert.deepEqual([...otherHost.clusters.keys()], ["us-east1"]);
    assert.deepEqual(
      again.list(token("cluster"))[0]?.properties,
      project.list(token("cluster"))[0]?.properties,
    );
  });

  describe("the fleet", () => {
    it("refuses to delete the feature while MultiClusterIngress objects exist", async () => {
      const { feature } = await mesh(project);
      project.multiClusterIngressObjects = 2;
      await refuses(
        remove(project, "feature", feature.id ?? ""),
        /Feature has associated resources that should be cleaned up before deletion\./,
      );
      project.multiClusterIngressObjects = 0;
      await remove(project, "feature", feature.id ?? "");
    });

    it("refuses to delete the config membership under the feature", async () => {
      const { membership } = await mesh(project);
      await refuses(
        remove(project, "membership", membership.id ?? ""),
        /already being used by '.*features\/multiclusteringress'/,
      );
    });

    it("refuses a cluster that is registered already, an issuer by zone, and a cluster that is not there", async () => {
      const { cluster } = await mesh(project);
      const link = (id: string) => ({
        membershipId: "again",
        endpoint: { gkeCluster: { resourceLink: `//container.googleapis.com/${id}` } },
      });
      await refuses(
        create(project, "membership", link(cluster.id ?? "")),
        /but the cluster is already registered with resource/,
      );
      await refuses(
        create(project, "membership", link(`projects/${projectId}/zones/us-east1-b/clusters/x`)),
        /should use 'locations'/,
      );
      await refuses(
        create(project, "membership", link(`projects/${projectId}/locations/us-east1/clusters/x`)),
        /not found/,
      );
    });

    it("refuses a membership while the fleet's agent has no role", async () => {
      await foundation(project);
      const { id } = await create(project, "cluster", clusterArgs());
      const args = {
        membershipId: "us-east1",
        endpoint: { gkeCluster: { resourceLink: `//container.googleapis.com/${id ?? ""}` } },
      };
      await refuses(
        create(project, "membership", args),
        /hub default service account does not have access to the GKE cluster project/,
      );
    });

    it("refuses a role for an account that does not exist, and a misspelt role", async () => {
      await foundation(project);
      const member = `serviceAccount:none@${projectId}.iam.gserviceaccount.com`;
      const binding = { project: projectId, role: "roles/container.defaultNodeServiceAccount", member };
      await refuses(create(project, "member", binding), /Service account none@.* does not exist\./);
      const known = `serviceAccount:mesh-nodes@${projectId}.iam.gserviceaccount.com`;
      await refuses(
        create(project, "member", { ...binding, member: known, role: "roles/container.defaultNode" }),
        /is not supported for this resource/,
      );
    });
  });

  it("refuses to delete a DNS zone that holds records, and records outside the zone", async () => {
    await foundation(project);
    const { id } = await create(project, "zone", { name: "mesh", dnsName: "mesh.example.com." });
    const record = {
      managedZone: "mesh",
      name: "a.mesh.example.com.",
      type: "A",
      ttl: 300,
      rrdatas: ["203.0.113.7"],
    };
    const created = await create(project, "record", record);
    assert.equal(created.id, `${id ?? ""}/rrsets/a.mesh.example.com./A`);
    await refuses(
      create(project, "record", { ...record, name: "a.example.org." }),
      /Invalid value for 'entity\.change\.additions\[0\]\.name'/,
    );
    await refuses(remove(project, "zone", id ?? ""), /not empty/);
  });

  it("holds nothing after everything was taken down in order", async () => {
    const { cluster, membership, feature } = await mesh(project);
    await remove(project, "feature", feature.id ?? "");
    await remove(project, "membership", membership.id ?? "");
    await remove(project, "cluster", cluster.id ?? "");
    await remove(project, "subnetwork", subnetwork);
    await remove(project, "network", network);
    const left = project.contents().resources.filter(({ type }) => !/projects|serviceaccount/.test(type));
    assert.deepEqual(left, []);
    assert.equal(host.clusters.size, 0);
    assert.equal(at(project.contents(), "derived.0"), undefined);
  });
});
