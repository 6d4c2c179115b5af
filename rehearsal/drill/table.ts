import type { Drilled } from "./drill";
import type { Measured } from "./measure";
import type { DrillArguments } from "./options";

const HEAD = ["", "requests", "errors", "last error after", "slowest", "answers"];

/** For people; Markdown, so that it can be kept. */
export function formatDrill(all: Drilled[]): string {
  const rows = all.flatMap(({ title, gone, back, readyAfter }) => [
    row(`${title} goes`, gone),
    row(`… comes back, ready after ${seconds(readyAfter)}`, back),
  ]);
  const cells = [HEAD, ...rows];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const line = (values: string[]) =>
    `| ${values.map((v, column) => v.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(HEAD), rule, ...rows.map(line)].join("\n");
}

/** For machines: how it was asked for, and what came of it. */
export function formatJson({ away, rate, timeout, locality }: DrillArguments, results: Drilled[]): string {
  return JSON.stringify({ away, rate, timeout, locality, results }, undefined, 2);
}

function row(what: string, { requests, errors, lastErrorAfter, recovered, slowest, answers }: Measured) {
  const failed = Object.entries(errors).map(([error, count]) => `${count} × ${error}`);
  const total = Object.values(answers).reduce((sum, count) => sum + count, 0);
  const shares = Object.entries(answers).map(
    ([cluster, count]) => `${cluster} ${Math.round((100 * count) / total)} %`,
  );
  const last = lastErrorAfter === undefined ? "" : seconds(lastErrorAfter);
  return [
    what,
    `${requests}`,
    failed.join(", ") || "none",
    recovered ? last : `${last}, not over`,
    seconds(slowest),
    shares.join(", "),
  ];
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}
