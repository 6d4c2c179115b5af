import * as fs from "node:fs";
import * as path from "node:path";
import { home } from "../layout";
import { aliveAndWell, bringUp, leftInProject, STACKS } from "./aftermath";
import { faultPlan } from "./faultPlan";
import { FaultInjector } from "./faults";
import { type FailedRun, untilDone } from "./faultSeries";
import type { Gate } from "./gate";
import { difference, inventory } from "./inventory";
import type { Scene } from "./kills";

/**
 * Each stack goes and comes back with everything going wrong on the way that a plan holds; then everything is as it was.
 *
 * @param gates where the gate is put in
 * @param most faults on each side, Google's and the clusters', of each command
 */
export async function faultPart(
  scene: Scene,
  { seed, most }: { seed: number; most?: number },
  gates: { current: Gate },
): Promise<void> {
  const { rehearsal, pulumi, progress, random } = scene;
  await bringUp(scene);
  const undisturbed = await inventory(rehearsal);
  const done: FaultInjector["done"] = [];
  const failed: FailedRun[] = [];
  const calm = gates.current;
  const restart = async (cluster: string) => rehearsal.clusters.get(cluster)?.plane.restartApiServer();
  const disturbed = async (stack: string, args: string[]) => {
    const injector = new FaultInjector(faultPlan(random, most), restart);
    gates.current = injector.gate;
    try {
      failed.push(...(await untilDone(scene, injector, { stack, args })));
    } finally {
      gates.current = calm;
      done.push(...injector.done);
      const report = JSON.stringify({ seed, done, failed }, undefined, 2);
      fs.writeFileSync(path.join(home, "faults.json"), report, { mode: 0o600 });
    }
  };

  for (const stack of [...STACKS].reverse()) {
    await pulumi.run([...up(stack), "-c", "mesh:deletionProtection=false"]);
    await disturbed(stack, ["destroy", "-s", stack, "--yes", "--skip-preview"]);
  }
  const left = leftInProject(rehearsal);
  for (const stack of STACKS) {
    await disturbed(stack, up(stack));
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
  progress.note(`${done.length} faults, ${failed.length} runs failed; ${problems.length} problems.`);
  if (problems.length > 0) {
    throw new Error(`${problems.length} problems after ${done.length} faults`);
  }
}

function up(stack: string): string[] {
  return ["up", "-s", stack, "--yes", "--skip-preview"];
}
