import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { PeerStacks } from "../../components/peers";
import program from "../../index";
import { installPlugin } from "./authPlugin";
import { type Run, run, type RunOptions } from "./mocks";
import { granting } from "./resourceManager";

installPlugin();

// No cluster runs here: peerReach.test.ts asks one.
PeerStacks.prototype.reach = () => Promise.resolve();

const ROOT = join(__dirname, "../..");

/** Values by key, such as `mesh:clusters`; lists and objects as they are. */
export type Config = Record<string, unknown>;

interface ProjectFile {
  name: string;
  config: Record<string, { value?: unknown; default?: unknown }>;
}

/** A file of the project's folder. */
export function projectFile<T>(name: string): T {
  return parse(readFileSync(join(ROOT, name), "utf8")) as T;
}

/**
 * A stack's configuration as the engine hands it to the program: what `Pulumi.yaml` says for all stacks, and over it the
 * stack's own file. The project's id, which has no default, is set as a user would.
 */
export function configOf(stack: string): Config {
  const { name, config } = projectFile<ProjectFile>("Pulumi.yaml");
  const shared = Object.entries(config).flatMap(([key, { value, default: standard }]) => {
    const given = value ?? standard;
    return given === undefined ? [] : [[`${name}:${key}`, given] as const];
  });
  const own = projectFile<{ config: Config }>(`Pulumi.${stack}.yaml`).config;
  return { "gcp:project": "my-project", ...Object.fromEntries(shared), ...own };
}

/** The mesh of `Pulumi.yaml`, read anew so that a test may change it. */
export function meshOf(config: Config): Record<string, unknown> {
  return structuredClone(config["mesh:mesh"]) as Record<string, unknown>;
}

/** Runs what `index.ts` exports; what it returns is what the stack exports. */
export async function runProgram(
  config: Config,
  options: RunOptions & { secretKeys?: string[] } = {},
): Promise<Run> {
  const { secretKeys = [], ...rest } = options;
  const texts = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig(Object.fromEntries(texts) as Record<string, string>, secretKeys);
  return granting(() => run(program, rest));
}

let both: Promise<{ east: Run; central: Run }> | undefined;

/** Both stacks of the repository, one after the other as people run them; once for all tests. */
export function runBothStacks(): Promise<{ east: Run; central: Run }> {
  both ??= (async () => {
    const east = await runProgram(configOf("us-east1"), { stack: "us-east1" });
    const central = await runProgram(configOf("us-central1"), {
      stack: "us-central1",
      stacks: { "organization/mesh/us-east1": east },
    });
    return { east, central };
  })();
  return both;
}
