import assert from "node:assert/strict";
import { describeMesh } from "../../rehearsal/program";
import { destinationRules, objectsOf } from "./objects";
import { readableSecrets } from "./secrets";
import { asItIs, DOMAIN, makeZone, share, SHARED_FIELDS, STACKS, trafficTools } from "./sharedMesh";
import { Stage } from "./stage";

describe("the mesh on the real engine", function () {
  this.bail(true);
  let stage: Stage;
  let shared = false;

  before(async () => {
    stage = await Stage.open(await trafficTools());
  });

  after(async () => {
    if (!shared) {
      await stage?.close();
    }
  });

  for (const stack of STACKS) {
    it(`${stack} comes up`, async () => {
      await stage.create(stack);
      await stage.progress.step(`up ${stack}`, (say) =>
        stage.pulumi.run(["up", "-s", stack, "--yes", "--policy-pack", "policy"], say),
      );
    });
  }

  it("passes every check", async () => {
    const checks = await stage.passesEveryCheck(STACKS);
    assert.ok(checks.filter(({ status }) => status === "ok").length > 80);
    asItIs.objects = await objectsOf(stage.rehearsal);
  });

  for (const stack of STACKS) {
    it(`${stack} has nothing to change in a second up`, async () => {
      await stage.unchanged(stack);
    });

    it(`${stack} is as its state says`, async () => {
      await stage.refresh(stack, ["--expect-no-changes"]);
    });
  }

  it("shows no private key and no token in state, logs, outputs and files", async () => {
    for (const stack of STACKS) {
      await stage.pulumi.run(["stack", "output", "-s", stack, "--json"]);
    }
    assert.deepEqual(await readableSecrets(stage.rehearsal), []);
  });

  it("refuses to be destroyed while it is protected, before anything is gone", async () => {
    await assert.rejects(stage.pulumi.run(["destroy", "-s", "us-central1", "--yes"]), /protect/);
    await stage.unchanged("us-central1");
  });

  it("takes routes, locality, an SSL policy and Google's certificate", async () => {
    await makeZone(stage.rehearsal);
    const certificate = { managed: { domains: [DOMAIN] } };
    describeMesh({ ...SHARED_FIELDS, ingress: { ...SHARED_FIELDS.ingress, certificate } });
    for (const stack of STACKS) {
      await stage.up(stack);
      await stage.unchanged(stack);
    }
    const records = stage.rehearsal.project
      .list("gcp:dns/recordSet:RecordSet")
      .map(({ properties }) => properties.name);
    assert.deepEqual(records.sort(), [`page-us-central1.${DOMAIN}.`, `page-us-east1.${DOMAIN}.`]);
    const rules = ["outlier-detection", "page"];
    assert.deepEqual(await destinationRules(stage.rehearsal), { "us-east1": rules, "us-central1": rules });
    const problems = stage.rehearsal.ingresses().flatMap((ingress) => ingress.problems);
    assert.deepEqual(problems, []);
  });

  it("goes back to its own certificate", async () => {
    describeMesh(SHARED_FIELDS);
    await stage.up("us-east1");
    share(stage);
    shared = true;
  });
});
