/** A resource as @pulumi/gcp shows it: camelCase names, single blocks as objects. */
export type Properties = Record<string, unknown>;

export function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a dotted path (`privateClusterConfig.masterIpv4CidrBlock`, `rules.0.priority`), or undefined. */
export function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => {
    if (Array.isArray(inner)) return inner[Number(key)] as unknown;
    return isObject(inner) ? inner[key] : undefined;
  }, value);
}

/** The text at a path; undefined where there is none or it is empty (an unset argument in Google's APIs). */
export function textAt(value: unknown, path: string): string | undefined {
  const found = at(value, path);
  return typeof found === "string" && found !== "" ? found : undefined;
}

export function numberAt(value: unknown, path: string): number | undefined {
  const found = at(value, path);
  return typeof found === "number" ? found : undefined;
}

export function listAt(value: unknown, path: string): Properties[] {
  const found = at(value, path);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

export function textsAt(value: unknown, path: string): string[] {
  const found = at(value, path);
  return Array.isArray(found) ? found.filter((item): item is string => typeof item === "string") : [];
}

/** The object at a path, empty where there is none. */
export function objectAt(value: unknown, path: string): Properties {
  const found = at(value, path);
  return isObject(found) ? found : {};
}
