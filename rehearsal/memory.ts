import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import { promisify } from "node:util";

/** A process as `ps` shows it. */
export interface ProcessLine {
  pid: number;
  parent: number;
  rssBytes: number;
  command: string;
}

export interface MemoryPeak {
  /** Bytes of the rehearsal's processes together, when they were most. */
  total: number;
  /** Bytes of the Pulumi program's own process, when it was largest. */
  program: number;
  /** Bytes by process at the time of the peak, the largest first. */
  processes: Record<string, number>;
}

const INTERVAL = 1000;

/** Watches how much memory this process and everything that it started take. */
export class MemoryWatch {
  readonly peak: MemoryPeak = { total: 0, program: 0, processes: {} };
  private readonly timer = setInterval(() => void this.look().catch(() => undefined), INTERVAL);

  constructor() {
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const { stdout } = await promisify(execFile)("ps", ["-A", "-ww", "-o", "pid=,ppid=,rss=,args="], {
      maxBuffer: 16 * 2 ** 20,
    });
    const own = descendants(parseProcesses(stdout), process.pid);
    const sizes = await Promise.all(
      own.map(async (line) => ({ ...line, bytes: (await proportionalBytes(line.pid)) ?? line.rssBytes })),
    );
    const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
    const program = sizes.filter(({ command }) => PROGRAM.test(command)).map(({ bytes }) => bytes);
    this.peak.program = Math.max(this.peak.program, ...program);
    if (total > this.peak.total) {
      this.peak.total = total;
      this.peak.processes = byName(sizes);
    }
  }
}

/** What the language host starts for the program. */
const PROGRAM = /@pulumi\/pulumi\/cmd\/run(\/|\s)/;

export function parseProcesses(output: string): ProcessLine[] {
  return output.split("\n").flatMap((line) => {
    const [, pid, parent, kibibytes, command = ""] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid
      ? [{ pid: Number(pid), parent: Number(parent), rssBytes: Number(kibibytes) * 1024, command }]
      : [];
  });
}

/** A process and what it started, and what those started. */
export function descendants(lines: ProcessLine[], root: number): ProcessLine[] {
  const found = lines.filter(({ pid }) => pid === root);
  for (const { pid } of found) {
    found.push(...lines.filter((line) => line.parent === pid && line.pid !== root));
  }
  return found;
}

/** Linux knows the share of memory that several processes have in common; elsewhere it counts for each of them. */
async function proportionalBytes(pid: number): Promise<number | undefined> {
  const text = await fs.readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  const kibibytes = /^Pss:\s+(\d+) kB$/m.exec(text)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

function byName(sizes: { command: string; bytes: number }[]): Record<string, number> {
  const names = new Map<string, number>();
  for (const { command, bytes } of sizes) {
    const name = nameOf(command);
    names.set(name, (names.get(name) ?? 0) + bytes);
  }
  return Object.fromEntries([...names].sort(([, a], [, b]) => b - a));
}

/** The program's file name; of a node process, its script's folder and name. */
export function nameOf(command: string): string {
  const words = command.split(/\s+/);
  const script = words.find((word) => /\.(ts|js)$/.test(word) && !word.includes("node_modules/tsx"));
  const file = PROGRAM.test(command) ? "program" : (script ?? words[0] ?? "");
  return file
    .split("/")
    .slice(script && file === script ? -2 : -1)
    .join("/");
}
