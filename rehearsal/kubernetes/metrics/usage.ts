import * as fs from "node:fs/promises";

/** What the processes of one container have used, as its cgroup would count them. */
export interface Usage {
  /** Since they started; those that have ended and were waited for included. */
  cpuSeconds: number;
  memoryBytes: number;
  /** Changes when the container starts again: the process id of its first process. */
  id: number;
}

// Linux counts in these units wherever user space looks, whatever the kernel's own are: proc(5), USER_HZ.
const ticksPerSecond = 100;

/**
 * Usage of all processes on this machine, by their working directory: a played container's processes, Envoy under its
 * pilot-agent included, work in the folder that stands for its root. Empty where there is no `/proc`.
 *
 * @param below only directories below this one count, by their real path
 */
export async function usageByFolder(below: string, proc = "/proc"): Promise<Map<string, Usage>> {
  const usage = new Map<string, Usage>();
  const ids = (await fs.readdir(proc).catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  await Promise.all(
    ids.map(async (id) => {
      const folder = await fs.readlink(`${proc}/${id}/cwd`).catch(() => "");
      if (!folder.startsWith(`${below}/`)) {
        return;
      }
      const [stat, status] = await Promise.all(
        ["stat", "status"].map((name) => fs.readFile(`${proc}/${id}/${name}`, "utf8").catch(() => "")),
      );
      const known = usage.get(folder);
      usage.set(folder, {
        cpuSeconds: (known?.cpuSeconds ?? 0) + cpuSecondsOf(stat ?? ""),
        memoryBytes: (known?.memoryBytes ?? 0) + residentBytes(status ?? ""),
        id: Math.min(known?.id ?? id, id),
      });
    }),
  );
  return usage;
}

/** User and system time of a process and of its children that have ended, from `/proc/<pid>/stat`. */
export function cpuSecondsOf(stat: string): number {
  // The program's name stands in brackets, and may have any character in it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return ticks / ticksPerSecond;
}

/** From `/proc/<pid>/status`. */
export function residentBytes(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
