import { closest, distance } from "fastest-levenshtein";
import { MeshError } from "../meshError";

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
export class MeshConfigError extends MeshError {
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
    return printable(`${path} = ${show(value)}: ${remedy}`);
  }
  return printable(/^(is|has|does|names) /.test(remedy) ? `${path} ${remedy}` : `${path}: ${remedy}`);
}

/** Dotted path of a field of `mesh:mesh`; names that are none in brackets: `mesh.clusters["us east"].region`. */
export function at(...path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    const name = sayName(String(part));
    return /^[\w-]+$/.test(name) ? `${text}.${name}` : `${text}[${show(String(part))}]`;
  }, "mesh");
}

/** A name that was typed by hand, within a sentence: as it is, or as values are shown. */
export function sayName(name: string): string {
  return /^[\w.-]{1,80}$/.test(name) && !mayHoldSecret(name) ? name : show(name);
}

/** A name in a terminal may hold what moves the cursor, or turns the reading direction round. */
function printable(line: string): string {
  return line.replaceAll(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** Values are cut short; what may be a key, a kubeconfig or a password that strayed in here is not shown at all. */
function show(value: unknown): string {
  if (typeof value === "string" && value.includes("\n")) {
    return `a text of ${value.split("\n").length} lines`;
  }
  if (Array.isArray(value)) {
    const plain = value.every(
      (item) => typeof item === "string" && !item.includes("\n") && !mayHoldSecret(item),
    );
    return plain ? cut(JSON.stringify(value)) : "a list";
  }
  if (typeof value === "string") {
    return mayHoldSecret(value) ? "a text that may hold a secret" : cut(JSON.stringify(value));
  }
  return typeof value === "object" && value !== null ? "an object" : cut(String(value));
}

/** PEM and its base64, a password in a URL, a JSON Web Token, and lines such as `token: ...` of a kubeconfig. */
export function mayHoldSecret(text: string): boolean {
  return /-----BEGIN|LS0tLS1CRUdJT|:\/\/[^/\s]*@|\beyJ[\w-]{8}|(token|password|secret|key|key-data)["']?\s*[:=]/i.test(
    text,
  );
}

function cut(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** The word that was probably meant, where one is near enough. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const candidates = new Map([...words].sort().map((one) => [one.toLowerCase(), one]));
  // Nothing that is meant is so long; measuring it takes time.
  if (candidates.size === 0 || word.length > 100) return undefined;
  const written = word.toLowerCase();
  const best = closest(written, [...candidates.keys()]);
  const away = distance(written, best);
  // Two changes make any word of two letters.
  const near =
    away <= Math.max(2, Math.floor(best.length / 3)) && away < Math.min(written.length, best.length);
  return near ? candidates.get(best) : undefined;
}

/** How many names a sentence has room for. */
const LISTED = 24;

function listed(words: readonly string[]): string {
  const more = words.length > LISTED ? `, and ${words.length - LISTED} more` : "";
  return `${words.slice(0, LISTED).map(sayName).join(", ")}${more}`;
}

/** "did you mean x? Known: a, b" for a name that is not one of `words`. */
export function unknownName(word: string, words: readonly string[]): string {
  const meant = nearest(word, words);
  const known = words.length > 0 ? `there is ${listed(words)}` : "there is none";
  return meant ? `did you mean ${sayName(meant)}? (${known})` : known;
}

/** Values that occur more than once, with the keys that have them. */
export function repeated(
  entries: readonly (readonly [key: string, value: string])[],
): [value: string, keys: string[]][] {
  const byValue = new Map<string, string[]>();
  for (const [key, value] of entries) {
    const keys = byValue.get(value);
    if (keys) keys.push(key);
    else byValue.set(value, [key]);
  }
  return [...byValue].filter(([, keys]) => keys.length > 1);
}

/** One problem for each value that a list holds more than once. */
export function twice(path: string, list: readonly string[]): Problem[] {
  return repeated(list.map((value, index) => [String(index), value])).map(([value]) => ({
    path,
    value,
    remedy: "is named twice; name it once",
  }));
}
