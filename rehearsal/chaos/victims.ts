import { execFileSync } from "node:child_process";

/** What can be killed in the middle of `pulumi up`. */
export const VICTIMS = ["program", "engine", "gcp", "kubernetes", "tls"] as const;
export type Victim = (typeof VICTIMS)[number];

/** `provider`: the one whose call it is. */
export const ROLES = ["program", "engine", "provider", "tls"] as const;
export type Role = (typeof ROLES)[number];

/** @param api `google`, or a cluster */
export function victimOf(role: Role, api: string): Victim {
  if (role === "provider") {
    return api === "google" ? "gcp" : "kubernetes";
  }
  return role;
}

export interface ProcessLine {
  pid: number;
  parent: number;
  command: string;
}

const PATTERNS: Record<Exclude<Victim, "engine">, RegExp> = {
  program: /@pulumi\/pulumi\/cmd\/run(\/index\.js)?(\s|$)/,
  gcp: /providers\/gcp\/main\.ts|pulumi-resource-gcp/,
  kubernetes: /providers\/kubernetes\/main\.ts|pulumi-resource-kubernetes/,
  tls: /providers\/tls\/main\.ts|pulumi-resource-tls/,
};

/** The processes below the engine that a kill means; the engine itself is its own. */
export function pidsOf(victim: Victim, engine: number, table: ProcessLine[]): number[] {
  if (victim === "engine") {
    return table.some(({ pid }) => pid === engine) ? [engine] : [];
  }
  const below = descendants(engine, table);
  return below.filter(({ command }) => PATTERNS[victim].test(command)).map(({ pid }) => pid);
}

/** Kills outright, as the kernel does when memory is short. @returns how many there were. */
export function kill(victim: Victim, engine: number): number {
  const pids = pidsOf(victim, engine, processTable());
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
        throw error;
      }
    }
  }
  return pids.length;
}

function descendants(ancestor: number, table: ProcessLine[]): ProcessLine[] {
  const children = table.filter(({ parent }) => parent === ancestor);
  return [...children, ...children.flatMap(({ pid }) => descendants(pid, table))];
}

function processTable(): ProcessLine[] {
  const text = execFileSync("ps", ["-A", "-ww", "-o", "pid=,ppid=,args="], {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  return text.split("\n").flatMap((line) => {
    const [, pid, parent, command = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid && parent ? [{ pid: Number(pid), parent: Number(parent), command }] : [];
  });
}
