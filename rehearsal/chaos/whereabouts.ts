import type { SimulatedProject } from "../google/project";
import type { StoredResource } from "../google/resource";
import type { Rehearsal } from "../host";
import type { ApiObject } from "../kubernetes/client";
import type { StateResource } from "./stackState";

/**
 * The object in a cluster behind an entry of the state, or of a plan: by its id, else by the name that its inputs give it. Its
 * provider is named after the cluster.
 */
export async function objectOf(
  { clusters }: Rehearsal,
  { type, id, inputs = {}, provider = "" }: StateResource,
) {
  const name = provider.split("::").at(-2) ?? "";
  const cluster = [...clusters.keys()].find((each) => name.endsWith(each));
  const client = cluster && clusters.get(cluster)?.plane.client;
  const { apiVersion, kind, metadata } = inputs as Partial<ApiObject>;
  if (!type.startsWith("kubernetes:") || !client || !apiVersion || !kind || (!id && !metadata?.name)) {
    return undefined;
  }
  const [objectName = "", namespace] = id
    ? id.split("/").reverse()
    : [metadata?.name ?? "", metadata?.namespace];
  const object = await client.get(apiVersion, kind, objectName, namespace).catch(() => undefined);
  return object && { client, object: { ...object, apiVersion, kind } };
}

/** The id of what a state has no id of, where it is there all the same. */
export async function createdId(rehearsal: Rehearsal, resource: StateResource): Promise<string | undefined> {
  const found = await objectOf(rehearsal, resource);
  if (found) {
    const { name, namespace } = found.object.metadata;
    return namespace ? `${namespace}/${name}` : name;
  }
  return findCreated(rehearsal.project, resource)?.id;
}

/** The resource of the project that was made for an entry of the state that has no id yet. */
export function findCreated(
  project: Pick<SimulatedProject, "list">,
  { type, inputs = {} }: StateResource,
): StoredResource | undefined {
  const names = ["name", "membershipId", "accountId", "service", "member", "managedZone"] as const;
  const given = names.filter((name) => inputs[name] !== undefined);
  if (given.length === 0) {
    return undefined;
  }
  const places = ["role", "region", "location", "cluster", "router"].filter((name) => name in inputs);
  return project
    .list(type)
    .find(({ properties }) => [...given, ...places].every((name) => same(properties[name], inputs[name])));
}

/** Google answers with URLs and full ids where a short name was given. */
function same(found: unknown, given: unknown): boolean {
  return found === given || lastPart(found) === lastPart(given);
}

function lastPart(value: unknown): unknown {
  return typeof value === "string" ? value.split("/").at(-1) : value;
}
