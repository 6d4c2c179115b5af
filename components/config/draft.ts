import { at, type Problem } from "./problems";
import { meshSchema, type Mesh } from "./schema";
import { flatten, isObject, problemsOf, valueAt } from "./schemaProblems";

/** The configuration as far as it can be read, for the checks of fields against each other. */
export interface Draft {
  /** Wrong values are left out: their defaults stand in for them, or what holds them is left out too. */
  mesh: Mesh;
  /** As written; only of this shape as far as the checks look. */
  written: Record<string, unknown>;
  /** What the schema found. */
  problems: Problem[];
  /** Whether the schema found something at a field or within it: then what stands in `mesh` there says nothing. */
  broken: (...path: string[]) => boolean;
}

/** Stand-ins for what has no default. Checks that would look at one ask {@link Draft.broken} first. */
const REQUIRED = { cidr: "10.0.0.0/8", configCluster: "none", clusters: {} };

/** Reads the configuration field by field; a mistake in one does not hide those in others. */
export function draftOf(input: Record<string, unknown>): Draft {
  const problems: Problem[] = [];
  const paths: string[] = [];
  let current: Record<string, unknown> = input;
  for (;;) {
    const { data, error } = meshSchema.safeParse(current);
    if (!error) {
      return {
        mesh: data,
        written: input,
        problems,
        broken: (...path) => paths.some((one) => isWithin(one, at(...path))),
      };
    }
    const issues = flatten(error.issues, current);
    if (current === input) {
      problems.push(...issues.flatMap((issue) => problemsOf(issue, input)));
      paths.push(...problems.map((problem) => problem.path));
    }
    current = without(
      current,
      issues.flatMap((issue) =>
        issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path],
      ),
    );
  }
}

function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);
}

/** A copy without the values at these paths; where there is no value, without what should hold it. */
function without(input: Record<string, unknown>, paths: readonly PropertyKey[][]): Record<string, unknown> {
  const copy = structuredClone(input);
  for (const path of paths) {
    const there = valueAt(copy, path) !== undefined;
    remove(copy, there || path.length === 1 ? path : path.slice(0, -1));
  }
  return { ...REQUIRED, ...(dropHoles(copy) as Record<string, unknown>) };
}

function remove(input: Record<string, unknown>, path: readonly PropertyKey[]): void {
  const holder = valueAt(input, path.slice(0, -1));
  const key = path.at(-1);
  if (Array.isArray(holder)) {
    holder[key as number] = undefined;
  } else if (isObject(holder)) {
    delete holder[String(key)];
  }
}

/** Lists without the items that were taken out: taken out at once, they would shift the ones behind them. */
function dropHoles(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => item !== undefined).map(dropHoles);
  }
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, dropHoles(inner)]))
    : value;
}
