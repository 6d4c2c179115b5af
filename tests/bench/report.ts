/** What the pack takes for a mesh in one stack. */
export interface Size {
  clusters: number;
  resources: number;
  /** Milliseconds that the engine waits for its two questions about a resource: in the first round, and the median of all. */
  firstMs: number;
  resourceMs: number;
  /** Milliseconds of these that two empty questions take too. */
  wayMs: number;
  /** Milliseconds for all rules of the whole stack. */
  stackMs: number;
}

/** Seconds of `pulumi preview`. */
export interface Preview {
  stack: string;
  resources: number;
  without: number;
  withPack: number;
}

export interface Figures {
  startMs: number;
  sizes: Size[];
  previews: Preview[];
}

export function median(values: number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Tables for people. Only the ratios mean something on another machine. */
export function report({ startMs, sizes, previews }: Figures): string {
  const rows = sizes.map(({ clusters, resources, firstMs, resourceMs, wayMs, stackMs }) => [
    `${clusters}`,
    `${resources}`,
    firstMs.toFixed(2),
    resourceMs.toFixed(2),
    wayMs.toFixed(2),
    stackMs.toFixed(0),
    (stackMs / resources).toFixed(2),
  ]);
  const header = [
    "clusters",
    "resources",
    "ms a resource: at first",
    "then",
    "of it gRPC",
    "ms a stack: all",
    "a resource",
  ];
  const [smallest, largest] = [sizes[0], sizes.at(-1)];
  const growth =
    smallest && largest
      ? `From ${smallest.clusters} to ${largest.clusters} clusters: x${ratio(largest.resourceMs, smallest.resourceMs)} a ` +
        `resource, x${ratio(largest.stackMs / largest.resources, smallest.stackMs / smallest.resources)} a resource in the ` +
        "rules of the stack (1 is linear)."
      : "";
  return [
    `The pack starts in ${(startMs / 1000).toFixed(2)} s.`,
    "",
    table([header, ...rows]),
    "",
    growth,
    ...previews.map(
      ({ stack, resources, without, withPack }) =>
        `pulumi preview -s ${stack} (${resources} resources): ${without.toFixed(1)} s, with the pack ${withPack.toFixed(1)} s: ` +
        `its share is ${Math.round((1 - without / withPack) * 100)}%.`,
    ),
  ].join("\n");
}

function ratio(one: number, other: number): string {
  return (one / other).toFixed(2);
}

function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  "))
    .join("\n");
}
