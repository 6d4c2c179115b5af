import * as fs from "node:fs/promises";
import * as path from "node:path";
import { run } from "./run";
import { modules, type ToolEntry } from "./table";
import { acceptable, versionIn } from "./versions";

/** What was found of one program outside the cache. */
export interface Found {
  /** Absolute; undefined when nothing fits. */
  path?: string;
  /** Programs of that name that do not fit, each with the reason, for people. */
  passedOver: string[];
}

export interface FindOptions {
  /** `PATH` and `KUBEBUILDER_ASSETS` are read. */
  env: NodeJS.ProcessEnv;
  /** A folder on PATH that is never searched: links to what was chosen before are no finds. */
  except: string;
  /** What the program prints when asked for its version; rejects when it cannot be asked. */
  ask?: (program: string, args: string[]) => Promise<string>;
}

/** The first program in KUBEBUILDER_ASSETS, then on PATH, whose own version command names a version that fits. */
export async function find(tool: ToolEntry, options: FindOptions): Promise<Found> {
  const passedOver: string[] = [];
  if (!tool.versionArguments) return { passedOver };
  const ask = options.ask ?? askVersion;
  const pinned = modules[tool.module].version;
  for (const folder of folders(tool, options)) {
    const program = path.join(folder, tool.name);
    if (!(await isProgram(program))) continue;
    const version = await ask(program, tool.versionArguments).then(versionIn, () => undefined);
    if (version && acceptable(version, pinned, tool.accepts)) return { path: program, passedOver };
    const wanted = tool.accepts ? `${tool.accepts.from} or newer, below ${tool.accepts.below}` : pinned;
    passedOver.push(`${program} is ${version ?? "of unknown version"}, needed is ${wanted}`);
  }
  return { passedOver };
}

/** Whether this is a file that may be run. */
export async function isProgram(file: string): Promise<boolean> {
  try {
    await fs.access(file, fs.constants.X_OK);
    return (await fs.stat(file)).isFile();
  } catch {
    return false;
  }
}

function folders(tool: ToolEntry, { env, except }: FindOptions): string[] {
  const assets = tool.kubebuilder && env.KUBEBUILDER_ASSETS ? [env.KUBEBUILDER_ASSETS] : [];
  const onPath = (env.PATH ?? "").split(path.delimiter);
  const all = [...assets, ...onPath]
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.resolve(folder));
  return [...new Set(all)].filter((folder) => folder !== except);
}

function askVersion(program: string, args: string[]): Promise<string> {
  return run(program, args, { timeout: 5000, env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" } });
}
