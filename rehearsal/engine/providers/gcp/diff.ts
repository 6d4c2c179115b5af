import type { DiffKind, DiffResult } from "../base";
import { equal, isObject, isUnknown, type Properties, type Value } from "../values";
import { isScalar, type Field, type Fields, type ResourceType } from "./schema";

type Detailed = Record<string, DiffKind>;

const isZero = (value: Value) =>
  value === undefined ||
  value === null ||
  value === "" ||
  value === false ||
  value === 0 ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0);

/**
 * What a plan of the Terraform provider says: wanted arguments against the state, where what Google filled in
 * and nobody asked for is no difference.
 */
export function diffResource(
  type: ResourceType,
  state: Properties,
  wanted: Properties,
  ignored: string[],
): DiffResult {
  const detailed: Detailed = {};
  compareFields(type.fields, state, wanted, "", detailed);
  for (const path of Object.keys(detailed)) {
    if (
      ignored.some(
        (ignore) => path === ignore || path.startsWith(`${ignore}.`) || path.startsWith(`${ignore}[`),
      )
    )
      delete detailed[path];
    const replaces = type.replaceWhen?.[path];
    if (replaces && detailed[path]?.endsWith("-replace") === false && replaces(state[path], wanted[path]))
      detailed[path] = `${detailed[path]}-replace` as DiffKind;
  }
  const replaced = Object.values(detailed).some((kind) => kind.endsWith("-replace"));
  return {
    detailedDiff: detailed,
    deleteBeforeReplace: replaced && keepsName(type, state, wanted),
    stables: ["id", "selfLink", ...(type.autoname ? [type.autoname.property] : [])],
  };
}

/**
 * Two resources cannot have one name at the same time; a generated name changes with the resource. A type that is never
 * given a generated name is made anew first, whatever its id.
 */
function keepsName(type: ResourceType, state: Properties, wanted: Properties): boolean {
  const property = type.autoname?.property;
  if (!property) return false;
  const defaults = wanted.__defaults;
  const generated = Array.isArray(defaults) && defaults.includes(property);
  return !generated && equal(state[property], wanted[property]);
}

function compareFields(
  fields: Fields,
  before: Properties,
  after: Properties,
  prefix: string,
  out: Detailed,
): void {
  for (const [name, field] of Object.entries(fields))
    compare(field, before[name], after[name], prefix + name, out);
}

function compare(field: Field, before: Value, after: Value, path: string, out: Detailed): void {
  const note = (kind: "add" | "delete" | "update", forceNew = field.forceNew) => {
    out[path] = forceNew ? `${kind}-replace` : kind;
  };
  if (after === undefined || after === null) {
    if (!field.computed && !emptied(field, before)) note("delete");
  } else if (isUnknown(after)) note("update");
  else if (isZero(before) && isZero(after)) return;
  else if (field.kind === "block" && isObject(after)) {
    if (isObject(before)) compareFields(field.fields, before, after, `${path}.`, out);
    else note("add", field.forceNew || innerForceNew(field.fields, after));
  } else if (field.kind === "list" && Array.isArray(after)) {
    if (!sameList(field, Array.isArray(before) ? before : [], after)) note(isZero(before) ? "add" : "update");
  } else if (!same(field, before, after)) note(before === undefined || before === null ? "add" : "update");
}

/** Whether there is nothing in the state that leaving the argument out would take away. */
function emptied(field: Field, before: Value): boolean {
  if (field.kind === "block" && isObject(before))
    return Object.entries(field.fields).every(
      ([name, inner]) => inner.computed || emptied(inner, before[name]),
    );
  return isZero(before) || equal(before, field.default);
}

function innerForceNew(fields: Fields, given: Properties): boolean {
  return Object.entries(fields).some(([name, field]) => {
    const value = given[name];
    if (isZero(value)) return false;
    return (
      field.forceNew || (field.kind === "block" && isObject(value) && innerForceNew(field.fields, value))
    );
  });
}

function same(field: Field, before: Value, after: Value): boolean {
  if (isZero(before) && isZero(after)) return true;
  if (field.kind === "block" && isObject(before) && isObject(after)) {
    const out: Detailed = {};
    compareFields(field.fields, before, after, "", out);
    return Object.keys(out).length === 0;
  }
  if (equal(before, after)) return true;
  return isScalar(before) && isScalar(after) && (field.same?.(before, after) ?? false);
}

function sameList(field: Field & { kind: "list" }, before: Value[], after: Value[]): boolean {
  if (before.length !== after.length) return false;
  if (!field.set) return after.every((item, index) => same(field.of, before[index], item));
  const left = [...before];
  return after.every((item) => {
    const found = left.findIndex((candidate) => same(field.of, candidate, item));
    if (found >= 0) left.splice(found, 1);
    return found >= 0;
  });
}
