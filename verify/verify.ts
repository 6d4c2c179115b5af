import { type Check, runChecks } from "./check";
import type { Scene } from "./picture";
import { questionsOf } from "./questions";
import { sceneOf } from "./scene";
import { meshOf, stackOutputs } from "./stacks";

export interface VerifyOptions {
  stacks: string[];
  /** Where the Pulumi project is. */
  folder: string;
  /** Whether pods may be made. */
  pods: boolean;
  /** Seconds in which an answer may still become good. */
  wait: number;
  /** Seconds that an answer may take. */
  timeout: number;
}

/** What is printed with `--json`. */
export interface Verification {
  mesh: string;
  /** Clusters of the map whose stacks were not named. */
  notAsked: string[];
  checks: Check[];
  scene: Scene;
}

/** @throws when the checks cannot be asked: no outputs, no pulumi. */
export async function verify({ stacks, folder, pods, wait, timeout }: VerifyOptions): Promise<Verification> {
  const outputs = await Promise.all(stacks.map((stack) => stackOutputs(stack, folder)));
  const { mesh, close } = await meshOf(outputs, { pods, timeout });
  try {
    const checks = await runChecks(questionsOf(mesh), { wait, timeout });
    const asked = mesh.clusters.map(({ name }) => name);
    return {
      mesh: mesh.config.id,
      notAsked: Object.keys(mesh.config.clusters).filter((name) => !asked.includes(name)),
      checks,
      scene: await sceneOf(mesh),
    };
  } finally {
    close();
  }
}
