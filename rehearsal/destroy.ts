import type { Rehearsal } from "./host";
import type { Progress } from "./progress";
import type { Pulumi } from "./pulumi";

/**
 * Takes the stacks down as a person would: first protection off, which is an `up` of its own, then `destroy`, the stack that
 * came last first.
 *
 * @returns whether nothing is left.
 */
export async function destroy(
  rehearsal: Rehearsal,
  pulumi: Pulumi,
  stacks: string[],
  progress: Progress,
): Promise<boolean> {
  const existing = await deployedStacks(pulumi);
  for (const stack of stacks.filter((name) => existing.includes(name)).reverse()) {
    await progress.step(`pulumi up -s ${stack} -c deletionProtection=false`, (say) =>
      pulumi.run(["up", "-s", stack, "--yes", "--skip-preview", "-c", "mesh:deletionProtection=false"], say),
    );
    await progress.step(`pulumi destroy -s ${stack}`, (say) =>
      pulumi.run(["destroy", "-s", stack, "--yes", "--skip-preview"], say),
    );
  }
  return reportRest(rehearsal, progress);
}

async function deployedStacks(pulumi: Pulumi): Promise<string[]> {
  const { output } = await pulumi.run(["stack", "ls", "--json"]);
  const stacks = JSON.parse(output) as { name: string; resourceCount?: number }[];
  return stacks
    .filter(({ resourceCount = 0 }) => resourceCount > 0)
    .map(({ name }) => name.split("/").at(-1) ?? name);
}

/** The program leaves these on purpose: APIs, and what Google's own agents may do, serve others in a project too. */
const KEPT = [/\/services\//, /serviceAgent\//];

function reportRest(rehearsal: Rehearsal, progress: Progress): boolean {
  const { resources, derived } = rehearsal.project.contents();
  const left = [...resources, ...derived]
    .map(({ id }) => id)
    .filter((id) => !KEPT.some((pattern) => pattern.test(id)));
  for (const id of left) {
    progress.warn(`left in the simulated project: ${id}`);
  }
  if (left.length === 0) {
    progress.note(
      "Nothing is left in the simulated project but enabled APIs and the roles of Google's service agents: " +
        "no cluster, no network, no address, no load balancer, no certificate.",
    );
  }
  return left.length === 0;
}
