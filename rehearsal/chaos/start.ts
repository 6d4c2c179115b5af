import * as fs from "node:fs";
import * as path from "node:path";
import { Rehearsal } from "../host";
import { home } from "../layout";
import { Processes } from "../processes";
import { createProgress, duration } from "../progress";
import { Pulumi } from "../pulumi";
import { claim, clear } from "../running";
import { ensureTools } from "../tools";
import { aliveAndWell, bringUp, STACKS } from "./aftermath";
import type { Gate } from "./gate";
import { difference, inventory } from "./inventory";
import { Killer } from "./killer";
import { killed, type KillRecord, type Scene } from "./kills";
import { type ChaosOptions, parseChaosOptions, USAGE } from "./options";
import { Seeded } from "./seed";

async function main(options: ChaosOptions): Promise<void> {
  const started = Date.now();
  const progress = createProgress();
  claim();
  const tools = await ensureTools(progress);
  const processes = new Processes();
  if (options.fresh) {
    clear();
  }
  const killer = new Killer();
  const gates: { current: Gate } = { current: killer.gate };
  const rehearsal = await progress.step("Start the rehearsal", () =>
    Rehearsal.start(tools, processes, "stand-in", (call, carryOut) => gates.current(call, carryOut)),
  );
  try {
    const pulumi = new Pulumi(tools.pulumi, processes, await rehearsal.environment());
    await pulumi.unlock();
    const scene = { rehearsal, pulumi, killer, random: new Seeded(options.seed), progress };
    await kills(scene, options);
    progress.note(`Done after ${duration(Date.now() - started)}.`);
  } finally {
    await rehearsal.stop();
    await processes.stopAll();
  }
}

/** Destroy and up, killed at so many points in all; then everything is as it was. */
async function kills(scene: Scene, { points, seed }: ChaosOptions): Promise<void> {
  const { rehearsal, pulumi, progress } = scene;
  const records: KillRecord[] = [];
  const file = path.join(home, "kills.json");
  const record = (kill: KillRecord) => {
    records.push(kill);
    fs.writeFileSync(file, JSON.stringify({ seed, records }, undefined, 2), { mode: 0o600 });
  };
  await bringUp(scene);
  const undisturbed = await inventory(rehearsal);
  fs.writeFileSync(path.join(home, "undisturbed.json"), JSON.stringify(undisturbed, undefined, 1));

  const forDestroy = Math.floor(points / 2);
  const down = [...STACKS].reverse();
  for (const [index, stack] of down.entries()) {
    const unprotect = ["up", "-s", stack, "--yes", "--skip-preview", "-c", "mesh:deletionProtection=false"];
    await killed(
      scene,
      { stack, args: unprotect, points: 1, stride: 1, roles: ["engine", "provider"] },
      record,
    );
    const share = Math.ceil((forDestroy - records.length) / (down.length - index));
    const args = ["destroy", "-s", stack, "--yes", "--skip-preview"];
    await killed(scene, { stack, args, points: share, stride: 3, roles: ["engine", "provider"] }, record);
  }
  const { resources, derived } = rehearsal.project.contents();
  const left = [...resources, ...derived].map(({ id }) => id).filter((id) => !/serviceAgent\//.test(id));
  progress.note(
    left.length > 0 ? `left after destroy: ${left.join(", ")}` : "Nothing is left after destroy.",
  );

  for (const [index, stack] of STACKS.entries()) {
    await pulumi.run(["stack", "select", "--create", "--stack", stack]);
    const share = Math.ceil((points - records.length) / (STACKS.length - index));
    const args = ["up", "-s", stack, "--yes", "--skip-preview"];
    const roles = ["engine", "provider", "program", "engine", "provider", "tls"] as const;
    await killed(scene, { stack, args, points: share, stride: 4, roles: [...roles] }, record);
  }
  const { missing, extra } = difference(undisturbed, await inventory(rehearsal));
  const problems = [
    ...left.map((id) => `left after destroy: ${id}`),
    ...missing.map((line) => `lost: ${line}`),
    ...extra.map((line) => `one too many: ${line}`),
    ...(await aliveAndWell(scene)),
  ];
  for (const problem of problems) {
    progress.warn(problem);
  }
  progress.note(`${records.length} kills; ${problems.length} problems. Each kill: ${file}`);
  if (problems.length > 0) {
    throw new Error(`${problems.length} problems after ${records.length} kills`);
  }
}

function readOptions(): ChaosOptions {
  try {
    return parseChaosOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

const options = readOptions();
if (options.help) {
  console.log(USAGE);
} else {
  main(options).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exit(1);
    },
  );
}
