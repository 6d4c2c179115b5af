import {
  EAST_WEST_GATEWAY,
  GATEWAY_NAMESPACE,
  INGRESS_GATEWAY,
  ISTIO_NAMESPACE,
  istiodName,
  type Mesh,
  type MeshCluster,
  podsOf,
} from "../mesh";
import { at, type KubernetesObject } from "../objects";

/** A Deployment of Istio's. */
export interface Workload {
  deployment: KubernetesObject;
  name: string;
  namespace: string;
  /** Of its pods. */
  labels: Record<string, string>;
  /** Those that stay. */
  pods: KubernetesObject[];
}

export async function workloadsOf(cluster: MeshCluster, { config }: Mesh): Promise<Workload[]> {
  const names = [
    [ISTIO_NAMESPACE, istiodName(config)],
    [GATEWAY_NAMESPACE, EAST_WEST_GATEWAY],
    [GATEWAY_NAMESPACE, INGRESS_GATEWAY],
  ] as const;
  return Promise.all(
    names.map(async ([namespace, name]) => {
      const deployment = await cluster.api.get("apps/v1", "Deployment", name, namespace);
      if (!deployment) {
        throw new Error(`${cluster.name} has no Deployment ${namespace}/${name}`);
      }
      const pods = await podsOf(cluster, namespace, textMap(deployment, "spec.selector.matchLabels"));
      return {
        deployment,
        name,
        namespace,
        labels: textMap(deployment, "spec.template.metadata.labels"),
        pods,
      };
    }),
  );
}

/** In a list of them all, what they have in common is left out. */
export function short(workload: string): string {
  return workload.replace(/^istio-/, "");
}

/** Whether the labels at `path` of `object` are all among `labels`. */
export function selects(object: KubernetesObject, path: string, labels: Record<string, string>): boolean {
  const wanted = Object.entries(textMap(object, path));
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

function textMap(object: KubernetesObject, path: string): Record<string, string> {
  return (at(object, path) ?? {}) as Record<string, string>;
}
