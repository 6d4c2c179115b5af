import assert from "node:assert/strict";
import { textAt } from "../../rehearsal/google/properties";
import { PROJECT } from "../../rehearsal/program";
import { settledDifferences } from "./objects";
import { checkTypes, exampleWithPackage } from "./packed";
import { asItIs, STACKS, trafficTools } from "./sharedMesh";
import { Stage } from "./stage";

describe("the example: one stack that owns all clusters", function () {
  this.bail(true);
  let stage: Stage;
  let folder: string;
  let here: string[];

  before(async () => {
    stage = await Stage.open(await trafficTools());
    folder = exampleWithPackage("one-stack");
    here = ["-C", folder];
  });

  after(async () => {
    await stage?.close();
  });

  it("imports the package as npm packs it, with its declarations", () => {
    checkTypes(folder);
  });

  it("comes up, and passes every check", async () => {
    await stage.create("all", ...here);
    await stage.pulumi.run(["config", "set", "gcp:project", PROJECT.id, "-s", "all", ...here]);
    await stage.up("all", ...here);
    await stage.unchanged("all", ...here);
    await stage.passesEveryCheck(STACKS, { folder, stacks: ["all"] });
    const [ingress] = stage.rehearsal.ingresses();
    assert.equal(await stage.output("address", "all", ...here), textAt(ingress, "ingress.status.VIP"));
  });

  it("has the same objects in its clusters as a stack for each cluster makes", async function () {
    if (!asItIs.objects) {
      console.log("    nothing to compare with: no other test has brought up both stacks before");
      this.skip();
    }
    assert.deepEqual(await settledDifferences(stage.rehearsal, asItIs.objects), []);
  });

  it("goes without a trace", async () => {
    await stage.destroy("all", ...here);
    assert.equal(stage.rehearsal.clusters.size, 0);
  });
});
