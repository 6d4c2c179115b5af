import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { cache, layout } from "../layout";
import type { Progress } from "../progress";
import { build, findGo, type BuildOrder } from "./build";
import { checkDisk } from "./disk";
import { Downloads } from "./download";
import { find, isProgram, type Found } from "./find";
import { lock, tryLock, type Release } from "./lock";
import { byModule, makePlan, planText, type Plan } from "./plan";
import { modules, tools, type Platform, type Tool, type ToolEntry, type TrafficTool } from "./table";

export type { Tool } from "./table";

/** Absolute paths. */
export type Tools = Record<Exclude<Tool, TrafficTool>, string>;

type Say = (detail: string) => void;

/** Where programs come from; tests give their own. */
export interface Sources {
  platform: Platform;
  cores: number;
  /** The folder that programs are kept in. */
  cache: string;
  /** On PATH or in KUBEBUILDER_ASSETS. */
  find(tool: ToolEntry): Promise<Found>;
  /** The program's place in the cache, when it is there. */
  cached(tool: ToolEntry): Promise<string | undefined>;
  /** Throws an error for people when the plan cannot be carried out here. */
  check(plan: Plan): Promise<void>;
  /** Puts a program into the cache; rejects when the vendor's host or the checksum says no. */
  download(tool: ToolEntry, say: Say): Promise<void>;
  /** Puts programs into the cache. */
  build(order: BuildOrder, say: Say): Promise<void>;
  /** Keeps other rehearsals from getting the same programs at the same time; undefined: another one is at it. */
  tryLock(): Promise<Release | undefined>;
  lock(): Promise<Release>;
}

/**
 * Every program that the rehearsal runs, each from the first place that has it: KUBEBUILDER_ASSETS or PATH, the cache,
 * the vendor's download, the Go modules in this folder. Says beforehand what is missing and what getting it costs.
 * Throws before anything is written when that cannot work here (no Go, too old a Go, no disk space).
 */
export async function ensureTools(progress: Progress, sources: Sources = thisMachine()): Promise<Tools> {
  return (await ensure(tools, "Find the programs", progress, sources)) as Tools;
}

/** The same for other programs than those that every rehearsal runs. */
export async function ensure(
  wanted: ToolEntry[],
  title: string,
  progress: Progress,
  sources: Sources = thisMachine(),
): Promise<Partial<Record<Tool, string>>> {
  const found = new Map<Tool, string>();
  const passedOver: string[] = [];
  await progress.step(title, async () => {
    await Promise.all(
      wanted.map(async (tool) => {
        const outside = await sources.find(tool);
        const program = outside.path ?? (await sources.cached(tool));
        if (program) found.set(tool.name, program);
        else passedOver.push(...outside.passedOver);
      }),
    );
  });

  const missing = wanted.filter((tool) => !found.has(tool.name));
  if (missing.length > 0) {
    const plan = makePlan(missing, sources.platform, sources.cores);
    for (const line of planText(plan, { cache: sources.cache, passedOver })) progress.note(line);
    await sources.check(plan);
    const release =
      (await sources.tryLock()) ??
      (await progress.step("Wait for another rehearsal that is getting programs", () => sources.lock()));
    try {
      await getMissing(missing, found, progress, sources);
    } finally {
      await release();
    }
  }
  return Object.fromEntries(found);
}

async function getMissing(
  missing: ToolEntry[],
  found: Map<Tool, string>,
  progress: Progress,
  sources: Sources,
) {
  const stillMissing = async () => {
    for (const tool of missing) {
      const program = await sources.cached(tool);
      if (program) found.set(tool.name, program);
    }
    return missing.filter((tool) => !found.has(tool.name));
  };

  const wanted = (await stillMissing()).filter((tool) => tool.download?.(sources.platform));
  if (wanted.length > 0) {
    const refusals = await progress.step("Try the official downloads", (say) =>
      downloadAll(wanted, sources, say),
    );
    for (const refusal of refusals) progress.warn(`${refusal}; built instead`);
  }
  for (const order of byModule(await stillMissing())) {
    const title = `Build ${order.tools.map((tool) => tool.name).join(", ")} ${modules[order.module].version}`;
    await progress.step(title, (say) => sources.build(order, say));
  }
  const lost = await stillMissing();
  if (lost.length > 0)
    throw new Error(`Not in ${sources.cache} after the build: ${lost.map((tool) => tool.name).join(", ")}`);
}

// One after the other, so that a host that refuses is asked once. Each different refusal is told once.
async function downloadAll(wanted: ToolEntry[], sources: Sources, say: Say): Promise<string[]> {
  const refusals = new Set<string>();
  for (const tool of wanted) {
    say(tool.name);
    try {
      await sources.download(tool, say);
    } catch (error) {
      refusals.add(error instanceof Error ? error.message : String(error));
    }
  }
  return [...refusals];
}

function thisMachine(): Sources {
  const downloads = new Downloads();
  const platform = { os: process.platform, arch: process.arch === "x64" ? "amd64" : process.arch };
  const folder = (tool: Pick<ToolEntry, "module">) =>
    path.join(cache, tool.module, modules[tool.module].version);
  const lockFile = path.join(cache, "lock");
  return {
    platform,
    cores: os.availableParallelism(),
    cache,
    find: (tool) => find(tool, { env: process.env, except: layout.bin }),
    cached: async (tool) => {
      const program = path.join(folder(tool), tool.name);
      return (await isProgram(program)) ? program : undefined;
    },
    check: async (plan) => {
      const needs = [{ folder: cache, megabytes: plan.megabytes }];
      if (plan.builds.length > 0) {
        const go = await findGo();
        // Sources and compiled packages take about a third and two thirds.
        needs.push({ folder: go.moduleCache, megabytes: plan.cacheMegabytes / 3 });
        needs.push({ folder: go.buildCache, megabytes: (plan.cacheMegabytes / 3) * 2 });
      }
      await checkDisk(needs);
    },
    download: (tool, say) =>
      withScratch((scratch) => {
        const download = tool.download?.(platform);
        if (!download) throw new Error(`${tool.name} has no download for ${platform.os}/${platform.arch}`);
        return downloads.fetch(tool.name, download, path.join(folder(tool), tool.name), scratch, say);
      }),
    build: async (order, say) => {
      await findGo();
      await withScratch((scratch) => build(order, folder(order), scratch, say));
    },
    tryLock: () => tryLock(lockFile),
    lock: () => lock(lockFile),
  };
}

/** Half-made programs stay in a folder of their own beside the finished ones; what a killed run left goes after a day. */
export async function withScratch<T>(work: (scratch: string) => Promise<T>): Promise<T> {
  const parent = path.join(cache, "unfinished");
  await fs.mkdir(parent, { recursive: true });
  for (const left of await fs.readdir(parent)) {
    const folder = path.join(parent, left);
    const age = Date.now() - (await fs.stat(folder).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
    if (age > 24 * 3600 * 1000) await fs.rm(folder, { recursive: true, force: true });
  }
  const scratch = await fs.mkdtemp(path.join(parent, `${process.pid}-`));
  try {
    return await work(scratch);
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
}
