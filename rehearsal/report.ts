import * as fs from "node:fs";
import type { Check } from "../verify/check";
import { layout } from "./layout";
import type { MemoryPeak } from "./memory";

/** A check of the finished mesh. */
export interface ReportedCheck {
  id: string;
  /** Empty for the mesh as a whole. */
  cluster: string;
  ok: boolean;
  detail: string;
}

/** `report.json`: what a rehearsal did, for machines. */
export interface Report {
  /** Those that could be judged. */
  checks: ReportedCheck[];
  /** Seconds by step, in the order of the steps; `total` is all of them. */
  timings: Record<string, number>;
  memory: MemoryPeak;
  /** Number of resources by stack. */
  resources: Record<string, number>;
}

/** What was judged: a check that another one has to come before, or that cannot be seen from here, says nothing. */
export function reported(checks: Check[]): ReportedCheck[] {
  return checks
    .filter(({ status }) => status !== "not judged")
    .map(({ id, cluster, ok, detail }) => ({ id, cluster, ok, detail }));
}

export function writeReport(report: Report): void {
  fs.writeFileSync(layout.report, `${JSON.stringify(report, undefined, 2)}\n`);
}

/** How many resources a stack has, as the engine said at the end of an `up`. */
export function resourceCount(output: string): number {
  const summary = output.slice(output.lastIndexOf("Resources:"));
  const numbers = [...summary.matchAll(/(\d+) (?:created|updated|replaced|unchanged)\b/g)];
  return numbers.reduce((sum, [, number]) => sum + Number(number), 0);
}

/** Whether an `up` left everything as it was. */
export function changedNothing(output: string): boolean {
  const summary = output.slice(output.lastIndexOf("Resources:"));
  return /^Resources:\n\s+\d+ unchanged\n/.test(summary);
}
