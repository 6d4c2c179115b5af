import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { layout } from "./layout";
import { Watchdog } from "./watchdog";

export interface ProcessSpec {
  name: string;
  command: string;
  args: string[];
  /** All of the child's environment but PATH, HOME, TMPDIR and LANG, which it has from us. */
  env?: Record<string, string>;
  cwd?: string;
  /** Default `logs/<name>.log`. The first start in a rehearsal empties the file, a later one adds to it. */
  log?: string;
}

export interface ManagedProcess {
  readonly name: string;
  readonly pid: number;
  readonly log: string;
  /** The exit code; null after a signal. */
  readonly exited: Promise<number | null>;
  readonly running: boolean;
  /** SIGTERM to the process and its children, SIGKILL after `graceMs` (default 5000). Resolves when it has ended. */
  stop(graceMs?: number): Promise<void>;
}

const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * The rehearsal's child processes. They end with this process: with `stopAll`, on exit, on SIGINT, SIGTERM and SIGHUP,
 * on an uncaught error, and (by a watchdog) when this process is killed outright.
 */
export class Processes {
  private readonly children = new Map<number, Child>();
  private readonly hooks: (() => Promise<void>)[] = [];
  private readonly emptied = new Set<string>();
  private watchdog?: Watchdog;
  private endingSince?: number;

  constructor({ handleSignals = true }: { /** Default true. */ handleSignals?: boolean } = {}) {
    process.on("exit", () => this.killAll());
    if (handleSignals) {
      for (const [signal, number] of Object.entries(signals)) {
        process.on(signal, () => void this.end(128 + number));
      }
      process.on("uncaughtException", (error) => void this.end(1, error));
      process.on("unhandledRejection", (error) => void this.end(1, error));
    }
  }

  /** Runs before the children are stopped because of a signal or an uncaught error; the last one added runs first. */
  onShutdown(hook: () => Promise<void>): void {
    this.hooks.unshift(hook);
  }

  /** @throws Error when the command cannot be started. */
  start(spec: ProcessSpec): ManagedProcess {
    if (this.endingSince !== undefined) {
      throw new Error(`${spec.name} is not started: the rehearsal is ending`);
    }
    this.watchdog ??= new Watchdog();
    const log = spec.log ?? path.join(layout.logs, `${spec.name}.log`);
    const output = this.openLog(log);
    // A group of its own: Ctrl-C goes to the terminal's group, and we choose the order in which things end.
    const child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: { ...inherited(), ...spec.env },
      stdio: ["ignore", output, output],
      detached: true,
    });
    fs.closeSync(output);
    if (child.pid === undefined) {
      child.on("error", () => undefined);
      throw new Error(`${spec.name} cannot be started: is ${spec.command} there, and executable?`);
    }
    this.watchdog.watch(child.pid);
    const managed = new Child(spec.name, child.pid, log, child);
    this.children.set(child.pid, managed);
    void managed.exited.then(() => {
      this.children.delete(managed.pid);
      this.watchdog?.forget(managed.pid);
    });
    return managed;
  }

  /** Stops all that still run, the newest first to be told; each has `graceMs` (default 5000). */
  async stopAll(graceMs?: number): Promise<void> {
    await Promise.all([...this.children.values()].reverse().map((child) => child.stop(graceMs)));
  }

  private openLog(file: string): number {
    const flags = this.emptied.has(file) ? "a" : "w";
    this.emptied.add(file);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    return fs.openSync(file, flags, 0o600);
  }

  private async end(code: number, error?: unknown): Promise<void> {
    if (error !== undefined) {
      console.error(error);
    }
    if (this.endingSince !== undefined) {
      // Asked again: at once then. npm and tsx pass on a Ctrl-C that the terminal has sent us too, which is once.
      if (Date.now() - this.endingSince > 1000) {
        process.exit(code);
      }
      return;
    }
    this.endingSince = Date.now();
    for (const hook of this.hooks) {
      await hook().catch((failure: unknown) => console.error(failure));
    }
    await this.stopAll();
    process.exit(code);
  }

  private killAll(): void {
    for (const child of this.children.values()) {
      child.kill("SIGKILL");
    }
    this.watchdog?.close();
  }
}

class Child implements ManagedProcess {
  readonly exited: Promise<number | null>;
  running = true;

  constructor(
    readonly name: string,
    readonly pid: number,
    readonly log: string,
    child: ChildProcess,
  ) {
    this.exited = new Promise((resolve) => {
      child.once("exit", (code) => {
        this.running = false;
        // What it started and left behind.
        this.kill("SIGKILL");
        resolve(code);
      });
    });
  }

  async stop(graceMs = 5000): Promise<void> {
    if (!this.running) {
      return;
    }
    this.kill("SIGTERM");
    const timer = setTimeout(() => this.kill("SIGKILL"), graceMs);
    await this.exited;
    clearTimeout(timer);
  }

  kill(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      // EPERM is macOS's word for a group in which all are zombies.
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ESRCH" && code !== "EPERM") {
        throw error;
      }
    }
  }
}

function inherited(): Record<string, string> {
  const names = ["PATH", "HOME", "TMPDIR", "LANG"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
