import type { Progress } from "./progress";
import type { Pulumi } from "./pulumi";

/** `pulumi up` of each stack, in this order. @throws with the end of the engine's output */
export async function bringUpStacks(pulumi: Pulumi, stacks: string[], progress: Progress): Promise<void> {
  for (const stack of stacks) {
    await pulumi.run(["stack", "select", "--create", "--stack", stack]);
    await progress.step(`pulumi up -s ${stack}`, (say) =>
      pulumi.run(["up", "-s", stack, "--yes", "--skip-preview"], say),
    );
  }
}
