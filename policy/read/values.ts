import type { Props } from "../rule";

/**
 * What stands at a path, such as `at(props, "spec", "ports")`; undefined where something on the way is missing.
 *
 * @throws the SDK's error when a value on the way is not known yet.
 */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((parent, key) => (isObject(parent) ? parent[key] : undefined), value);
}

export function objectAt(value: unknown, ...path: (string | number)[]): Props {
  const found = at(value, ...path);
  return isObject(found) ? found : {};
}

/**
 * The entries of the list at a path; none where there is no list. Made anew by index: at level `remediate` the SDK's own list has no
 * map, filter or flatMap that works, for its proxy hides what JavaScript makes the new list with. The entries are the SDK's, and
 * what is written into them stays.
 */
export function listAt(value: unknown, ...path: (string | number)[]): unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found)
    ? Array.from({ length: found.length }, (_, index) => found[index] as unknown)
    : [];
}

/** Writes a value at a path, making objects on the way; returns whether it was another one before. */
export function put(parent: Props, value: unknown, ...path: [string, ...string[]]): boolean {
  const [key, next, ...rest] = path;
  if (next !== undefined) {
    if (!isObject(parent[key])) {
      parent[key] = {};
    }
    return put(parent[key] as Props, value, next, ...rest);
  }
  const other = parent[key] !== value;
  parent[key] = value;
  return other;
}

export function isObject(value: unknown): value is Props {
  return typeof value === "object" && value !== null;
}

/** A value in a message for people. */
export function show(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value);
}

/** "is ...: write ..." unless the value is the wanted one. */
export function unless(holds: boolean, value: unknown, remedy: string): string | undefined {
  return holds ? undefined : `is ${show(value)}: ${remedy}`;
}

/** The number that a value starts with, such as 100 for "100m" or "100%"; NaN where there is none. */
export function numberIn(value: unknown): number {
  return typeof value === "number" || typeof value === "string" ? parseFloat(`${value}`) : NaN;
}
