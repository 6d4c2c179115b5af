import { setTimeout as sleep } from "node:timers/promises";
import { numberAt } from "../google/properties";
import type { Rehearsal } from "../host";
import type { ApiClient, ApiObject } from "../kubernetes/client";
import type { Traffic } from "../traffic/traffic";

/** Something that goes, in one cluster. */
export interface Outage {
  id: string;
  title: string;
  /** Default: where the drill is asked to be. */
  where?(traffic: Pick<Traffic, "configCluster">): string | undefined;
  /** Resolves when it is gone, with what brings it back and resolves when it is ready again. */
  begin(rehearsal: Rehearsal, cluster: string): Promise<() => Promise<void>>;
}

/** How long something may take to come back, in ms. */
const patience = 240_000;

const GATEWAYS = "istio-gateways";

export const outages: Outage[] = [
  scaled("workload", "the workload", "verify"),
  scaled("ingress-gateway", "the ingress gateway", "istio-ingressgateway", GATEWAYS),
  scaled("east-west-gateway", "the east-west gateway", "istio-eastwestgateway", GATEWAYS),
  scaled("istiod", "istiod", "istiod", "istio-system"),
  { id: "cluster", title: "the whole cluster", begin: loseCluster },
  {
    id: "config-cluster",
    title: "the whole config cluster",
    where: (traffic) => traffic.configCluster(),
    begin: loseCluster,
  },
];

async function loseCluster(rehearsal: Rehearsal, name: string): Promise<() => Promise<void>> {
  const pods = () => rehearsal.traffic?.played(name) ?? [];
  const before = pods().length;
  const back = await rehearsal.outage(name);
  return async () => {
    await back();
    await until(
      () => Promise.resolve(pods().length >= before && pods().every(({ ready }) => ready)),
      `the pods of ${name} are`,
    );
  };
}

/** @param app value of the label `app` of the Deployment; @param namespace default: wherever it is */
function scaled(id: string, title: string, app: string, namespace?: string): Outage {
  return {
    id,
    title,
    async begin(rehearsal, cluster) {
      const client = clientOf(rehearsal, cluster);
      const all = await deployments(client, app, namespace);
      await Promise.all(all.map((one) => client.patch(one, { spec: { replicas: 0 } })));
      return async () => {
        await Promise.all(
          all.map((one) => client.patch(one, { spec: { replicas: numberAt(one, "spec.replicas") } })),
        );
        await whenReady(client, app, namespace);
      };
    },
  };
}

function clientOf({ clusters }: Rehearsal, name: string): ApiClient {
  const cluster = clusters.get(name);
  if (!cluster) {
    throw new Error(`there is no cluster ${name}; there are ${[...clusters.keys()].join(", ")}`);
  }
  return cluster.plane.client;
}

async function deployments(client: ApiClient, app: string, namespace?: string): Promise<ApiObject[]> {
  const all = await client.list("apps/v1", "Deployment", { namespace, labelSelector: `app=${app}` });
  if (all.length === 0) {
    throw new Error(`there is no Deployment with the label app=${app}`);
  }
  return all;
}

async function whenReady(client: ApiClient, app: string, namespace?: string): Promise<void> {
  const ready = async () =>
    (await deployments(client, app, namespace)).every(
      (one) =>
        numberAt(one, "status.observedGeneration") === numberAt(one, "metadata.generation") &&
        numberAt(one, "status.readyReplicas") === numberAt(one, "spec.replicas"),
    );
  await until(ready, `${app} is`);
}

async function until(ready: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + patience;
  while (!(await ready())) {
    if (Date.now() > deadline) {
      throw new Error(
        `${what} not ready ${patience / 60_000} min after it came back: npm run shell, kubectl describe pods`,
      );
    }
    await sleep(250);
  }
}
