import assert from "node:assert/strict";
import { destroy } from "../../rehearsal/destroy";
import { describeMesh } from "../../rehearsal/program";
import { destinationRules } from "./objects";
import { readable, secretsOfTheMesh } from "./secrets";
import { endSharedMesh, sharedMesh, STACKS } from "./sharedMesh";
import type { Stage } from "./stage";

describe("the mesh on the real engine, at its end", function () {
  this.bail(true);
  let stage: Stage;

  before(async () => {
    stage = await sharedMesh();
  });

  after(endSharedMesh);

  it("lets go of routes and locality", async () => {
    describeMesh({});
    for (const stack of [...STACKS].reverse()) {
      await stage.up(stack);
    }
    const rules = ["outlier-detection"];
    assert.deepEqual(await destinationRules(stage.rehearsal), { "us-east1": rules, "us-central1": rules });
    const { project } = stage.rehearsal;
    const [zone] = project.list("gcp:dns/managedZone:ManagedZone");
    await project.call("delete", "gcp:dns/managedZone:ManagedZone", { id: zone?.id });
  });

  it("goes without a trace", async () => {
    const { rehearsal, pulumi, progress } = stage;
    const secrets = await secretsOfTheMesh(rehearsal);
    await assert.rejects(
      destroy(rehearsal, pulumi, ["us-east1"], progress),
      /us-central1 is still up and needs us-east1/,
    );
    assert.ok(await destroy(rehearsal, pulumi, ["us-central1"], progress));
    assert.deepEqual([...rehearsal.clusters.keys()], ["us-east1"]);
    assert.ok(await destroy(rehearsal, pulumi, STACKS, progress));
    assert.equal(rehearsal.clusters.size, 0);
    assert.deepEqual(readable(secrets), [], "readable after everything that was done");
  });
});
