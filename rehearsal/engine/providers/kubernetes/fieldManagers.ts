import type { ApiClient } from "../../../kubernetes/client";
import { isObject, type Properties, type Value } from "../values";
import { uniqueName } from "./naming";
import {
  annotatedTrue,
  annotation,
  annotationOf,
  at,
  asKubeObject,
  items,
  refOf,
  text,
  type KubeObject,
} from "./object";

/** Creations are plain POSTs with this manager; the first update hands its fields to the resource's own manager. */
export const creationManager = "pulumi-kubernetes";

/** Managers, by prefix, whose fields an update takes over: kubectl and this provider without server-side apply. */
const takenOver = [
  { prefix: "kubectl", operation: "Apply" },
  { prefix: "kubectl", operation: "Update" },
  { prefix: "before-first-apply", operation: "Update" },
  { prefix: "pulumi-kubernetes", operation: "Update" },
  { prefix: "pulumi-resource-kubernetes", operation: "Update" },
];

/** The annotation's word, else what is in state, else a new one. */
export function fieldManagerFor(inputs: KubeObject, fromState: string): string {
  return annotationOf(inputs, annotation.patchFieldManager) || fromState || uniqueName("pulumi-kubernetes-");
}

/** Whether an apply overrides other managers' fields. */
export function forces(
  inputs: KubeObject,
  live: KubeObject | undefined,
  { enablePatchForce, preview }: { enablePatchForce: boolean; preview: boolean },
): boolean {
  if (annotatedTrue(inputs, annotation.patchForce) || enablePatchForce) {
    return true;
  }
  const entries = live ? items(at(live, "metadata", "managedFields")) : [];
  // A real update takes over these fields first; a dry run cannot.
  const own = entries.some(
    (entry) =>
      at(entry, "operation") === "Update" &&
      ["pulumi-resource-kubernetes", "pulumi-kubernetes", "pulumi-kubernetes.exe"].includes(
        text(at(entry, "manager")),
      ),
  );
  return (preview && (!live || own)) || (!!live && entries.length === 0);
}

/** Gives the fields of a creation (and of `kubectl apply`) to `manager`; answers the object as it is then. */
export async function takeOver(client: ApiClient, live: KubeObject, manager: string): Promise<KubeObject> {
  const entries = items(at(live, "metadata", "managedFields")).filter(isObject);
  const mine = entries.filter((entry) => isTakenOver(entry));
  if (mine.length === 0) {
    return live;
  }
  const isOwn = (entry: Properties) =>
    entry.manager === manager && entry.operation === "Apply" && !entry.subresource;
  const own = entries.find(isOwn);
  const merged = [...(own ? [own] : []), ...mine].map((entry) => entry.fieldsV1).reduce(union);
  const managedFields = [
    ...entries.filter((entry) => !isTakenOver(entry) && !isOwn(entry)),
    { ...mine[0], ...own, manager, operation: "Apply", fieldsV1: merged },
  ];
  const body = [
    { op: "replace", path: "/metadata/managedFields", value: managedFields },
    { op: "replace", path: "/metadata/resourceVersion", value: at(live, "metadata", "resourceVersion") },
  ];
  const path = await client.objectPath(refOf(live));
  return asKubeObject(
    await client.request("PATCH", path, { body, contentType: "application/json-patch+json" }),
  );
}

/** Gives up all fields of `manager`; those that nobody else owns go. */
export async function relinquish(client: ApiClient, object: KubeObject, manager: string): Promise<void> {
  await client.apply({ ...refOf(object) }, { fieldManager: manager });
}

/** Whether a manager's entry, or those of all others, own the field. List items are not looked at. */
export function ownership(live: KubeObject, manager: string, path: string[]) {
  const result = { ours: false, theirs: false };
  for (const entry of items(at(live, "metadata", "managedFields"))) {
    const owned = at(at(entry, "fieldsV1"), ...path.map((step) => `f:${step}`)) !== undefined;
    result[at(entry, "manager") === manager ? "ours" : "theirs"] ||= owned;
  }
  return result;
}

function isTakenOver(entry: Properties): boolean {
  return takenOver.some(
    ({ prefix, operation }) =>
      text(entry.manager).startsWith(prefix) && entry.operation === operation && !entry.subresource,
  );
}

/** Both are trees of `f:` and `k:` members: their union is their deep merge. */
function union(a: Value, b: Value): Value {
  if (!isObject(a) || !isObject(b)) {
    return a ?? b;
  }
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries(
    [...names].map((name) => [name, name in a && name in b ? union(a[name], b[name]) : (a[name] ?? b[name])]),
  );
}
