import type { Rehearsal } from "../host";
import type { ApiObject } from "../kubernetes/client";

/** What controllers make anew all the time, under names that nobody chose, or that comes and goes by itself. */
const PASSING = new Set(
  "Event IPAddress Pod ReplicaSet Endpoints EndpointSlice Lease ControllerRevision Node CSINode PodMetrics NodeMetrics".split(
    " ",
  ),
);

/**
 * Everything in the project and in the clusters, one line each: `google <id>` and `<cluster> <kind> <namespace>/<name>`.
 * Two meshes that came up in different ways have the same lines.
 */
export async function inventory(rehearsal: Rehearsal): Promise<string[]> {
  const { resources, derived } = rehearsal.project.contents();
  const google = [...resources, ...derived].map(({ id }) => `google ${normal(id)}`);
  const clusters = await Promise.all(
    [...rehearsal.clusters].map(async ([name, { plane }]) => {
      const objects = await allObjects(plane.client);
      return objects.map(
        ({ kind, metadata }) => `${name} ${kind} ${normal(`${metadata.namespace ?? ""}/${metadata.name}`)}`,
      );
    }),
  );
  return [...google, ...clusters.flat()].sort();
}

/** Names that hold a random part differ from mesh to mesh: numbers and hashes are masked, so that a second one still counts. */
function normal(name: string): string {
  return name
    .replace(/-[0-9a-f]{7,}\b/g, "-#")
    .replace(/k8s\d?-[0-9a-z-]+/g, (id) => id.replace(/\d+/g, "#"));
}

/** What one list has and the other has not, counted: a line that is there twice shows as one too many. */
export function difference(before: string[], after: string[]): { missing: string[]; extra: string[] } {
  return { missing: without(before, after), extra: without(after, before) };
}

function without(list: string[], taken: string[]): string[] {
  const rest = [...taken];
  return list.filter((line) => {
    const index = rest.indexOf(line);
    if (index >= 0) {
      rest.splice(index, 1);
    }
    return index < 0;
  });
}

interface ResourceList {
  resources: { name: string; kind: string; verbs: string[] }[];
}

type Client = Rehearsal["clusters"] extends Map<string, { plane: { client: infer C } }> ? C : never;

export async function allObjects(client: Client): Promise<ApiObject[]> {
  const kinds = await listableKinds(client);
  const lists = await Promise.all(
    kinds.map(({ apiVersion, kind }) => client.list(apiVersion, kind).catch(() => [])),
  );
  return lists.flat();
}

/** Each kind once, though several groups and versions serve it. */
async function listableKinds(client: Client): Promise<{ apiVersion: string; kind: string }[]> {
  const { groups } = await client.request<{
    groups: { preferredVersion: { groupVersion: string } }[];
  }>("GET", "/apis");
  const versions = ["v1", ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
  const lists = await Promise.all(
    versions.map(async (apiVersion) => {
      const path = apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`;
      const { resources } = await client.request<ResourceList>("GET", path);
      return resources
        .filter(
          ({ name, kind, verbs }) => !name.includes("/") && verbs.includes("list") && !PASSING.has(kind),
        )
        .map(({ kind }) => ({ apiVersion, kind }));
    }),
  );
  return lists.flat();
}
