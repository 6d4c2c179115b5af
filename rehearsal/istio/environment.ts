import type { ApiClient, ApiObject } from "../kubernetes/client";
import { type Container, type EnvVar, type KeySelector, type Pod, field } from "./pod";
import { wholeQuantity } from "./quantity";

/** A container cannot start yet; the kubelet's word for it is CreateContainerConfigError. */
export class MissingReference extends Error {}

/**
 * A container's environment as a kubelet makes it, references resolved.
 * @throws MissingReference when a Secret or ConfigMap that is not optional is not there.
 */
export async function environment(
  client: ApiClient,
  pod: Pod,
  container: Container,
): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const { prefix = "", configMapRef, secretRef } of container.envFrom ?? []) {
    const data = configMapRef
      ? await dataOf(client, pod, "ConfigMap", configMapRef)
      : secretRef
        ? await dataOf(client, pod, "Secret", secretRef)
        : {};
    for (const [key, value] of Object.entries(data)) {
      values[prefix + key] = value.toString("utf8");
    }
  }
  for (const variable of container.env ?? []) {
    const value = await valueOf(client, pod, container, variable, values);
    if (value !== undefined) {
      values[variable.name] = value;
    }
  }
  return values;
}

async function valueOf(
  client: ApiClient,
  pod: Pod,
  container: Container,
  { value, valueFrom }: EnvVar,
  earlier: Record<string, string>,
): Promise<string | undefined> {
  if (valueFrom?.fieldRef) {
    return field(pod, valueFrom.fieldRef.fieldPath);
  }
  if (valueFrom?.resourceFieldRef) {
    return resource(client, pod, container, valueFrom.resourceFieldRef.resource);
  }
  if (valueFrom?.configMapKeyRef) {
    return keyOf(client, pod, "ConfigMap", valueFrom.configMapKeyRef);
  }
  if (valueFrom?.secretKeyRef) {
    return keyOf(client, pod, "Secret", valueFrom.secretKeyRef);
  }
  return expand(value ?? "", earlier);
}

/** `$(NAME)` is replaced by an earlier variable, `$$(NAME)` is a literal `$(NAME)`. */
export function expand(text: string, variables: Record<string, string>): string {
  return text.replace(/\$(\$?)\((\w+)\)/g, (whole, escaped: string, name: string) =>
    escaped ? whole.slice(1) : (variables[name] ?? whole),
  );
}

/** A limit that is not set counts as all that the node can give. */
async function resource(client: ApiClient, pod: Pod, container: Container, name: string): Promise<string> {
  const [kind = "", what = ""] = name.split(".");
  const own = container.resources?.[kind as "limits" | "requests"]?.[what];
  if (own !== undefined || kind === "requests") {
    return String(wholeQuantity(own ?? "0"));
  }
  const node = await client.get("v1", "Node", pod.spec.nodeName ?? "");
  const status = node?.status as { allocatable?: Record<string, string> } | undefined;
  return String(wholeQuantity(status?.allocatable?.[what] ?? "0"));
}

async function keyOf(
  client: ApiClient,
  pod: Pod,
  kind: "Secret" | "ConfigMap",
  selector: KeySelector,
): Promise<string | undefined> {
  const value = (await dataOf(client, pod, kind, selector))[selector.key];
  if (value === undefined && !selector.optional) {
    throw new MissingReference(`${kind} ${selector.name} has no key "${selector.key}"`);
  }
  return value?.toString("utf8");
}

/** Empty when it is not there and is optional. */
export async function dataOf(
  client: ApiClient,
  pod: Pod,
  kind: "Secret" | "ConfigMap",
  { name, optional }: { name: string; optional?: boolean },
): Promise<Record<string, Buffer>> {
  const object = await client.get("v1", kind, name, pod.metadata.namespace);
  if (!object && !optional) {
    throw new MissingReference(`${kind} ${name} is not in namespace ${pod.metadata.namespace}`);
  }
  return object ? decoded(object) : {};
}

function decoded(object: ApiObject): Record<string, Buffer> {
  const base64 = {
    ...(object.binaryData as object),
    ...(object.kind === "Secret" ? (object.data as object) : {}),
  };
  const text = object.kind === "Secret" ? {} : (object.data as object | undefined);
  return Object.fromEntries([
    ...Object.entries((text ?? {}) as Record<string, string>).map(([key, value]) => [
      key,
      Buffer.from(value),
    ]),
    ...Object.entries(base64 as Record<string, string>).map(([key, value]) => [
      key,
      Buffer.from(value, "base64"),
    ]),
  ]) as Record<string, Buffer>;
}
