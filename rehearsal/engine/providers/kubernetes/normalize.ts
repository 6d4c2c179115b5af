import { hasUnknown, isObject, type Value } from "../values";
import { isBuiltIn, isCrd, isSecret } from "./kinds";
import { at, withMember, type KubeObject } from "./object";
import { canonicalQuantity } from "./quantity";

/** Fields that the API server alone writes. */
const readOnly = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
];
/** Maps of Kubernetes' own types that vanish when they are empty. */
const maps = new Set(
  "annotations labels matchLabels nodeSelector limits requests hard data stringData binaryData".split(" "),
);
const quantityMaps = new Set(["limits", "requests", "hard", "capacity"]);
const quantities = new Set(["sizeLimit", "averageValue", "divisor"]);

/**
 * Inputs in the spelling that the API server stores, so that two spellings of one thing make no difference later. The
 * real provider sends built-in kinds through Kubernetes' Go types; custom resources stay as they are.
 */
export function normalize(object: KubeObject): KubeObject {
  let result = object;
  if (isBuiltIn(object) && !hasUnknown(object)) {
    if (isSecret(object)) {
      result = normalizeSecret(object);
    } else if (isCrd(object)) {
      result = normalizeCrd(object);
    }
    result = isCrd(object) ? result : (tidy(result, "") as KubeObject);
  }
  return readOnly.reduce((rest, name) => withMember(rest, ["metadata", name], undefined), result);
}

/** `stringData` is write-only: the API server stores it, encoded, in `data`. */
function normalizeSecret(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object;
  const data: Record<string, Value> = { ...(isObject(rest.data) ? rest.data : {}) };
  for (const [key, value] of Object.entries(data)) {
    const bytes = typeof value === "string" ? Buffer.from(value, "base64") : undefined;
    if (bytes && typeof value === "string" && isBase64(value)) {
      data[key] = bytes.toString("base64");
    }
  }
  for (const [key, value] of Object.entries(isObject(stringData) ? stringData : {})) {
    data[key] = typeof value === "string" ? Buffer.from(value).toString("base64") : value;
  }
  return Object.keys(data).length > 0 ? { ...rest, data } : rest;
}

function isBase64(value: string): boolean {
  return /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(value);
}

function normalizeCrd(object: KubeObject): KubeObject {
  const rest = withMember(object, ["status"], undefined);
  return at(rest, "spec", "preserveUnknownFields") === false
    ? withMember(rest, ["spec", "preserveUnknownFields"], undefined)
    : rest;
}

/** Without nulls, empty lists and empty maps; quantities in their canonical spelling. */
function tidy(value: Value, parent: string): Value {
  if (Array.isArray(value)) {
    return value.map((item: Value) => tidy(item, parent));
  }
  if (!isObject(value)) {
    return value;
  }
  const entries = Object.entries(value).map(([name, member]): [string, Value] => {
    const quantity = quantityMaps.has(parent) || quantities.has(name);
    if (quantity && (typeof member === "string" || typeof member === "number")) {
      return [name, canonicalQuantity(String(member))];
    }
    return [name, tidy(member, name)];
  });
  return Object.fromEntries(entries.filter(([name, member]) => !vanishes(name, member)));
}

function vanishes(name: string, value: Value): boolean {
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) {
    return true;
  }
  return maps.has(name) && isObject(value) && Object.keys(value).length === 0;
}
