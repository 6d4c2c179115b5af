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

type Path = readonly PropertyKey[];

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
function without(input: Record<string, unknown>, paths: readonly Path[]): Record<string, unknown> {
  const whole = paths.map((path) =>
    path.length === 1 || valueAt(input, path) !== undefined ? path : path.slice(0, -1),
  );
  return { ...REQUIRED, ...(prune(input, whole) as Record<string, unknown>) };
}

/** Only what lies on a path is copied: what is beside it may be anything, an anchor of YAML within itself included. */
function prune(value: unknown, paths: readonly Path[]): unknown {
  const inner = new Map<string, Path[]>();
  for (const [first, ...rest] of paths) {
    const key = String(first);
    const known = inner.get(key);
    if (known) known.push(rest);
    else inner.set(key, [rest]);
  }
  const kept = (key: string, item: unknown): unknown[] => {
    const below = inner.get(key);
    if (!below) return [item];
    return below.some((path) => path.length === 0) ? [] : [prune(item, below)];
  };
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => kept(String(index), item));
  }
  return isObject(value)
    ? Object.fromEntries(
        Object.entries(value).flatMap(([key, item]) => kept(key, item).map((one) => [key, one] as const)),
      )
    : value;
}
