import * as fs from "node:fs";
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
  checks: ReportedCheck[];
  /** Seconds by step, in the order of the steps; `total` is all of them. */
  timings: Record<string, number>;
  memory: MemoryPeak;
  /** Number of resources by stack. */
  resources: Record<string, number>;
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
