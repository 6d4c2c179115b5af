import { createRequire } from "node:module";
import * as path from "node:path";

/** What Pulumi.yaml may say under `runtime.options` and this host honours, with the official host's defaults. */
export interface RuntimeOptions {
  /** Run TypeScript through ts-node; `true` by default. */
  typescript: boolean;
  /** Path of the tsconfig.json that ts-node reads, relative to the program. */
  tsconfig?: string;
  /** Arguments for node itself, split as a shell would. */
  nodeargs: string[];
}

/** @throws when an option has a wrong type, with the message of the official host */
export function parseOptions(options: Record<string, unknown>): RuntimeOptions {
  const { typescript = true, tsconfig, nodeargs = "" } = options;
  if (typeof typescript !== "boolean") throw new Error("typescript option must be a boolean");
  if (tsconfig !== undefined && typeof tsconfig !== "string") {
    throw new Error("tsconfigpath option must be a string");
  }
  if (typeof nodeargs !== "string") throw new Error("nodeargs option must be a string");
  return { typescript, tsconfig, nodeargs: splitWords(nodeargs) };
}

/** The variables by which the SDK's runner learns of {@link RuntimeOptions}. */
export function optionsEnvironment(options: RuntimeOptions): Record<string, string> {
  return {
    ...(options.typescript && { PULUMI_NODEJS_TYPESCRIPT: "true" }),
    ...(options.tsconfig && { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
  };
}

/** Configuration as the SDK reads it: JSON of the map, with keys in the old form `namespace:config:name`. */
export function configEnvironment(
  config: Iterable<[string, string]>,
  secretKeys: string[],
): Record<string, string> {
  const byOldKey = [...config].map(([key, value]) => {
    const colon = key.indexOf(":");
    const name = key.slice(colon + 1).replace(/^config:/, "");
    return [`${key.slice(0, colon)}:config:${name}`, value] as const;
  });
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(byOldKey)),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secretKeys),
  };
}

export interface RunFlags {
  monitor: string;
  engine: string;
  organization: string;
  project: string;
  stack: string;
  rootDirectory: string;
  programDirectory: string;
  dryRun: boolean;
  parallel: number;
  entryPoint: string;
  args: string[];
}

/** Arguments of `@pulumi/pulumi/cmd/run`; empty values are left out, as the official host does. */
export function runArguments(flags: RunFlags): string[] {
  const named = {
    monitor: flags.monitor,
    engine: flags.engine,
    organization: flags.organization,
    project: flags.project,
    "root-directory": flags.rootDirectory,
    stack: flags.stack,
    pwd: flags.programDirectory,
    parallel: String(flags.parallel),
  };
  return [
    ...Object.entries(named).flatMap(([name, value]) => (value ? [`--${name}`, value] : [])),
    ...(flags.dryRun ? ["--dry-run"] : []),
    flags.entryPoint || ".",
    ...flags.args,
  ];
}

/**
 * Finds a module of the Pulumi SDK as a program in that folder would.
 *
 * @throws when the SDK is not installed there, with what to type
 */
export function locateModule(module: string, directory: string): string {
  try {
    return createRequire(path.join(directory, "index.js")).resolve(module);
  } catch (cause) {
    throw new Error(
      `The Pulumi SDK has not been installed in ${directory} (no ${module}). Run npm ci there, then try again.`,
      { cause },
    );
  }
}

/** Splits a line into words: blanks separate, single and double quotes and backslashes keep together. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  const part = /\s+|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)/gs;
  let word: string | undefined;
  for (const [text, single, double, escaped, bare] of line.matchAll(part)) {
    const piece = single ?? double?.replace(/\\(["\\])/g, "$1") ?? escaped ?? bare;
    if (piece !== undefined) word = (word ?? "") + piece;
    else if (text.trim() === "" && word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}
