import { execFile } from "node:child_process";
import * as path from "node:path";
import { type Check, runChecks as ask } from "../../verify/check";
import type { Verification } from "../../verify/verify";
import type { Rehearsal } from "../host";
import { checkout, layout } from "../layout";
import { accessQuestions } from "./access";
import { googleQuestions } from "./google";
import { istioctlQuestions } from "./istioctl";
import { type CheckOptions, meshOf } from "./mesh";
import { trafficQuestions } from "./traffic";

export type { Check } from "../../verify/check";

/** Seconds in which what `pulumi up` has just made becomes right. */
const WAIT = 30;

/**
 * Asks whether the mesh does what it is for, with the command that people use for it, and then what only a rehearsal can know.
 */
export async function runChecks(rehearsal: Rehearsal, options: CheckOptions): Promise<Verification> {
  const mesh = await meshOf(rehearsal, options);
  const { traffic } = rehearsal;
  const { timeout } = mesh;
  const pace = { wait: WAIT, timeout };
  const [verified, own] = await Promise.all([
    verify(options, timeout),
    ask([...istioctlQuestions(mesh), ...accessQuestions(mesh), ...googleQuestions(mesh)], pace),
  ]);
  // By themselves: the others keep the machine busy, and requests would wait for them.
  const requests = await ask(traffic ? trafficQuestions(traffic, mesh) : [], pace);
  return { ...verified, checks: [...verified.checks, ...inOrder([...own, ...requests])] };
}

/** As a person would run it, in a process of its own. */
function verify(
  { stacks: named, env, program = { folder: layout.program, stacks: named } }: CheckOptions,
  timeout: number,
): Promise<Verification> {
  const { folder, stacks } = program;
  const tsx = path.join(checkout, "node_modules", ".bin", "tsx");
  const command = [path.join(checkout, "verify", "main.ts"), "--json"];
  const args = [...command, "--wait", `${WAIT}`, "--timeout", `${timeout}`, ...stacks];
  const options = { cwd: folder, env: { ...process.env, ...env }, maxBuffer: 2 ** 26 };
  return new Promise((resolve, reject) => {
    execFile(tsx, args, options, (_error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout) as Verification);
      } catch {
        reject(new Error(`npm run verify -- ${stacks.join(" ")}: ${stderr.trim() || "no answer"}`));
      }
    });
  });
}

/** By check, then by cluster. */
function inOrder(checks: Check[]): Check[] {
  const ids = [...new Set(checks.map(({ id }) => id))];
  return ids.flatMap((id) => checks.filter((check) => check.id === id));
}
