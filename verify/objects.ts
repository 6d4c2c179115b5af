/** An object as the API server gives it. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    generation?: number;
    deletionTimestamp?: string;
  };
  [field: string]: unknown;
}

/** An object whose fields are looked up by path. */
export type Fields = Record<string, unknown>;

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a dotted path (`spec.type`, `status.loadBalancer.ingress.0.ip`), or undefined. */
export function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => {
    if (Array.isArray(inner)) {
      return inner[Number(key)] as unknown;
    }
    return isObject(inner) ? inner[key] : undefined;
  }, value);
}

/** The text at a path; undefined where there is none, or an empty one (an unset argument in Google's APIs). */
export function textAt(value: unknown, path: string): string | undefined {
  const found = at(value, path);
  return typeof found === "string" && found !== "" ? found : undefined;
}

export function numberAt(value: unknown, path: string): number | undefined {
  const found = at(value, path);
  return typeof found === "number" ? found : undefined;
}

export function listAt(value: unknown, path: string): Fields[] {
  const found = at(value, path);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

export function textsAt(value: unknown, path: string): string[] {
  const found = at(value, path);
  return Array.isArray(found) ? found.filter((item): item is string => typeof item === "string") : [];
}

/** The object at a path, empty where there is none. */
export function objectAt(value: unknown, path: string): Fields {
  const found = at(value, path);
  return isObject(found) ? found : {};
}

/** What JSON says, where that is an object; else an empty one. */
export function parsed(json = "{}"): Fields {
  try {
    return objectAt({ value: JSON.parse(json) as unknown }, "value");
  } catch {
    return {};
  }
}

export function labelOf(object: KubernetesObject | undefined, key: string): string | undefined {
  return object?.metadata.labels?.[key];
}

export function annotationOf(object: KubernetesObject | undefined, key: string): string | undefined {
  return object?.metadata.annotations?.[key];
}

/** Whether a pod or a node is ready. */
export function isReady(object: KubernetesObject): boolean {
  return listAt(object, "status.conditions").some(
    ({ type, status }) => type === "Ready" && status === "True",
  );
}

/** Whether a container runs in a pod. On a node that is only played pods are ready without one. */
export function hasContainer(pod: KubernetesObject): boolean {
  return listAt(pod, "status.containerStatuses").some((status) => textAt(status, "containerID"));
}

/** The content of a Secret, decoded. */
export function decoded(secret: KubernetesObject | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(objectAt(secret, "data")).map(([key, value]) => [
      key,
      Buffer.from(String(value), "base64").toString("utf8"),
    ]),
  );
}

/** `2 istiods`, `1 pod`, `no pods` */
export function count(number: number, noun: string): string {
  return `${number === 0 ? "no" : number} ${noun}${number === 1 ? "" : "s"}`;
}

/** `namespace/name` */
export function nameOf({ metadata: { namespace, name } }: KubernetesObject): string {
  return namespace ? `${namespace}/${name}` : name;
}
