import assert from "node:assert/strict";
import * as fs from "node:fs";
import { destroy } from "../../rehearsal/destroy";
import { runChecks } from "../../rehearsal/checks";
import { Rehearsal } from "../../rehearsal/host";
import { home } from "../../rehearsal/layout";
import { Processes } from "../../rehearsal/processes";
import { createProgress } from "../../rehearsal/progress";
import { Pulumi } from "../../rehearsal/pulumi";
import { ensureTools } from "../../rehearsal/tools";
import { readableSecrets } from "./secrets";

const STACKS = ["us-east1", "us-central1"];

describe("the mesh on the real engine", function () {
  this.bail(true);
  const progress = createProgress();
  const processes = new Processes();
  let rehearsal: Rehearsal;
  let pulumi: Pulumi;

  before(async () => {
    const tools = await ensureTools(progress);
    fs.rmSync(home, { recursive: true, force: true });
    rehearsal = await Rehearsal.start(tools, processes);
    pulumi = new Pulumi(tools.pulumi, processes, await rehearsal.environment());
  });

  after(async () => {
    await rehearsal?.stop();
    await processes.stopAll();
  });

  for (const stack of STACKS) {
    it(`${stack} comes up`, async () => {
      await pulumi.run(["stack", "select", "--create", "--stack", stack]);
      await progress.step(`up ${stack}`, (say) => pulumi.run(["up", "-s", stack, "--yes"], say));
    });
  }

  it("passes every check", async () => {
    const checks = await runChecks(rehearsal, { stacks: STACKS, env: await rehearsal.environment() });
    assert.ok(checks.length > 0);
    assert.deepEqual(
      checks.filter(({ ok }) => !ok),
      [],
    );
  });

  for (const stack of STACKS) {
    it(`${stack} has nothing to change in a second up`, async () => {
      await pulumi.run(["up", "-s", stack, "--yes", "--skip-preview", "--expect-no-changes"]);
    });

    it(`${stack} is as its state says`, async () => {
      await pulumi.run(["refresh", "-s", stack, "--yes", "--skip-preview", "--expect-no-changes"]);
    });
  }

  it("shows no private key and no token in state, logs, outputs and files", async () => {
    for (const stack of STACKS) {
      await pulumi.run(["stack", "output", "-s", stack, "--json"]);
    }
    assert.deepEqual(await readableSecrets(rehearsal), []);
  });

  it("goes without a trace", async () => {
    assert.ok(await destroy(rehearsal, pulumi, STACKS, progress));
    assert.equal(rehearsal.clusters.size, 0);
  });
});
