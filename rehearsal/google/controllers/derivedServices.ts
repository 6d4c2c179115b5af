import { ApiError, type ApiObject } from "../../kubernetes/client";
import { at, listAt, objectAt, textAt } from "../properties";
import { keys } from "./annotations";
import type { CloudCluster } from "./cloud";
import { derivedServiceName } from "./ingressModel";
import { annotationsOf, keyOf, portsOf, type Api } from "./objects";

export const ingressManager = "Google-Multi-Cluster-Ingress";

/** A cluster of the fleet, with the client that Google's controllers have of it. */
export interface Member {
  cluster: CloudCluster;
  api: Api;
}

/**
 * Members that a MultiClusterService selects: all, or those that `spec.clusters` names by `LOCATION/NAME`.
 * Links that name no member are told apart.
 */
export function selectMembers<T extends { cluster: Pick<CloudCluster, "name" | "location"> }>(
  service: ApiObject,
  members: T[],
): { selected: T[]; unknown: string[] } {
  const links = listAt(service, "spec.clusters").map((one) => textAt(one, "link") ?? "");
  if (links.length === 0) return { selected: members, unknown: [] };
  const linkOf = ({ cluster }: T) => `${cluster.location}/${cluster.name}`;
  return {
    selected: members.filter((member) => links.includes(linkOf(member))),
    unknown: links.filter((link) => !members.some((member) => linkOf(member) === link)),
  };
}

/** The headless Service that a MultiClusterService becomes in a member. */
export function derivedService(service: ApiObject): ApiObject {
  const spec = at(service, "spec.template.spec");
  const ports = portsOf(spec);
  const exposed = Object.fromEntries(ports.map((port) => [String(port.port), {}]));
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: derivedServiceName(service.metadata.name),
      namespace: service.metadata.namespace,
      annotations: {
        [keys.neg]: JSON.stringify({ exposed_ports: exposed }),
        [keys.parent]: JSON.stringify({ Namespace: service.metadata.namespace, Name: service.metadata.name }),
      },
    },
    spec: {
      type: "ClusterIP",
      clusterIP: "None",
      selector: objectAt(spec, "selector"),
      ports: ports.map((port) => ({ ...port, name: port.name || undefined })),
    },
  };
}

/** @throws ApiError, for example when the member has no such namespace */
export async function ensureDerivedService(member: Member, service: ApiObject): Promise<void> {
  const wanted = derivedService(service);
  const existing = await member.api.get("v1", "Service", wanted.metadata.name, wanted.metadata.namespace);
  if (!existing) {
    await member.api.create(wanted, { fieldManager: ingressManager });
    return;
  }
  const shape = (one: ApiObject) =>
    JSON.stringify([objectAt(one, "spec.selector"), portsOf(one.spec), annotationsOf(one)[keys.neg]]);
  if (shape(existing) === shape(wanted)) return;
  const { selector, ports } = wanted.spec as Record<string, unknown>;
  // A merge patch would keep selector entries that the parent no longer has.
  const before = Object.fromEntries(
    Object.keys(objectAt(existing, "spec.selector")).map((key) => [key, null]),
  );
  await member.api.patch(
    existing,
    {
      metadata: { annotations: { [keys.neg]: annotationsOf(wanted)[keys.neg] } },
      spec: { selector: { ...before, ...(selector as object) }, ports },
    },
    { fieldManager: ingressManager },
  );
}

/** Derived Services of the cluster, by the `namespace/name` of their parent. */
export async function derivedServicesOf(api: Api): Promise<{ service: ApiObject; parent: string }[]> {
  const services = await api.list("v1", "Service");
  return services.flatMap((service) => {
    const text = annotationsOf(service)[keys.parent];
    if (text === undefined) return [];
    const parent = JSON.parse(text) as { Namespace: string; Name: string };
    return [{ service, parent: `${parent.Namespace}/${parent.Name}` }];
  });
}

/** What to say about a Service that could not be made in a member. */
export function derivedFailure(member: Member, service: ApiObject, error: unknown): string {
  const { location, name } = member.cluster;
  const reason = error instanceof ApiError ? error.message : String(error);
  return `Derived Service of ${keyOf(service)} could not be ensured in cluster {${location}/${name} ${name}}: ${reason}`;
}
