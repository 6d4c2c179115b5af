import * as fs from "node:fs";
import * as path from "node:path";
import { home } from "../layout";
import { aliveAndWell, bringUp, leftInProject, STACKS } from "./aftermath";
import { difference, inventory } from "./inventory";
import { killed, type KillRecord, type Scene } from "./kills";

/** Destroy and up, killed at so many points in all; then everything is as it was. */
export async function killPart(
  scene: Scene,
  { points, seed }: { points: number; seed: number },
): Promise<void> {
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
      { stack, args: unprotect, points: 1, stride: [1, 1], roles: ["engine", "provider"] },
      record,
    );
    const share = Math.ceil((forDestroy - records.length) / (down.length - index));
    const args = ["destroy", "-s", stack, "--yes", "--skip-preview"];
    await killed(
      scene,
      { stack, args, points: share, stride: [1, 3], roles: ["engine", "provider"] },
      record,
    );
  }
  const left = leftInProject(rehearsal);
  progress.note(
    left.length > 0 ? `left after destroy: ${left.join(", ")}` : "Nothing is left after destroy.",
  );

  for (const [index, stack] of STACKS.entries()) {
    await pulumi.run(["stack", "select", "--create", "--stack", stack]);
    const share = Math.ceil((points - records.length) / (STACKS.length - index));
    const args = ["up", "-s", stack, "--yes", "--skip-preview"];
    const roles = ["engine", "provider", "program", "engine", "provider", "tls"] as const;
    await killed(scene, { stack, args, points: share, stride: [1, 5], roles: [...roles] }, record);
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
