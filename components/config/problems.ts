import { RunError } from "@pulumi/pulumi";
import { closest, distance } from "fastest-levenshtein";

/** One mistake in the configuration. */
export interface Problem {
  /** The field as people write it: `mesh.clusters.us-east1.ranges.pods`, or another key such as `mesh:peers`. */
  path: string;
  /** What is written there; left out where that says nothing, or must not be shown. */
  value?: unknown;
  /** What is wrong and what to write instead. Reads on from "<path> = <value>: ". */
  remedy: string;
}

/** All mistakes of a configuration at once. Nothing was created when it is thrown. */
export class MeshConfigError extends RunError {
  // Private: whatever prints the error's properties would print values that the message does not show.
  readonly #problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? "1 mistake" : `${problems.length} mistakes`;
    super(
      [`${count} in the mesh's configuration; nothing was changed.`, ...problems.map(sayProblem)].join(
        "\n  - ",
      ),
    );
    this.#problems = problems;
  }

  get problems(): readonly Problem[] {
    return this.#problems;
  }
}

/** A problem as one line. */
export function sayProblem({ path, value, remedy }: Problem): string {
  if (value !== undefined) {
    return `${path} = ${show(value)}: ${remedy}`;
  }
  return /^(is|has|does|names) /.test(remedy) ? `${path} ${remedy}` : `${path}: ${remedy}`;
}

/** Dotted path of a field of `mesh:mesh`. */
export function at(...path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : `${text}.${String(part)}`),
    "mesh",
  );
}

/** Values are cut short, and texts of several lines (keys, kubeconfigs that stray in here) are not shown at all. */
function show(value: unknown): string {
  if (typeof value === "string" && value.includes("\n")) {
    return `a text of ${value.split("\n").length} lines`;
  }
  if (Array.isArray(value)) {
    return value.every((item) => typeof item === "string") ? cut(JSON.stringify(value)) : "a list";
  }
  return typeof value === "object" && value !== null
    ? "an object"
    : cut(JSON.stringify(value) ?? typeof value);
}

function cut(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** The word that was probably meant, where one is near enough. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  const best = closest(word.toLowerCase(), [...words].sort());
  return distance(word.toLowerCase(), best.toLowerCase()) <= Math.max(2, Math.floor(best.length / 3))
    ? best
    : undefined;
}

/** "did you mean x? Known: a, b" for a name that is not one of `words`. */
export function unknownName(word: string, words: readonly string[]): string {
  const meant = nearest(word, words);
  const known = words.length > 0 ? `there is ${words.join(", ")}` : "there is none";
  return meant ? `did you mean ${meant}? (${known})` : known;
}

/** Values that occur more than once, with the keys that have them. */
export function repeated(
  entries: readonly (readonly [key: string, value: string])[],
): [value: string, keys: string[]][] {
  const byValue = new Map<string, string[]>();
  for (const [key, value] of entries) {
    byValue.set(value, [...(byValue.get(value) ?? []), key]);
  }
  return [...byValue].filter(([, keys]) => keys.length > 1);
}
