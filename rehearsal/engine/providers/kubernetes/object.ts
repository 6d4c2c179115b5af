import type { ApiObject, ObjectRef } from "../../../kubernetes/client";
import { isObject, isUnknown, plain, type Properties, type Value } from "../values";

/** A Kubernetes object in plain values: no secrets, but perhaps unknowns. */
export type KubeObject = Properties;

export const annotation = {
  autonamed: "pulumi.com/autonamed",
  deletionPropagation: "pulumi.com/deletionPropagationPolicy",
  patchFieldManager: "pulumi.com/patchFieldManager",
  patchForce: "pulumi.com/patchForce",
  replaceUnready: "pulumi.com/replaceUnready",
  skipAwait: "pulumi.com/skipAwait",
  timeoutSeconds: "pulumi.com/timeoutSeconds",
  waitFor: "pulumi.com/waitFor",
} as const;

/** Property names of the SDK cannot hold dashes, so a CRD's schema extensions have two spellings. */
const extensions = [
  "embedded_resource",
  "int_or_string",
  "list_map_keys",
  "list_type",
  "map_type",
  "preserve_unknown_fields",
  "validations",
];
const toDashes = new Map(
  extensions.map((name) => [`x_kubernetes_${name}`, `x-kubernetes-${name.replaceAll("_", "-")}`]),
);
const toUnderscores = new Map([...toDashes].map(([underscores, dashes]) => [dashes, underscores]));

/** What the API server takes for a resource's inputs. */
export function toObject(properties: Properties): KubeObject {
  return rename(plain(properties), toDashes) as KubeObject;
}

/** What the SDK's classes read from an object of the API server. */
export function toProperties(object: KubeObject): Properties {
  return rename(object, toUnderscores) as Properties;
}

function rename(value: Value, names: Map<string, string>): Value {
  if (Array.isArray(value)) {
    return value.map((item: Value) => rename(item, names));
  }
  if (!isObject(value)) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [names.get(name) ?? name, rename(member, names)]),
  );
}

export const asApiObject = (object: KubeObject) => object as unknown as ApiObject;
export const asKubeObject = (object: ApiObject) => object as unknown as KubeObject;

/** The value at a path of member names; undefined where the path ends early. */
export function at(value: Value, ...path: string[]): Value {
  return path.reduce<Value>((current, name) => (isObject(current) ? current[name] : undefined), value);
}

export function text(value: Value): string {
  return typeof value === "string" ? value : "";
}

export function items(value: Value): Value[] {
  return Array.isArray(value) ? value : [];
}

export const apiVersionOf = (object: KubeObject) => text(object.apiVersion);
export const kindOf = (object: KubeObject) => text(object.kind);
export const nameOf = (object: KubeObject) => text(at(object, "metadata", "name"));
export const namespaceOf = (object: KubeObject) => text(at(object, "metadata", "namespace"));

export function refOf(object: KubeObject): ObjectRef {
  const namespace = namespaceOf(object);
  return {
    apiVersion: apiVersionOf(object),
    kind: kindOf(object),
    metadata: { name: nameOf(object), ...(namespace ? { namespace } : {}) },
  };
}

export function annotationOf(object: KubeObject, name: string): string {
  return text(at(object, "metadata", "annotations", name));
}

export function annotatedTrue(object: KubeObject, name: string): boolean {
  return annotationOf(object, name) === "true";
}

/** A copy with one member set (or removed, when `value` is undefined); missing parents are made. */
export function withMember(object: KubeObject, path: string[], value: Value): KubeObject {
  const [name, ...rest] = path;
  if (name === undefined) {
    return object;
  }
  const copy = { ...object };
  if (rest.length > 0) {
    const parent = copy[name];
    // What is not known yet cannot be set in part.
    if (isUnknown(parent) || (value === undefined && !isObject(parent))) {
      return copy;
    }
    copy[name] = withMember(isObject(parent) ? parent : {}, rest, value);
  } else if (value === undefined) {
    delete copy[name];
  } else {
    copy[name] = value;
  }
  return copy;
}

/** `namespace/name`, or the name of what has no namespace. */
export function idOf(object: KubeObject): string {
  const namespace = namespaceOf(object);
  return namespace ? `${namespace}/${nameOf(object)}` : nameOf(object);
}

export function parseId(id: string): { namespace: string; name: string } {
  const [first = "", second] = id.split("/");
  return second === undefined ? { namespace: "", name: first } : { namespace: first, name: second };
}
