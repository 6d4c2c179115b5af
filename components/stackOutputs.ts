import * as pulumi from "@pulumi/pulumi";
import { isObject } from "./config/schemaProblems";
import { MeshError } from "./meshError";
import { qualified } from "./stackName";

/** What a stack exports. */
export interface StackOutputs {
  /** As people write it after `-s`. */
  stack: string;
  outputs: Record<string, unknown>;
  /** Names of outputs that hold secrets. */
  secret: ReadonlySet<string>;
}

/** A stack that is not there, or has no outputs. */
export class NotDeployed extends MeshError {
  constructor(
    message: string,
    readonly state: "absent" | "empty",
  ) {
    super(message);
  }
}

/**
 * Asks the engine, which refuses a StackReference to a stack that is not there with a message of its own, and ends the run.
 * A function's refusal can be explained.
 *
 * @throws NotDeployed, and another error when it cannot be read.
 */
export async function readStack(stack: string, cluster: string): Promise<StackOutputs> {
  const name = qualified(stack);
  const read = (await pulumi.runtime
    .invoke("pulumi:pulumi:readStackOutputs", { name })
    .catch((error: unknown) => {
      const said =
        error instanceof Error ? error.message.replace(/^.*returned an error: /, "") : String(error);
      throw said.startsWith("unknown stack")
        ? new NotDeployed(
            `Stack ${stack} is not there (${name}), and cluster ${cluster} is to be read in it. Run first: pulumi stack init ${stack}, ` +
              `pulumi up -s ${stack}; then this stack again. If it has another name (pulumi stack ls), write mesh.clusters.${cluster}.stack into Pulumi.yaml.`,
            "absent",
          )
        : new MeshError(
            `Stack ${stack} (${name}) cannot be read: ${said}. See whether this works: pulumi stack output -s ${stack}`,
          );
    })) as { outputs?: Record<string, unknown>; secretOutputNames?: string[] };
  const { outputs = {}, secretOutputNames = [] } = read;
  if (Object.keys(outputs).length === 0) {
    throw new NotDeployed(
      `Stack ${stack} has no outputs: it was never deployed, or it was destroyed. ${first(stack)} ` +
        `If ${cluster} is gone for good: take it out of mesh:peers.`,
      "empty",
    );
  }
  return { stack, outputs, secret: new Set(secretOutputNames) };
}

function first(stack: string): string {
  return `Run first: pulumi up -s ${stack}; then this stack again.`;
}

export function missing({ stack }: StackOutputs, what: string): MeshError {
  return new MeshError(`Stack ${stack} has no output for ${what}. ${first(stack)}`);
}

/** The engine leaves out what it cannot decrypt. */
export function unreadable({ stack, secret }: StackOutputs, what: string): MeshError {
  const key =
    secret.size > 0
      ? `, or its secrets cannot be decrypted here: this stack needs the passphrase or the key of that one (pulumi stack output -s ${stack} --show-secrets)`
      : "";
  return new MeshError(
    `Stack ${stack} has an output for ${what} that cannot be used: another version of this program made it${key}. ${first(stack)}`,
  );
}

export function objectOf(stack: StackOutputs, output: string): Record<string, unknown> {
  const value = stack.outputs[output];
  if (value === undefined) {
    throw missing(stack, output);
  }
  if (!isObject(value) || (stack.secret.has(output) && Object.keys(value).length === 0)) {
    throw unreadable(stack, output);
  }
  return value;
}

export function textOf(stack: StackOutputs, output: string): string {
  const value = stack.outputs[output];
  if (value === undefined) {
    throw missing(stack, output);
  }
  if (typeof value !== "string" || value === "") {
    throw unreadable(stack, output);
  }
  return value;
}

/** Everything, or one error with all that is wrong. */
export async function allOf<T>(work: Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(work);
  const failed = [
    ...new Set(settled.flatMap((one) => (one.status === "rejected" ? [messageOf(one.reason)] : []))),
  ];
  if (failed.length > 0) {
    throw new MeshError(
      failed.length === 1 ? String(failed[0]) : ["Other stacks are not ready.", ...failed].join("\n  - "),
    );
  }
  return settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
