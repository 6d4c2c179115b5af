import assert from "node:assert/strict";
import { clusterType, membershipType } from "../../../rehearsal/google/names";
import { describeMesh } from "../../../rehearsal/program";
import { describeStack } from "../describeStack";
import { type Objects, objectsOf, settledDifferences } from "../objects";
import { Stage } from "../stage";

const STACKS = ["us-east1", "us-central1"];
/** Keys that are made in no time; the program's own RSA-4096 takes seconds each. */
const TRUST = { certificateAuthority: { algorithm: "ECDSA" } };
const RANGES = {
  "us-east1": { nodes: "10.16.0.0/20", services: "10.16.16.0/20", pods: "10.17.0.0/16" },
  "us-central1": { nodes: "10.20.0.0/20", services: "10.20.16.0/20", pods: "10.21.0.0/16" },
  "europe-west1": { nodes: "10.24.0.0/20", services: "10.24.16.0/20", pods: "10.25.0.0/16" },
};
const THREE = {
  "us-east1": { ranges: RANGES["us-east1"] },
  "us-central1": { ranges: RANGES["us-central1"], namedNeg: "us-central1" },
  "europe-west1": { ranges: RANGES["europe-west1"] },
};

/** What a cluster's page is: the only thing in it that depends on which other clusters there are. */
const PAGE = ["kubernetes:apps/v1:Deployment", "kubernetes:core/v1:ConfigMap"];

/** Types of what a run changed in place, sorted. */
function changed(output: string): string[] {
  const lines = output.matchAll(/^ *~ +(\S+) \S+ updated /gm);
  return [...new Set([...lines].map(([, type = ""]) => type))].sort();
}

describe("shapes of the mesh on the real engine", function () {
  this.bail(true);
  let stage: Stage;
  /** What two regions have, by a stack for each. */
  let two: Objects;

  before(async () => {
    stage = await Stage.open();
  });

  after(async () => {
    await stage?.close();
  });

  describe("two regions, a stack for each", () => {
    it("come up", async () => {
      describeMesh(TRUST);
      for (const stack of STACKS) {
        await stage.create(stack);
        await stage.up(stack);
      }
      await stage.passesEveryCheck(STACKS);
      two = await objectsOf(stage.rehearsal);
    });
  });

  describe("a third region", () => {
    it("is an entry in the map, an up that signs its intermediate, a stack file and its up", async () => {
      describeMesh({ ...TRUST, clusters: THREE });
      const { output } = await stage.up("us-east1");
      assert.match(output, /Resources:\n\s+\+ 3 created\n\s+~ 2 updated\n/);
      assert.deepEqual(changed(output), PAGE);
      describeStack("europe-west1", { "mesh:clusters": ["europe-west1"], "mesh:peers": STACKS });
      await stage.create("europe-west1");
      await stage.up("europe-west1");
    });

    it("is linked with every peer, in both directions, and changes nothing in them but the page that names all clusters", async () => {
      await stage.passesEveryCheck([...STACKS, "europe-west1"]);
      const { output } = await stage.up("us-central1");
      assert.match(output, /Resources:\n\s+~ 2 updated\n/);
      assert.deepEqual(changed(output), PAGE);
    });

    it("is no next step of the home cluster's stack any more, once that has looked again", async () => {
      assert.match(await stage.output("nextSteps", "us-east1"), /europe-west1/);
      await stage.unchanged("us-east1");
      const { output } = await stage.pulumi.run(["stack", "output", "--json", "-s", "us-east1"]);
      assert.deepEqual((JSON.parse(output) as { nextSteps?: string[] }).nextSteps, []);
    });

    it("lets go of its links with a peer that is to leave before it", async () => {
      describeStack("europe-west1", { "mesh:peers": ["us-east1"] });
      await stage.unprotect("europe-west1");
      const central = stage.rehearsal.clusters.get("us-central1")?.plane.client;
      const secrets = (await central?.list("v1", "Secret")) ?? [];
      assert.ok(secrets.some(({ metadata }) => metadata.name.includes("us-east1")));
      assert.deepEqual(
        secrets.filter(({ metadata }) => metadata.name.includes("europe-west1")),
        [],
      );
    });

    it("leaves", async () => {
      await stage.takeDown("europe-west1");
      assert.deepEqual([...stage.rehearsal.clusters.keys()].sort(), [...STACKS].sort());
    });

    it("is taken out of the map, and its intermediate goes, which is protected: no trace is left in its peers", async () => {
      describeMesh(TRUST);
      await assert.rejects(stage.up("us-east1"), /protect/);
      const { output } = await stage.up("us-east1", "--ignore-protect");
      assert.match(output, /Resources:\n\s+- 3 deleted\n\s+\d+ unchanged\n/);
      await stage.up("us-central1");
      assert.deepEqual(await settledDifferences(stage.rehearsal, two), []);
    });
  });

  describe("a lost cluster", () => {
    it("is rebuilt under its name by a refresh and an up of its stack", async () => {
      await lose("us-central1");
      await buildAgain("us-central1");
      await stage.unchanged("us-east1");
    });

    it("is linked again with its peers, and nothing is there twice", async () => {
      await stage.passesEveryCheck(STACKS);
      assert.deepEqual(await settledDifferences(stage.rehearsal, two), []);
    });
  });

  describe("a lost config cluster", () => {
    const OUTPUTS = ["network", "address", "rootCertificate"];
    const outputs = () => Promise.all(OUTPUTS.map((name) => stage.output(name, "us-east1")));
    let before: string[];

    it("is rebuilt the same way, and keeps VPC, address and root of trust", async () => {
      before = await outputs();
      await lose("us-east1");
      await buildAgain("us-east1");
      assert.deepEqual(await outputs(), before);
    });

    it("is linked again by the same commands in the stacks that came after it", async () => {
      await buildAgain("us-central1");
      await stage.passesEveryCheck(STACKS);
      assert.deepEqual(await settledDifferences(stage.rehearsal, two), []);
      await stage.unchanged("us-east1");
    });
  });

  describe("a lost cluster that is not to come back", () => {
    const unreachable = { PULUMI_K8S_DELETE_UNREACHABLE: "true" };

    it("leaves by a refresh and a destroy of its stack, once what Google's controllers left is gone", async () => {
      await lose("us-central1");
      await stage.refresh("us-central1", [], unreachable);
      // Google's controllers went with the cluster, and left what they had made in its subnet.
      await assert.rejects(
        stage.takeDown("us-central1", [], unreachable),
        /subnetworks\/mesh-us-central1' is already being used by/,
      );
      const { project } = stage.rehearsal;
      for (const { id, uses } of project.derived()) {
        if (uses.some((used) => used.endsWith("/subnetworks/mesh-us-central1"))) {
          project.removeDerived(id);
        }
      }
      await stage.takeDown("us-central1", [], unreachable);
      assert.deepEqual([...stage.rehearsal.clusters.keys()], ["us-east1"]);
    });

    it("is taken out of the map, and the other serves on alone without a trace of it", async () => {
      describeMesh({ ...TRUST, clusters: { "us-east1": THREE["us-east1"] } });
      const { output } = await stage.up("us-east1", "--ignore-protect");
      assert.match(output, /- 3 deleted/);
      await stage.unchanged("us-east1");
      await stage.passesEveryCheck(["us-east1"]);
      const east = Object.entries(await objectsOf(stage.rehearsal));
      assert.deepEqual(
        east.filter((entry) => JSON.stringify(entry).includes("us-central1")).map(([name]) => name),
        [],
      );
    });
  });

  async function buildAgain(stack: string): Promise<void> {
    await stage.refresh(stack, [], { PULUMI_K8S_DELETE_UNREACHABLE: "true" });
    await stage.up(stack);
  }

  /** As somebody deletes a cluster in the console, which takes it out of the fleet too, whatever a feature of the fleet says. */
  // https://cloud.google.com/kubernetes-engine/fleet-management/docs/unregister
  async function lose(name: string): Promise<void> {
    const { project } = stage.rehearsal;
    const idOf = (type: string) => project.list(type).find(({ id }) => id.endsWith(`/${name}`))?.id ?? "";
    await project.call("delete", clusterType, { id: idOf(clusterType) });
    project.forget(membershipType, idOf(membershipType));
  }
});
