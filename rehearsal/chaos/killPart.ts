import * as fs from "node:fs";
import * as path from "node:path";
import { home } from "../layout";
import { aliveAndWell, bringUp, leftInProject, STACKS } from "./aftermath";
import { difference, inventory } from "./inventory";
import { killed, type KillRecord, type Scene, type Series } from "./kills";

/**
 * Destroy and up, killed at so many points; then everything is as it was. A command has only so many calls: what is missing
 * to the number is made up in another round.
 */
export async function killPart(
  scene: Scene,
  { points, seed }: { points: number; seed: number },
): Promise<void> {
  const { rehearsal, progress } = scene;
  const records: KillRecord[] = [];
  const file = path.join(home, "kills.json");
  const record = (kill: KillRecord) => {
    records.push(kill);
    fs.writeFileSync(file, JSON.stringify({ seed, records }, undefined, 2), { mode: 0o600 });
  };
  await bringUp(scene);
  const undisturbed = await inventory(rehearsal);
  fs.writeFileSync(path.join(home, "undisturbed.json"), JSON.stringify(undisturbed, undefined, 1));

  const problems: string[] = [];
  while (records.length < points) {
    const before = records.length;
    problems.push(...(await round(scene, points - before, record)));
    if (records.length === before) {
      throw new Error(`no point of ${points - before} was reached`);
    }
    const { missing, extra } = difference(undisturbed, await inventory(rehearsal));
    problems.push(...missing.map((line) => `lost: ${line}`), ...extra.map((line) => `one too many: ${line}`));
  }
  problems.push(...(await aliveAndWell(scene)));
  for (const problem of problems) {
    progress.warn(problem);
  }
  progress.note(`${records.length} kills; ${problems.length} problems. Each kill: ${file}`);
  if (problems.length > 0) {
    throw new Error(`${problems.length} problems after ${records.length} kills`);
  }
}

/** Both stacks go and come back, with at most so many kills. @returns what was left in between, one line each */
async function round(scene: Scene, points: number, record: (kill: KillRecord) => void): Promise<string[]> {
  const { rehearsal, pulumi, progress } = scene;
  let kills = 0;
  const series = async (
    stack: string,
    share: number,
    args: string[],
    how: Pick<Series, "stride" | "roles">,
  ) => {
    const all = [...args, "-s", stack, "--yes", "--skip-preview"];
    kills += await killed(scene, { stack, args: all, points: share, ...how }, record);
  };
  const forDestroy = Math.floor(points / 2);
  for (const [index, stack] of [...STACKS].reverse().entries()) {
    const share = Math.ceil((forDestroy - kills) / (STACKS.length - index));
    const unprotect = ["up", "-c", "mesh:deletionProtection=false"];
    await series(stack, Math.min(share, 1), unprotect, UNPROTECT);
    await series(stack, share - Math.min(share, 1), ["destroy"], DESTROY);
  }
  const left = leftInProject(rehearsal);
  progress.note(
    left.length > 0 ? `left after destroy: ${left.join(", ")}` : "Nothing is left after destroy.",
  );
  for (const [index, stack] of STACKS.entries()) {
    await pulumi.run(["stack", "select", "--create", "--stack", stack]);
    await series(stack, Math.ceil((points - kills) / (STACKS.length - index)), ["up"], UP);
  }
  return left.map((id) => `left after destroy: ${id}`);
}

const UNPROTECT = { stride: [1, 1], roles: ["engine", "provider", "program"] } satisfies Partial<Series>;
/** No program runs. */
const DESTROY = { stride: [1, 3], roles: ["engine", "provider"] } satisfies Partial<Series>;
/**
 * Half of the kills are of `destroy`, so the program is dealt most often here; close together, so that an `up` has enough
 * calls for all its points.
 */
export const UP = {
  stride: [1, 3],
  roles: ["program", "program", "program", "program", "engine", "engine", "provider", "provider", "tls"],
} satisfies Partial<Series>;
