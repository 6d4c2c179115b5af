import { spawn, type ChildProcess } from "node:child_process";
import * as readline from "node:readline";

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Milliseconds after which the program is killed. Default: none. */
  timeout?: number;
  /** Each line of standard error as it comes. */
  onErrorLine?: (line: string) => void;
}

/**
 * Runs a program to its end and gives what it printed on standard output. Throws when it cannot be started or ends
 * with an error, with the last lines of its standard error. The program ends with this process.
 */
export async function run(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    timeout: options.timeout,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const letGo = endWithThisProcess(child);
  const output: string[] = [];
  const errors: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => output.push(text));
  readline.createInterface({ input: child.stderr }).on("line", (line) => {
    errors.push(line);
    if (errors.length > 30) errors.shift();
    options.onErrorLine?.(line);
  });
  try {
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (...result) => {
        resolve(result);
      });
    });
    if (code === 0) return output.join("");
    const how = code === null ? `was ended by ${signal}` : `ended with ${code}`;
    throw new Error([`${command} ${args.join(" ")} ${how}`, ...errors].join("\n"));
  } finally {
    letGo();
  }
}

function endWithThisProcess(child: ChildProcess): () => void {
  // An interrupt lets the go command end its compilers and remove its temporary files.
  const interrupt = () => child.kill("SIGINT");
  const signals: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  const onSignal = (signal: NodeJS.Signals) => {
    interrupt();
    letGo();
    // With no other listener this process would have ended by the signal, so it still does.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  const letGo = () => {
    process.removeListener("exit", interrupt);
    for (const signal of signals) process.removeListener(signal, onSignal);
  };
  process.once("exit", interrupt);
  for (const signal of signals) process.on(signal, onSignal);
  return letGo;
}
