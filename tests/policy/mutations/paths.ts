/** One step of a path in a resource's properties. */
export type Key = string | number;

/** A step of a pattern: a key, any, or the elements whose field has a value. */
type Step = { key: string } | { any: true } | { field: string; value: string };

const STEPS = /\["([^"]+)"\]|\[(\*)\]|\[(\w+)=([^\]]+)\]|\[(\d+)\]|([^.[\]]+)/g;

function stepsOf(pattern: string): Step[] {
  return [...pattern.matchAll(STEPS)].map(([, quoted, any, field, value, index, plain]) => {
    if (any) {
      return { any: true };
    }
    return field ? { field, value: value ?? "" } : { key: quoted ?? index ?? plain ?? "" };
  });
}

/** The paths that a pattern matches in these properties. Plain keys may be missing there, so that they can be added. */
export function expand(pattern: string, props: unknown): Key[][] {
  return stepsOf(pattern).reduce<Key[][]>(
    (paths, step) =>
      paths.flatMap((path) => keysOf(step, read(props, path)).map((key): Key[] => [...path, key])),
    [[]],
  );
}

function keysOf(step: Step, parent: unknown): Key[] {
  if ("key" in step) {
    return [Array.isArray(parent) ? Number(step.key) : step.key];
  }
  if (typeof parent !== "object" || parent === null) {
    return [];
  }
  const entries = Object.entries(parent as Record<string, unknown>);
  const wanted = "any" in step ? entries : entries.filter(([, value]) => has(value, step));
  return wanted.map(([key]) => (Array.isArray(parent) ? Number(key) : key));
}

function has(value: unknown, { field, value: wanted }: { field: string; value: string }): boolean {
  const found = read(value, [field]);
  return found !== undefined && JSON.stringify(found).replaceAll('"', "") === wanted;
}

export function read(value: unknown, path: Key[]): unknown {
  return path.reduce<unknown>(
    (parent, key) =>
      typeof parent === "object" && parent !== null ? (parent as Record<Key, unknown>)[key] : undefined,
    value,
  );
}

/** A copy with another value at a path; undefined takes it away, out of a list too. */
export function write<T>(value: T, path: Key[], other: unknown): T {
  const copy = JSON.parse(JSON.stringify(value)) as T;
  const last = path.at(-1) ?? "";
  let parent = copy as Record<Key, unknown>;
  for (const key of path.slice(0, -1)) {
    parent = (parent[key] ??= {}) as Record<Key, unknown>;
  }
  if (other !== undefined) {
    parent[last] = other;
  } else if (Array.isArray(parent)) {
    parent.splice(Number(last), 1);
  } else {
    Reflect.deleteProperty(parent, last);
  }
  return copy;
}

/** A path as the rules and the tests write it: `a.b[0]["c.d"]`. */
export function show(path: Key[]): string {
  return path
    .map((key, index) => {
      if (typeof key === "number") {
        return `[${key}]`;
      }
      return /^[\w-]+$/.test(key) ? `${index > 0 ? "." : ""}${key}` : `["${key}"]`;
    })
    .join("");
}

/**
 * Whether a pattern covers a path: it matches it, or a place above or below it, for who reads a list reads its elements, and
 * who reads an element has read the list. `**` at the end stands for everything below.
 */
export function covers(pattern: string, path: Key[]): boolean {
  const all = pattern.endsWith("**");
  const steps = stepsOf(pattern.replace(/\.?\*\*$/, ""));
  const matches = path.slice(0, steps.length).every((key, index) => {
    const step = steps[index];
    return step !== undefined && (!("key" in step) || step.key === String(key));
  });
  return matches && (all || path.length <= steps.length);
}
