import { setTimeout as sleep } from "node:timers/promises";
import type { Rehearsal } from "../../rehearsal/host";
import type { ApiClient, ApiObject } from "../../rehearsal/kubernetes/client";

/** Objects by `cluster kind namespace/name`, without what is different each time that they are made. */
export type Objects = Record<string, unknown>;

/** What Kubernetes makes by itself under names of its own, or only writes down what happens. */
const NOT_MADE_BY_US =
  /^(Pod|ReplicaSet|ControllerRevision|Endpoints|EndpointSlice|Event|Lease|Node|CSINode|APIService|FlowSchema|PriorityLevelConfiguration|IPAddress|PodMetrics|NodeMetrics|ServiceNetworkEndpointGroup|ClusterRole|ClusterRoleBinding|Role|RoleBinding)$/;
/** Of these kinds Kubernetes brings many of its own, and Istio's are known by their names. */
const SELECTED = /^(Cluster)?Role(Binding)?$/;

/** Everything in all clusters that the program, Istio's operator or Google's controllers made. */
export async function objectsOf(rehearsal: Rehearsal): Promise<Objects> {
  const found = await Promise.all(
    [...rehearsal.clusters].map(async ([cluster, { plane }]) => {
      const objects = await everything(plane.client);
      return objects
        .filter(counts)
        .map((object) => [`${cluster} ${nameOf(object)}`, withoutAccidents(object)] as const);
    }),
  );
  return Object.fromEntries(found.flat().sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Names of the DestinationRules of each cluster. */
export async function destinationRules(rehearsal: Rehearsal): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const [cluster, { plane }] of rehearsal.clusters) {
    const rules = await plane.client.list("networking.istio.io/v1", "DestinationRule");
    found[cluster] = rules.map(({ metadata }) => metadata.name).sort();
  }
  return found;
}

/** What two collections do not have in common, one line each; empty when there is nothing. */
export function differences(before: Objects, after: Objects): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((name) => {
    const [one, other] = [JSON.stringify(before[name]), JSON.stringify(after[name])];
    if (one === other) return [];
    if (other === undefined) return [`${name} is gone`];
    return [one === undefined ? `${name} is new` : `${name} differs: ${difference(one, other)}`];
  });
}

/** The place where two texts part. */
function difference(one: string, other: string): string {
  let at = 0;
  while (one[at] === other[at]) at++;
  const [was, is] = [one, other].map((text) => text.slice(Math.max(0, at - 60), at + 60));
  return `…${was}… was, …${is}… is`;
}

/**
 * The same, with some patience: controllers write at their own pace.
 *
 * @param left says of what may be there beside.
 */
export async function settledDifferences(
  rehearsal: Rehearsal,
  expected: Objects,
  left: (name: string) => boolean = () => false,
): Promise<string[]> {
  for (let attempt = 0; ; attempt++) {
    const now = Object.entries(await objectsOf(rehearsal)).filter(([name]) => !left(name));
    const found = differences(expected, Object.fromEntries(now));
    if (found.length === 0 || attempt >= 15) return found;
    await sleep(2000);
  }
}

async function everything(client: ApiClient): Promise<ApiObject[]> {
  const { groups } = await client.request<{ groups: { preferredVersion: { groupVersion: string } }[] }>(
    "GET",
    "/apis",
  );
  const versions = ["v1", ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
  const kinds = await Promise.all(
    versions.map(async (version) => {
      const { resources } = await client.request<{
        resources: { name: string; kind: string; verbs: string[] }[];
      }>("GET", version === "v1" ? "/api/v1" : `/apis/${version}`);
      return (
        resources
          .filter(({ name, verbs }) => !name.includes("/") && verbs.includes("list"))
          // Metrics among them, whose API may be away for a moment.
          .filter(({ kind }) => !NOT_MADE_BY_US.test(kind) || SELECTED.test(kind))
          .map(({ kind }) => ({ version, kind }))
      );
    }),
  );
  const objects = await Promise.all(kinds.flat().map(({ version, kind }) => client.list(version, kind)));
  return objects.flat();
}

function counts({ kind, metadata }: ApiObject): boolean {
  // The API server's own Service has the port that it listens on.
  if (metadata.namespace === "default") return false;
  return NOT_MADE_BY_US.test(kind) ? SELECTED.test(kind) && /istio|mesh/.test(metadata.name) : true;
}

function nameOf({ kind, metadata }: ApiObject): string {
  return `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ""}${metadata.name}`;
}

/** Fields that the API server, or a clock, or chance decides. */
const ACCIDENTS = new Set([
  "uid",
  "resourceVersion",
  "creationTimestamp",
  "generation",
  "managedFields",
  "status",
  "clusterIP",
  "clusterIPs",
  "nodePort",
  "healthCheckNodePort",
  "caBundle",
  "networking.gke.io/last-reconcile-time",
  "control-plane.alpha.kubernetes.io/leader",
  "deployment.kubernetes.io/revision",
]);

function withoutAccidents(object: ApiObject): unknown {
  return JSON.parse(JSON.stringify(object), (key, value: unknown) => {
    if (ACCIDENTS.has(key)) return undefined;
    return typeof value === "string" ? textWithoutAccidents(value) : value;
  });
}

/** Addresses of load balancers, ids (also in the names of what Google's controllers make), times; and whatever stands in a Secret or is a certificate, but for being there. */
function textWithoutAccidents(value: string): string {
  if (/BEGIN [A-Z ]+-----|^LS0tLS1CRUdJTi|^ey|^[A-Za-z0-9+/]{60,}={0,2}$/.test(value)) return "(secret)";
  return value
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "(uid)")
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "(time)")
    .replace(/\b(k8s\d(-[a-z]+)?)-[0-9a-f]{8}\b/g, "$1-(id)")
    .replace(/\b(203\.0\.113|198\.51\.100)\.\d+\b/g, "(address)");
}
