import { runChecks } from "../checks";
import type { Rehearsal } from "../host";
import type { Progress } from "../progress";
import type { Pulumi } from "../pulumi";
import { readableSecrets } from "../secrets";
import { stackState } from "./stackState";

export const STACKS = ["us-east1", "us-central1"];

interface Scene {
  rehearsal: Rehearsal;
  pulumi: Pulumi;
  progress: Progress;
}

/** Both stacks up, undisturbed. */
export async function bringUp({ pulumi, progress }: Scene): Promise<void> {
  for (const stack of STACKS) {
    await pulumi.run(["stack", "select", "--create", "--stack", stack]);
    const args = ["up", "-s", stack, "--yes", "--skip-preview"];
    await progress.step(`pulumi ${args.join(" ")}`, (say) => pulumi.run(args, say));
  }
}

/**
 * What is wrong with a mesh that should be up, one line each: a check that fails, a second `up` or a refresh that has
 * something to do, an operation that the state still waits for, a secret that stands readable somewhere.
 */
export async function aliveAndWell({ rehearsal, pulumi, progress }: Scene): Promise<string[]> {
  const problems: string[] = [];
  for (const stack of STACKS) {
    for (const command of ["up", "refresh"]) {
      const args = [command, "-s", stack, "--yes", "--skip-preview", "--expect-no-changes"];
      await progress
        .step(`pulumi ${args.join(" ")}`, (say) => pulumi.run(args, say))
        .catch((error: unknown) => problems.push(`${command} ${stack} has changes: ${String(error)}`));
    }
    const { pending } = await stackState(pulumi, stack);
    problems.push(...pending.map(({ type, resource }) => `pending in ${stack}: ${type} ${resource.urn}`));
  }
  const { checks } = await progress.step("Check the mesh", async () =>
    runChecks(rehearsal, { stacks: STACKS, env: await rehearsal.environment() }),
  );
  problems.push(
    ...checks
      .filter(({ status }) => status === "failed")
      .map(({ id, cluster, detail }) => `check ${id} ${cluster ?? ""}: ${detail}`),
  );
  problems.push(...(await readableSecrets(rehearsal)).map((secret) => `readable: ${secret}`));
  return problems;
}

/** What a destroy should have taken along. The program leaves APIs and the roles of Google's service agents on purpose. */
export function leftInProject({ project }: Rehearsal): string[] {
  const { resources, derived } = project.contents();
  return [...resources, ...derived].map(({ id }) => id).filter((id) => !/serviceAgent\//.test(id));
}
