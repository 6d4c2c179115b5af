import * as fs from "node:fs/promises";
import { createRequire } from "node:module";
import * as path from "node:path";
import { checkout, layout } from "../layout";

/** What a launcher stands for: the name that the engine (or kubectl) looks up on PATH, and the script behind it. */
const scripts = {
  "pulumi-language-nodejs": "engine/languageHost.ts",
  "pulumi-resource-kubernetes": "engine/providers/kubernetes/main.ts",
  "pulumi-resource-gcp": "engine/providers/gcp/main.ts",
  "pulumi-resource-tls": "engine/providers/tls/main.ts",
} as const;

export type Launcher = keyof typeof scripts;

export const launchers = Object.keys(scripts) as Launcher[];

/**
 * Writes the launchers of the stand-ins and removes those that are not asked for, so that the real plugin is found.
 *
 * @param options.only which to write; all by default
 * @param options.directory where to; `.rehearsal/bin` by default
 * @returns the paths written
 */
export async function writeLaunchers(
  options: { only?: readonly Launcher[]; directory?: string } = {},
): Promise<string[]> {
  const directory = options.directory ?? layout.bin;
  const only = options.only ?? launchers;
  await fs.mkdir(directory, { recursive: true });
  await Promise.all(
    // Also those that are written anew: writing through a link would overwrite the real plugin.
    launchers.map((name) => fs.rm(path.join(directory, name), { force: true })),
  );
  return Promise.all(
    only.map(async (name) => {
      const file = path.join(directory, name);
      await fs.writeFile(file, launcherScript(path.join(checkout, "rehearsal", scripts[name])), {
        mode: 0o755,
      });
      return file;
    }),
  );
}

/**
 * A shell script that becomes the node process (`exec`), so that the engine's signals reach it. Absolute paths: the
 * engine starts plugins in the program's folder, and a version manager's `node` may be another one there.
 *
 * @param script absolute path of a TypeScript file
 */
export function launcherScript(script: string): string {
  const loader = createRequire(__filename).resolve("tsx");
  const command = [process.execPath, "--import", `file://${loader}`, script].map(quote).join(" ");
  return `#!/bin/sh
exec ${command} "$@"
`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
