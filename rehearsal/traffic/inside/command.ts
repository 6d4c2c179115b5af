import { execFile } from "node:child_process";

/** Runs a program to its end. @throws Error with what it printed on standard error. */
export function command(program: string, args: string[], input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, (error, stdout, stderr) => {
      if (error) {
        reject(new Error(`${program} ${args.join(" ")}: ${stderr.trim() || error.message}`));
      } else {
        resolve(stdout);
      }
    });
    child.stdin?.end(input);
  });
}

/** Several `ip` commands, one a line. */
export function ip(...lines: string[]): Promise<string> {
  return command("ip", ["-batch", "-"], `${lines.join("\n")}\n`);
}
