import type { z } from "zod";
import { at, nearest, unknownName, type Problem } from "./problems";
import { meshFields } from "./schema";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Fields that people look for in `mesh:mesh`, and that have a key of their own. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["deletionProtection", "mesh:deletionProtection"],
  ["peers", "mesh:peers"],
  ["kubeconfig", "mesh:kubeconfig-<cluster> (as a secret)"],
  ["kubeconfigs", "mesh:kubeconfig-<cluster> (as a secret)"],
  ["project", "gcp:project"],
]);

/**
 * Issues of the schema, one for each value. Those of a union are replaced by the issues of the alternative that was meant; and
 * of a text where a list belongs, that it is no list is enough: the schema measures it too.
 */
export function flatten(issues: readonly Issue[], input: unknown): Issue[] {
  const found = new Map<string, Issue>();
  for (const issue of meant(issues, input)) {
    const key = JSON.stringify([issue.code === "unrecognized_keys", issue.path.map(String)]);
    if (!found.has(key)) found.set(key, issue);
  }
  return [...found.values()];
}

function meant(issues: readonly Issue[], input: unknown, above: Path = []): Issue[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    if (issue.code !== "invalid_union") {
      return [{ ...issue, path }];
    }
    const branch = issue.errors.find((inner) => inner.every((one) => !isWrongKind(one)));
    return branch && isObject(valueAt(input, path)) ? meant(branch, input, path) : [{ ...issue, path }];
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
    return [
      {
        path,
        value,
        remedy:
          meant && issue.values.length > 1 ? `did you mean ${meant}? Or ${issue.message}` : issue.message,
      },
    ];
  }
  return [{ path, value, remedy: quotesRemedy(issue, value) ?? remedyOf(issue) }];
}

function unknownKey(key: string, known: readonly string[]): string {
  const elsewhere = ELSEWHERE.get(key);
  if (elsewhere) {
    return `is no field here; write it as the key ${elsewhere}, beside mesh:mesh`;
  }
  if (!nearest(key, known)) {
    const [place, ...others] = placesOf(key);
    if (place && others.length === 0) return `is no field here; it belongs to ${place}`;
  }
  return `is no field here; ${unknownName(key, known)}`;
}

/** YAML reads "3" as a text. The other way round, what is written is no help: YAML reads 1.30 as the number 1.3. */
function quotesRemedy(issue: Issue, value: unknown): string | undefined {
  if (typeof value !== "string" || !/^(-?[0-9]{1,15}(\.[0-9]{1,15})?|true|false)$/.test(value))
    return undefined;
  const meant = /^[tf]/.test(value) ? value === "true" : Number(value);
  const fits = schemaAt(issue.path) as z.ZodType | undefined;
  return fits?.safeParse(meant).success ? `write it without quotes: ${String(meant)}` : undefined;
}

function remedyOf(issue: Issue): string {
  if (issue.code === "invalid_type" && (issue.expected === "object" || issue.expected === "record")) {
    const known = keysAt(issue.path);
    return known.length > 0
      ? `write an object with ${known.join(", ")}`
      : "write a map by name, such as us-east1: { ranges: { .. } }";
  }
  if (issue.code === "invalid_type" && issue.expected === "array") {
    return "write a list: [..]";
  }
  if (issue.code === "invalid_union") {
    // Each union of the schema is a switch, or what to set when it is on.
    const isSwitch = (schemaAt(issue.path) as z.ZodType | undefined)?.safeParse(true).success;
    return `write ${isSwitch ? "true, false," : "false,"} or an object with ${keysAt(issue.path).join(", ")}`;
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

function schemaAt(path: Path): z.core.$ZodType | undefined {
  let schema: z.core.$ZodType | undefined = meshFields;
  for (const key of path) {
    schema = schema && (elementOf(schema) ?? shapeOf(schema)[String(key)]);
  }
  return schema;
}

function keysAt(path: Path): string[] {
  const schema = schemaAt(path);
  return schema ? Object.keys(shapeOf(schema)) : [];
}

/** Where in the schema a key of this name is. */
function placesOf(key: string, schema: z.core.$ZodType = meshFields, above = "mesh"): string[] {
  const element = elementOf(schema);
  if (element) {
    const isList = unwrap(schema).some((one) => (one as z.core.$ZodTypes)._zod.def.type === "array");
    return placesOf(key, element, isList ? `${above}[]` : `${above}.<name>`);
  }
  return Object.entries(shapeOf(schema)).flatMap(([name, field]) => [
    ...(name === key ? [`${above}.${name}`] : []),
    ...placesOf(key, field, `${above}.${name}`),
  ]);
}
