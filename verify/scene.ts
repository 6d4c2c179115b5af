import {
  addressOf,
  EAST_WEST_GATEWAY,
  GATEWAY_NAMESPACE,
  INGRESS_GATEWAY,
  ISTIO_NAMESPACE,
  type Mesh,
  type MeshCluster,
  podsOf,
} from "./mesh";
import { isReady, labelOf } from "./objects";
import type { PicturedCluster, Scene } from "./picture";

/** What the mesh looks like now. Nothing of it is judged here: a cluster that does not answer has nothing. */
export async function sceneOf(mesh: Mesh): Promise<Scene> {
  const clusters = await Promise.all(mesh.clusters.map((cluster) => picturedCluster(mesh, cluster)));
  return { address: mesh.address ?? "of another stack", clusters };
}

async function picturedCluster({ config }: Mesh, cluster: MeshCluster): Promise<PicturedCluster> {
  const { api, name, region, server } = cluster;
  const ready = async (namespace: string, app: string) =>
    (await podsOf(cluster, namespace, { app }).catch(() => [])).filter(isReady).length;
  const nodes = await api.list("v1", "Node").catch(() => []);
  const spot = nodes.filter((node) => labelOf(node, config.spotLabel.key) === config.spotLabel.value).length;
  const service = await api.get("v1", "Service", EAST_WEST_GATEWAY, GATEWAY_NAMESPACE).catch(() => undefined);
  const { verifyNamespace } = config;
  return {
    name,
    region,
    config: name === config.configCluster,
    pods: {
      istiod: await ready(ISTIO_NAMESPACE, "istiod"),
      ingress: await ready(GATEWAY_NAMESPACE, INGRESS_GATEWAY),
      eastWest: await ready(GATEWAY_NAMESPACE, EAST_WEST_GATEWAY),
      ...(verifyNamespace ? { verify: await ready(verifyNamespace, "verify") } : {}),
    },
    eastWest: { address: addressOf(service) ?? "no address", access: config.eastWestAccess },
    apiServer: server.replace(/^https:\/\//, ""),
    nodes: { spot, others: nodes.length - spot },
  };
}
