import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { layout } from "./layout";
import type { ManagedProcess, Processes } from "./processes";

/** How one run of the command line went. */
export interface PulumiRun {
  output: string;
  seconds: number;
}

/** The real command line, run in the program's folder as a person would. */
export class Pulumi {
  private count = 0;
  private current?: ManagedProcess;

  constructor(
    private readonly command: string,
    private readonly processes: Processes,
    private readonly env: Record<string, string>,
  ) {
    // Before the clusters go: what is under way ends properly, its state is written and its lock given back.
    processes.onShutdown(() => this.interrupt());
  }

  /**
   * @param say gets the latest line while it runs
   * @param env more environment for this run
   * @throws with the end of the output when it fails; the whole is in a file that the message names.
   */
  async run(
    args: string[],
    say: (line: string) => void = () => undefined,
    env: Record<string, string> = {},
  ): Promise<PulumiRun> {
    const started = Date.now();
    const words = args.filter((arg) => !arg.startsWith("-")).join("-");
    // Paths and URNs are no file names.
    const name = words.replace(/[^\w.=-]+/g, "_").slice(0, 80);
    const log = path.join(layout.logs, `pulumi-${++this.count}-${name}.log`);
    const child = this.processes.start({
      name: `pulumi ${args.join(" ")}`,
      command: this.command,
      args: [...args, "--non-interactive", "--color", "never"],
      env: { ...this.env, ...env },
      cwd: layout.program,
      log,
    });
    this.current = child;
    const timer = setInterval(() => say(lastLine(log)), 300);
    const code = await child.exited;
    clearInterval(timer);
    this.current = undefined;
    const output = fs.readFileSync(log, "utf8");
    if (code !== 0) {
      throw new Error(
        `pulumi ${args.join(" ")} ${code === null ? "was killed" : `failed (${code})`}; all of it is in ${log}:\n${tail(output)}`,
      );
    }
    return { output, seconds: (Date.now() - started) / 1000 };
  }

  /** The engine that runs now. */
  get pid(): number | undefined {
    return this.current?.pid;
  }

  /** Gives back the locks of a run that was killed. Only one rehearsal runs in a checkout, so nobody holds them. */
  async unlock(): Promise<void> {
    for (const stack of new Set(lockFiles())) {
      await this.run(["cancel", "-s", stack, "--yes"]);
    }
  }

  private async interrupt(): Promise<void> {
    if (this.current?.running) {
      process.kill(this.current.pid, "SIGINT");
      await Promise.race([this.current.exited, sleep(20_000)]);
    }
  }
}

const LOCKS = path.join(layout.state, ".pulumi", "locks");

function lockFiles(): string[] {
  if (!fs.existsSync(LOCKS)) {
    return [];
  }
  const entries = fs.readdirSync(LOCKS, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath }) => path.basename(parentPath));
}

function lastLine(log: string): string {
  const line = fs.readFileSync(log, "utf8").trimEnd().split("\n").at(-1) ?? "";
  return line.trim().replace(/\s+/g, " ");
}

/** The engine says at the end what went wrong; the lines before are the display of each resource. */
function tail(output: string): string {
  const summary = output.search(/^(Policies|Diagnostics):/m);
  return summary >= 0 ? output.slice(summary) : output.slice(-3000);
}
