import { execFile } from "node:child_process";
import * as path from "node:path";

const checkout = path.join(__dirname, "../../..");

interface Ended {
  code: unknown;
  stdout: string;
  stderr: string;
}

/** The command as people start it. @param PATH where it finds `pulumi` */
export function runVerify(args: string[], PATH = process.env.PATH): Promise<Ended> {
  const command = ["--require", "tsx/cjs", path.join(checkout, "verify/main.ts"), ...args];
  return new Promise((resolve) =>
    execFile(process.execPath, command, { cwd: checkout, env: { ...process.env, PATH } }, (error, out, err) =>
      resolve({ code: error ? error.code : 0, stdout: out, stderr: err }),
    ),
  );
}
