import { type Check, keyOf } from "./check";

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
  const clusters = Math.max(...checks.map((check) => placeOf(check).length), 0);
  const before = MARK + 1 + titles + GAP + clusters + GAP;
  const details = Math.max(width, 60) - before;
  // Where there is no room for a column of details they go below their line.
  const below = details < 30;
  const lines = checks.flatMap((check, index) => {
    const { status, title, id } = check;
    const repeated = checks[index - 1]?.id === id;
    const mark = paint(MARKS[status], COLORS[status], color);
    const name = paint((repeated ? "" : title).padEnd(titles), status === "failed" ? RED : undefined, color);
    const cluster = paint(placeOf(check).padEnd(clusters), DIM, color);
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

/** Which cluster, which way, or the whole mesh. */
export function placeOf({ cluster, other }: Pick<Check, "cluster" | "other">): string {
  return other ? `${cluster} > ${other}` : cluster || "mesh";
}

/** Each failed check: what is wrong, what that breaks, and what to do. Empty when nothing failed. */
export function formatProblems(checks: Check[], { color, width }: TableOptions): string {
  const rows = checks
    .filter(({ status }) => status === "failed")
    .map((check) => {
      const hidden = checks.filter(({ because = [] }) => because.includes(keyOf(check)));
      const parts = [
        ["wrong", check.detail],
        ["breaks", check.breaks ?? ""],
        ["do", check.fix ?? ""],
        ["hides", hidden.map(keyOf).join(", ")],
      ] as const;
      const lines = parts
        .filter(([, text]) => text !== "")
        .flatMap(([name, text]) =>
          wrap(text, Math.max(width, 60) - 10).map(
            (line, at) => `  ${(at === 0 ? name : "").padEnd(8)}${line}`,
          ),
        );
      return [paint(`✗ ${check.title}: ${placeOf(check)}`, RED, color), ...lines].join("\n");
    });
  return rows.join("\n\n");
}

/** `80 of 84 checks passed, 1 failed, 3 not judged.` */
export function summary(checks: Check[]): string {
  const number = (wanted: Check["status"]) => checks.filter(({ status }) => status === wanted).length;
  const rest = (["failed", "not judged"] as const).filter((status) => number(status) > 0);
  return `${[`${number("ok")} of ${checks.length} checks passed`, ...rest.map((status) => `${number(status)} ${status}`)].join(", ")}.`;
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

const MARKS = { ok: "✓", failed: "✗", "not judged": "–" };
const COLORS = { ok: GREEN, failed: RED, "not judged": DIM };

/** A mark and a title. */
export function marked(status: Check["status"], title: string, color: boolean): string {
  return `${paint(MARKS[status], COLORS[status], color)} ${paint(title, status === "failed" ? RED : undefined, color)}`;
}

function paint(text: string, code: number | undefined, color: boolean): string {
  return color && code !== undefined && text.trim() ? `\u001b[${code}m${text}\u001b[0m` : text;
}
