import { spawn } from "node:child_process";

export interface ChildSpec {
  /** Arguments of node: its own, the script, the script's. */
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** How long an interrupted process may go on before it is killed, in milliseconds. */
  graceMs: number;
  onStdout: (chunk: Buffer) => void;
  onStderr: (chunk: Buffer) => void;
}

const running = new Set<() => void>();

/**
 * Runs node and resolves with its exit code once it has ended and all that it wrote has been handed on (128 + n where
 * signal n ended it). An aborted signal interrupts it, and kills it after the grace period.
 *
 * @throws when the process cannot be started
 */
export function runNode(spec: ChildSpec, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, spec.args, {
      cwd: spec.cwd,
      env: spec.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const kill = () => child.kill("SIGKILL");
    let deadline: NodeJS.Timeout | undefined;
    const interrupt = () => {
      child.kill("SIGINT");
      deadline = setTimeout(kill, spec.graceMs);
    };
    running.add(kill);
    if (signal.aborted) interrupt();
    signal.addEventListener("abort", interrupt, { once: true });
    child.stdout.on("data", spec.onStdout);
    child.stderr.on("data", spec.onStderr);
    const done = () => {
      running.delete(kill);
      clearTimeout(deadline);
      signal.removeEventListener("abort", interrupt);
    };
    child.on("error", (error) => {
      done();
      reject(error);
    });
    child.on("close", (code) => {
      done();
      resolve(code ?? 128 + 9);
    });
  });
}

/** Kills whatever still runs: for the moment before this process ends. */
export function killChildren(): void {
  for (const kill of running) kill();
}
