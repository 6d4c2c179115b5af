import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { leftInProject } from "../../../rehearsal/chaos/aftermath";
import { FaultInjector, type PlannedFault } from "../../../rehearsal/chaos/faults";
import { untilDone } from "../../../rehearsal/chaos/faultSeries";
import type { Gate } from "../../../rehearsal/chaos/gate";
import { Killer } from "../../../rehearsal/chaos/killer";
import { killed, type KillRecord, type Scene } from "../../../rehearsal/chaos/kills";
import { operatorError } from "../../../rehearsal/chaos/operatorError";
import { Seeded } from "../../../rehearsal/chaos/seed";
import { Rehearsal } from "../../../rehearsal/host";
import { layout } from "../../../rehearsal/layout";
import { Processes } from "../../../rehearsal/processes";
import { createProgress } from "../../../rehearsal/progress";
import { Pulumi } from "../../../rehearsal/pulumi";
import { claim, clear } from "../../../rehearsal/running";
import { readable, secretsOfTheMesh } from "../../../rehearsal/secrets";
import { ensureTools } from "../../../rehearsal/tools";

const STACK = "us-east1";
const UP = ["up", "-s", STACK, "--yes", "--skip-preview"];

/** Some of what `npm run chaos` does, on one stack. */
describe("a mesh that is disturbed", function () {
  this.bail(true);
  const progress = createProgress();
  const processes = new Processes();
  const killer = new Killer();
  const gates: { current: Gate } = { current: killer.gate };
  const kills: KillRecord[] = [];
  let scene: Scene;

  before(async () => {
    const tools = await ensureTools(progress);
    claim();
    clear();
    const rehearsal = await Rehearsal.start(tools, processes, "stand-in", undefined, (call, carryOut) =>
      gates.current(call, carryOut),
    );
    const pulumi = new Pulumi(tools.pulumi, processes, await rehearsal.environment());
    scene = { rehearsal, pulumi, killer, random: new Seeded(7), progress };
    await pulumi.run(["stack", "select", "--create", "--stack", STACK]);
  });

  after(async () => {
    await scene?.rehearsal.stop();
    await processes.stopAll();
  });

  it("comes up although the program, the engine and its providers are killed on the way", async () => {
    const series = { stack: STACK, args: UP, points: 3, stride: [4, 10] as [number, number] };
    await killed(scene, { ...series, roles: ["engine", "provider", "program"] }, (kill) => kills.push(kill));
    assert.deepEqual(kills.map(({ role }) => role).sort(), ["engine", "program", "provider"]);
  });

  it("has nothing to change then", async () => {
    await scene.pulumi.run([...UP, "--expect-no-changes"]);
    await scene.pulumi.run(["refresh", "-s", STACK, "--yes", "--skip-preview", "--expect-no-changes"]);
  });

  it("mends an IstioOperator in ERROR with the command that up names", async () => {
    assert.deepEqual(await operatorError(scene), []);
  });

  it("shows no secret in any file, and would be found out if it did", async () => {
    const secrets = await secretsOfTheMesh(scene.rehearsal);
    assert.deepEqual(readable(secrets), []);
    const key = secrets.find(({ value }) => value.startsWith("-----BEGIN")) ?? assert.fail("no key");
    const token = secrets.find(({ what }) => what.endsWith(" token")) ?? assert.fail("no token");
    const base64 = Buffer.from(key.value, "latin1").toString("base64");
    for (const text of [key.value, JSON.stringify({ key: key.value }), base64, `Bearer ${token.value}`]) {
      for (const folder of [layout.logs, layout.state]) {
        const planted = path.join(folder, "planted");
        fs.writeFileSync(planted, `before ${text} after`);
        const found = readable(secrets);
        fs.rmSync(planted);
        assert.ok(found.length > 0 && found.every((line) => /planted: /.test(line)), found.join("\n"));
      }
    }
  });

  it("goes although calls are refused, lost and cut, and its API server restarts", async () => {
    const secrets = await secretsOfTheMesh(scene.rehearsal);
    await scene.pulumi.run([...UP, "-c", "mesh:deletionProtection=false"]);
    const plan: PlannedFault[] = [
      { on: "clusters", fault: { kind: "status", status: 500 }, after: 0 },
      { on: "clusters", fault: { kind: "restart" }, after: 0 },
      { on: "clusters", fault: { kind: "cut", carriedOut: true }, after: 0 },
      { on: "google", fault: { kind: "status", status: 503 }, after: 1 },
      { on: "google", fault: { kind: "cut", carriedOut: true }, after: 1 },
      { on: "google", fault: { kind: "hang", carriedOut: false, seconds: 1 }, after: 0 },
    ];
    const restart = async (cluster: string) =>
      scene.rehearsal.clusters.get(cluster)?.plane.restartApiServer();
    const injector = new FaultInjector(plan, restart);
    gates.current = injector.gate;
    const args = ["destroy", "-s", STACK, "--yes", "--skip-preview"];
    const failed = await untilDone(scene, injector, { stack: STACK, args });
    assert.equal(injector.left, 0);
    // An API server answers 500 to nobody who would try again by himself: at least that one stops a run.
    assert.ok(failed.length > 0);
    assert.deepEqual(leftInProject(scene.rehearsal), []);
    assert.equal(scene.rehearsal.clusters.size, 0);
    assert.deepEqual(readable(secrets), []);
  });
});
