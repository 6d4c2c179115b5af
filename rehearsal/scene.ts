import { cloudOf } from "./google/projectCloud";
import type { Rehearsal } from "./host";
import type { ApiClient, ApiObject } from "./kubernetes/client";
import type { PicturedCluster, Scene } from "./picture";

/** What the mesh looks like now, as the API servers and the simulated project tell. */
export async function sceneOf(rehearsal: Rehearsal): Promise<Scene> {
  const cloud = cloudOf(rehearsal.project);
  const config = cloud.memberships().find(({ id }) => id === cloud.configMembership())?.cluster;
  const clusters = await Promise.all(
    rehearsal.network.routes().map(async ({ name, region, privateEndpoint }): Promise<PicturedCluster> => {
      const client = rehearsal.clusters.get(name)?.plane.client;
      if (!client) {
        throw new Error(`${name} is not running`);
      }
      const nodes = await client.list("v1", "Node");
      const spot = nodes.filter(({ metadata }) => labelsOf(metadata)["cloud.google.com/gke-spot"] === "true");
      const ready = (app: string) => readyPods(client, `app=${app}`);
      return {
        name,
        region,
        config: name === config,
        pods: {
          istiod: await ready("istiod"),
          ingress: await ready("istio-ingressgateway"),
          eastWest: await ready("istio-eastwestgateway"),
          verify: await ready("verify"),
        },
        eastWest: await loadBalancerAddress(client, "istio-eastwestgateway"),
        privateEndpoint,
        nodes: { spot: spot.length, system: nodes.length - spot.length },
      };
    }),
  );
  const [ingress] = rehearsal.ingresses();
  return { address: textIn(ingress?.ingress.status, "VIP") ?? "no address yet", clusters };
}

async function readyPods(client: ApiClient, labelSelector: string): Promise<number> {
  const pods = await client.list("v1", "Pod", { labelSelector });
  return pods.filter(isReady).length;
}

function isReady({ status }: ApiObject): boolean {
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

async function loadBalancerAddress(client: ApiClient, app: string): Promise<string> {
  const [service] = await client.list("v1", "Service", { labelSelector: `app=${app}` });
  const { loadBalancer } = (service?.status ?? {}) as { loadBalancer?: { ingress?: { ip?: string }[] } };
  return loadBalancer?.ingress?.[0]?.ip ?? "no address yet";
}

function labelsOf(metadata: ApiObject["metadata"]): Record<string, string> {
  return (metadata.labels ?? {}) as Record<string, string>;
}

function textIn(object: unknown, key: string): string | undefined {
  const value = (object as Record<string, unknown> | undefined)?.[key];
  return typeof value === "string" ? value : undefined;
}
