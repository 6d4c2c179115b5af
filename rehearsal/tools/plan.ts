import type { BuildOrder } from "./build";
import { modules, type Platform, type ToolEntry } from "./table";

/** What has to be had before a rehearsal can run, and what that costs at most. */
export interface Plan {
  missing: ToolEntry[];
  /** Tried first: those with an official download for this machine. */
  downloads: { tool: ToolEntry; megabytes: number }[];
  /** Built in any case. */
  builds: BuildOrder[];
  /** Built when no download comes. */
  worstBuilds: BuildOrder[];
  seconds: { least: number; most: number };
  /** The programs themselves. */
  megabytes: number;
  /** Added to Go's caches, at most. */
  cacheMegabytes: number;
}

export interface PlanText {
  /** The folder that the programs go to. */
  cache: string;
  /** Programs that were found and not taken, with the reason. */
  passedOver: string[];
}

/** `cores` scales the times, which were measured on 2 cores. */
export function makePlan(missing: ToolEntry[], platform: Platform, cores: number): Plan {
  const downloads = missing.flatMap((tool) => {
    const download = tool.download?.(platform);
    return download ? [{ tool, megabytes: download.megabytes }] : [];
  });
  const builds = byModule(missing.filter((tool) => !downloads.some((download) => download.tool === tool)));
  const worstBuilds = byModule(missing);
  // Much is one long compile or link after another: more than eight cores do not help.
  const scale = 2 / Math.min(Math.max(cores, 1), 8);
  // 10 MB a second, an ordinary line.
  const downloading = sum(downloads.map(({ megabytes }) => megabytes / 10));
  return {
    missing,
    downloads,
    builds,
    worstBuilds,
    seconds: { least: scale * buildSeconds(builds) + downloading, most: scale * buildSeconds(worstBuilds) },
    megabytes: sum(missing.map((tool) => tool.megabytes)),
    cacheMegabytes: sum(worstBuilds.map(({ module }) => modules[module].cacheMegabytes)),
  };
}

/** The plan for people, a few lines. */
export function planText(plan: Plan, { cache, passedOver }: PlanText): string[] {
  const { downloads, builds, seconds } = plan;
  const lines = [`Not on this machine yet: ${plan.missing.map(nameAndVersion).join(", ")}.`];
  for (const reason of passedOver) lines.push(`  not used   ${reason}`);
  if (downloads.length > 0) {
    const size = amount(sum(downloads.map(({ megabytes }) => megabytes)));
    lines.push(
      `  download   ${downloads.map(({ tool }) => tool.name).join(", ")}: ${size}; what does not come is built`,
    );
  }
  if (builds.length > 0)
    lines.push(`  build      ${names(builds)}, with Go from the modules in rehearsal/tools`);
  const [least, most] = [minutes(seconds.least), minutes(seconds.most)];
  const all =
    downloads.length > 0 && least !== most ? `${least}, or ${most} if everything has to be built` : most;
  lines.push(`  time       about ${all}`);
  const go =
    plan.cacheMegabytes > 0
      ? `, and up to ${amount(plan.cacheMegabytes)} in Go's own caches for what is built`
      : "";
  lines.push(`  disk       ${amount(plan.megabytes)} in ${cache}${go}`);
  lines.push("Later runs find all of it there.");
  return lines;
}

/** The tools, grouped by their module, in the order in which the modules first come. */
export function byModule(tools: ToolEntry[]): BuildOrder[] {
  const orders: BuildOrder[] = [];
  for (const tool of tools) {
    const order = orders.find(({ module }) => module === tool.module);
    if (order) order.tools.push(tool);
    else orders.push({ module: tool.module, tools: [tool] });
  }
  return orders;
}

/** "850 MB", "9.9 GB". */
export function amount(megabytes: number): string {
  return megabytes < 1000 ? `${Math.round(megabytes)} MB` : `${(megabytes / 1000).toFixed(1)} GB`;
}

function minutes(seconds: number): string {
  return seconds < 90 ? `${Math.max(5, Math.ceil(seconds / 5) * 5)} s` : `${Math.ceil(seconds / 60)} min`;
}

function names(orders: BuildOrder[]): string {
  return orders.flatMap(({ tools }) => tools.map((tool) => tool.name)).join(", ");
}

function nameAndVersion(tool: ToolEntry): string {
  return `${tool.name} ${modules[tool.module].version}`;
}

function buildSeconds(orders: BuildOrder[]): number {
  return sum(orders.flatMap(({ tools }) => tools.map((tool) => tool.seconds)));
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
