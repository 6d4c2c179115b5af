import type { z } from "zod";
import { at, nearest, unknownName, type Problem } from "./problems";
import { meshFields } from "./schema";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Fields that people look for in `mesh:mesh`, and that have a key of their own. */
const ELSEWHERE: Record<string, string> = {
  deletionProtection: "mesh:deletionProtection",
  peers: "mesh:peers",
  kubeconfig: "mesh:kubeconfig-<cluster> (as a secret)",
  kubeconfigs: "mesh:kubeconfig-<cluster> (as a secret)",
  project: "gcp:project",
};

/** Issues of the schema, with those of a union replaced by the issues of the alternative that was meant. */
export function flatten(issues: readonly Issue[], input: unknown, above: Path = []): Issue[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    if (issue.code !== "invalid_union") {
      return [{ ...issue, path }];
    }
    const meant = issue.errors.find((branch) => branch.every((inner) => !isWrongKind(inner)));
    return meant && isObject(valueAt(input, path)) ? flatten(meant, input, path) : [{ ...issue, path }];
  });
}

/** The alternative does not fit at all, as opposed to one with a mistake inside. */
function isWrongKind(issue: Issue): boolean {
  return issue.path.length === 0 && issue.code !== "unrecognized_keys";
}

/** What people are told of an issue. */
export function problemsOf(issue: Issue, input: unknown): Problem[] {
  const value = valueAt(input, issue.path);
  const path = at(...issue.path);
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(issue.path);
    // Its value is not shown: a secret may have strayed here.
    return issue.keys.map((key) => ({ path: at(...issue.path, key), remedy: unknownKey(key, known) }));
  }
  if (value === undefined) {
    return [{ path, remedy: `is missing; ${remedyOf(issue)}` }];
  }
  if (issue.code === "invalid_value" && typeof value === "string") {
    const meant = nearest(value, issue.values.map(String));
    return [{ path, value, remedy: meant ? `did you mean ${meant}? Or ${issue.message}` : issue.message }];
  }
  return [{ path, value, remedy: quotesRemedy(issue, value) ?? remedyOf(issue) }];
}

function unknownKey(key: string, known: readonly string[]): string {
  const elsewhere = ELSEWHERE[key];
  if (elsewhere) {
    return `is no field here; write it as the key ${elsewhere}, beside mesh:mesh`;
  }
  if (!nearest(key, known)) {
    const place = placesOf(key)[0];
    if (place) return `is no field here; it belongs to ${at(...place)}`;
  }
  return `is no field here; ${unknownName(key, known)}`;
}

/** YAML reads "3" as a text. The other way round, what is written is no help: YAML reads 1.30 as the number 1.3. */
function quotesRemedy(issue: Issue, value: unknown): string | undefined {
  if (issue.code !== "invalid_type") return undefined;
  const unquoted = issue.expected === "number" || issue.expected === "int" || issue.expected === "boolean";
  if (unquoted && typeof value === "string" && /^(-?[0-9.]+|true|false)$/.test(value)) {
    return `write it without quotes: ${value}`;
  }
  return undefined;
}

function remedyOf(issue: Issue): string {
  if (issue.code === "invalid_type" && (issue.expected === "object" || issue.expected === "record")) {
    const known = keysAt(issue.path);
    return known.length > 0 ? `write an object with ${known.join(", ")}` : "write an object";
  }
  if (issue.code === "invalid_union") {
    // Each union of the schema is a switch, or what to set when it is on.
    return `write false, or an object with ${keysAt(issue.path).join(", ")}`;
  }
  if (issue.code === "invalid_type" && issue.expected === "array") {
    return "write a list: [..]";
  }
  if (issue.code === "too_small" && issue.origin === "array") {
    return `write at least ${issue.minimum.toString()} of them, or leave the field out`;
  }
  if (issue.code === "too_big" && issue.origin === "array") {
    return `write at most ${issue.maximum.toString()} of them`;
  }
  return issue.message;
}

/** The value at a path; undefined where there is none. */
export function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      isObject(value) || Array.isArray(value) ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}

/** A map, as opposed to a list or a plain value. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a schema wraps: defaults and optionality do not count. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "optional":
    case "default":
    case "prefault":
      return unwrap(def.innerType);
    case "union":
      return def.options.flatMap(unwrap);
    default:
      return [schema];
  }
}

function shapeOf(schema: z.core.$ZodType): Record<string, z.core.$ZodType> {
  const shapes = unwrap(schema).map((one) => {
    const { def } = (one as z.core.$ZodTypes)._zod;
    return def.type === "object" ? def.shape : {};
  });
  return Object.assign({}, ...shapes) as Record<string, z.core.$ZodType>;
}

/** What a list or a map holds. */
function elementOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  for (const one of unwrap(schema)) {
    const { def } = (one as z.core.$ZodTypes)._zod;
    if (def.type === "array") return def.element;
    if (def.type === "record") return def.valueType;
  }
  return undefined;
}

function keysAt(path: Path): string[] {
  let schema: z.core.$ZodType | undefined = meshFields;
  for (const key of path) {
    schema = schema && (elementOf(schema) ?? shapeOf(schema)[String(key)]);
  }
  return schema ? Object.keys(shapeOf(schema)) : [];
}

/** Where in the schema a key of this name is. */
function placesOf(key: string, schema: z.core.$ZodType = meshFields, above: string[] = []): string[][] {
  const element = elementOf(schema);
  if (element) return placesOf(key, element, [...above, "<name>"]);
  return Object.entries(shapeOf(schema)).flatMap(([name, field]) => [
    ...(name === key ? [[...above, name]] : []),
    ...placesOf(key, field, [...above, name]),
  ]);
}
