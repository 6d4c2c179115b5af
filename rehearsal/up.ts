import type { Progress } from "./progress";
import type { Pulumi, PulumiRun } from "./pulumi";

/** As a person would type it, with the policies of this repository. */
const WITH_POLICIES = ["--policy-pack", "policy"];

/**
 * `pulumi up` of each stack, in this order.
 *
 * @param options default: with the policy pack
 * @returns how each went, by stack
 * @throws with the end of the engine's output
 */
export async function bringUpStacks(
  pulumi: Pulumi,
  stacks: string[],
  progress: Progress,
  options: string[] = WITH_POLICIES,
): Promise<Map<string, PulumiRun>> {
  const runs = new Map<string, PulumiRun>();
  for (const stack of stacks) {
    await pulumi.run(["stack", "select", "--create", "--stack", stack]);
    const run = await progress.step(`pulumi up -s ${stack}`, (say) =>
      pulumi.run(["up", "-s", stack, "--yes", ...options], say),
    );
    runs.set(stack, run);
  }
  return runs;
}
