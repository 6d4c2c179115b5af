import type { Check } from "./check";

export interface TableOptions {
  /** ANSI colours. */
  color: boolean;
  /** Columns of the terminal; narrower than 60 is treated as 60. */
  width: number;
}

const GAP = 2;
const MARK = 1;

/**
 * Checks as a table: a mark, what was checked (once for all clusters), which cluster, what was seen. Long details go on below,
 * under their own column, so that nothing is cut off.
 */
export function formatChecks(checks: Check[], { color, width }: TableOptions): string {
  const titles = Math.max(0, ...checks.map(({ title }) => title.length));
  const clusters = Math.max(...checks.map((check) => clusterOf(check).length), 0);
  const before = MARK + 1 + titles + GAP + clusters + GAP;
  const details = Math.max(width, 60) - before;
  // Where there is no room for a column of details they go below their line.
  const below = details < 30;
  const lines = checks.flatMap((check, index) => {
    const { ok, title, id } = check;
    const repeated = checks[index - 1]?.id === id;
    const mark = paint(ok ? "✓" : "✗", ok ? GREEN : RED, color);
    const name = paint((repeated ? "" : title).padEnd(titles), ok ? undefined : RED, color);
    const cluster = paint(clusterOf(check).padEnd(clusters), DIM, color);
    const head = `${mark} ${name}${" ".repeat(GAP)}${cluster}`;
    const indent = below ? MARK + 1 + GAP : before;
    const [first = "", ...rest] = wrap(check.detail, Math.max(width, 60) - indent);
    const continued = rest.map((line) => " ".repeat(indent) + line);
    return below
      ? [head.trimEnd(), " ".repeat(indent) + first, ...continued]
      : [`${head}${" ".repeat(GAP)}${first}`.trimEnd(), ...continued];
  });
  return lines.join("\n");
}

function clusterOf({ cluster }: Check): string {
  return cluster || "mesh";
}

/** Breaks text at spaces; a word longer than `width` is broken anywhere. Line breaks in it count as spaces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter(Boolean)) {
    let rest = word;
    if (line && line.length + 1 + rest.length > width) {
      lines.push(line);
      line = "";
    }
    while (rest.length > width) {
      lines.push(rest.slice(0, width));
      rest = rest.slice(width);
    }
    line = line ? `${line} ${rest}` : rest;
  }
  return line || lines.length === 0 ? [...lines, line] : lines;
}

const [RED, GREEN, DIM] = [31, 32, 2];

function paint(text: string, code: number | undefined, color: boolean): string {
  return color && code !== undefined && text.trim() ? `\u001b[${code}m${text}\u001b[0m` : text;
}
