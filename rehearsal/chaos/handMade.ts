import type { ApiObject } from "../kubernetes/client";

/** A value of an object that a person may change: where it is, and what it becomes. */
export interface Edit {
  /** Member names from the top; a list counts as one value. */
  path: string[];
  to: unknown;
}

/** What says which object it is, or to whom it belongs: a person who changes that makes another object. */
const IDENTITY = new Set(
  (
    "apiVersion kind name namespace project network subnetwork region location cluster role member type account accountId " +
    "membershipId service roleRef status"
  ).split(" "),
);

/** What Google does not let anybody change in place, and what only the provider knows. */
const FIXED = new Set(
  (
    "addressType autoCreateSubnetworks issuer resourceLink ipVersion datapathProvider initialNodeCount defaultMaxPodsPerNode " +
    "deletionProtection deletionPolicy disableOnDestroy disableDependentServices removeDefaultNodePool networkingMode"
  ).split(" "),
);

/**
 * Edits of what the program wrote, the plainest first: numbers and switches, then texts, then lists. Which of them an API
 * takes, only the API knows.
 *
 * @param inputs as the state has them; what begins with `__` is the engine's, and secrets are objects with a signature
 */
export function edits(inputs: Record<string, unknown>): Edit[] {
  return [...leaves(inputs, [])].sort((a, b) => rank(a.to) - rank(b.to));
}

function* leaves(value: Record<string, unknown>, path: string[]): Generator<Edit> {
  for (const [name, member] of Object.entries(value)) {
    if (
      IDENTITY.has(name) ||
      FIXED.has(name) ||
      name.startsWith("__") ||
      member === null ||
      member === undefined
    ) {
      continue;
    }
    const here = [...path, name];
    if (isRecord(member)) {
      if (!("ciphertext" in member)) {
        yield* leaves(member, here);
      }
    } else {
      const to = changed(member);
      if (to !== undefined) {
        yield { path: here, to };
      }
    }
  }
}

function changed(value: unknown): unknown {
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return value + 1;
  if (typeof value === "string") return value === "true" ? "false" : `${value}x`;
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const [last, ...rest] = [...(value as unknown[])].reverse();
  return [...rest.reverse(), ...(typeof last === "string" ? [`${last}x`] : [])];
}

function rank(value: unknown): number {
  return ["number", "boolean", "string", "object"].indexOf(typeof value);
}

/** An edit as a JSON merge patch. */
export function asPatch({ path, to }: Edit): Record<string, unknown> {
  return path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), to) as Record<string, unknown>;
}

export function valueAt(object: unknown, path: string[]): unknown {
  return path.reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), object);
}

/** Data of a Secret, which no state shows: its first key gets another value. */
export function secretEdit({ data }: ApiObject): Edit | undefined {
  const [key] = Object.keys(data ?? {});
  return key === undefined
    ? undefined
    : { path: ["data", key], to: Buffer.from("by hand").toString("base64") };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
