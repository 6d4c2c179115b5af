import { type Finding, keyOf, type Question, verdict } from "../check";
import { type Endpoint, type NetworkGateway, problemsOfIstiods, type ClusterState } from "../istiod";
import {
  addressOf,
  EAST_WEST_GATEWAY,
  eastWestService,
  GATEWAY_NAMESPACE,
  INGRESS_GATEWAY,
  ISTIO_NAMESPACE,
  istiodName,
  kubectl,
  type Mesh,
  type MeshCluster,
  NETWORK_LABEL,
  pairsOf,
  podsOf,
} from "../mesh";
import { count, isReady, textAt } from "../objects";

export const EAST_WEST_PORT = 15443;

/** Each istiod knows the other clusters, the way there, and what runs there. */
export function linkQuestions(mesh: Mesh): Question[] {
  const { config } = mesh;
  return pairsOf(mesh).flatMap(({ from, to }): Question[] => {
    const scope = { cluster: from.name, other: to.name };
    const synced = keyOf({ id: "istiod-synced", ...scope });
    const istiod = keyOf({ id: "istiod", cluster: from.name });
    const configured = keyOf({ id: "mesh-config", cluster: from.name });
    const workload = spanningWorkload(mesh);
    return [
      {
        id: "istiod-synced",
        ...scope,
        title: "istiod follows the other",
        breaks: `pods of ${from.name} know nothing of what runs in ${to.name}: no request goes there, and no failover`,
        fix:
          `${kubectl(from)} -n ${ISTIO_NAMESPACE} logs deployment/${istiodName(config)} | grep ${to.name}; ` +
          `it has to reach ${to.server} from its pods: authorized networks and global access of ${to.name}. ` +
          // A kubeconfig that is as it was before a bad one is taken for known, and the cluster stays closed.
          `If that is so and it stays closed: ${kubectl(from)} -n ${ISTIO_NAMESPACE} rollout restart deployment ${istiodName(config)}`,
        needs: [
          istiod,
          ...["remote-secret", "remote-token", "remote-rights"].map((id) => keyOf({ id, ...scope })),
        ],
        ask: () => synchronized(from, to),
      },
      {
        id: "network-gateways",
        ...scope,
        title: "istiod knows the way there",
        breaks: `requests from ${from.name} to ${to.name} have no way in, and fail with 503`,
        fix:
          `the Service of the gateway needs its address and the label ${NETWORK_LABEL}=${to.network}: ` +
          `${kubectl(to)} -n ${GATEWAY_NAMESPACE} get service ${EAST_WEST_GATEWAY} --show-labels`,
        needs: [
          synced,
          istiod,
          configured,
          keyOf({ id: "network", cluster: to.name }),
          keyOf({ id: "east-west-service", cluster: to.name }),
        ],
        ask: () => gateways(from, to),
      },
      {
        id: "endpoints",
        ...scope,
        title: "istiod knows its endpoints",
        breaks: `requests from ${from.name} do not reach all of ${workload.service} in ${to.name}`,
        fix: `${kubectl(to)} -n ${workload.namespace} get endpointslices; if they are right: ${kubectl(from)} -n ${ISTIO_NAMESPACE} rollout restart deployment ${istiodName(config)}`,
        needs: [
          synced,
          istiod,
          configured,
          keyOf({ id: "network", cluster: to.name }),
          keyOf({ id: workload.check, cluster: to.name }),
        ],
        ask: () => spanning(from, to, workload),
      },
    ];
  });
}

/** A Service that exists in every cluster. */
interface SpanningWorkload {
  service: string;
  namespace: string;
  app: string;
  /** The check that its pods run. */
  check: string;
}

function spanningWorkload({ config: { verifyNamespace } }: Mesh): SpanningWorkload {
  return verifyNamespace
    ? { service: "verify", namespace: verifyNamespace, app: "verify", check: "verify-pods" }
    : {
        service: INGRESS_GATEWAY,
        namespace: GATEWAY_NAMESPACE,
        app: INGRESS_GATEWAY,
        check: "ingress-gateway",
      };
}

async function synchronized(from: MeshCluster, to: MeshCluster): Promise<Finding> {
  const { problems, count: istiods } = await problemsOfIstiods(from, async (istiod) =>
    syncProblems(await istiod.clusters(), to.name),
  );
  return verdict(problems, `${to.name} is synced on ${count(istiods, "istiod")}`);
}

export function syncProblems(states: ClusterState[], name: string): string[] {
  const state = states.find(({ id }) => id === name);
  if (!state) {
    return [`does not know ${name} (no remote secret, or one that it cannot read)`];
  }
  return state.syncStatus === "synced" ? [] : [`${name} is ${state.syncStatus}`];
}

/** The way into a cluster's network. */
export interface ExpectedGateway {
  cluster: string;
  network: string;
  address: string | undefined;
}

async function gateways(from: MeshCluster, to: MeshCluster): Promise<Finding> {
  const address = addressOf(await eastWestService(to));
  const { problems } = await problemsOfIstiods(from, async (istiod) =>
    gatewayProblems(await istiod.networkGateways(), { cluster: to.name, network: to.network, address }),
  );
  return verdict(problems, `network ${to.network} by ${address}:${EAST_WEST_PORT}`);
}

export function gatewayProblems(
  known: NetworkGateway[],
  { cluster, network, address }: ExpectedGateway,
): string[] {
  const own = known.filter((one) => one.Cluster === cluster && one.Network === network);
  if (own.length === 0) {
    return [`knows no gateway to network ${network} of ${cluster}`];
  }
  const found = own.map(({ Addr, Port }) => `${Addr}:${Port}`).join(", ");
  return own.every(({ Addr, Port }) => Addr === address && Port === EAST_WEST_PORT)
    ? []
    : [`goes to network ${network} by ${found}; the gateway there is ${address}:${EAST_WEST_PORT}`];
}

/** What runs in a cluster, and in which network. */
export interface ExpectedEndpoints {
  cluster: string;
  network: string;
  addresses: string[];
}

async function spanning(
  from: MeshCluster,
  to: MeshCluster,
  { service, namespace, app }: SpanningWorkload,
): Promise<Finding> {
  const pods = (await podsOf(to, namespace, { app })).filter(isReady);
  const addresses = pods.flatMap((pod) => textAt(pod, "status.podIP") ?? []);
  const { problems } = await problemsOfIstiods(from, async (istiod) =>
    endpointProblems(await istiod.endpoints(`${service}.${namespace}.svc.cluster.local`, namespace), {
      cluster: to.name,
      network: to.network,
      addresses,
    }),
  );
  return verdict(problems, `${service}.${namespace}: ${addresses.length} in ${to.name}`);
}

export function endpointProblems(
  shards: Record<string, Endpoint[]>,
  { cluster, network, addresses }: ExpectedEndpoints,
): string[] {
  const own = shards[cluster] ?? [];
  const known = own.flatMap(({ Addresses, Address }) => Addresses ?? Address ?? []);
  const problems = addresses.length === 0 ? [`no ready pod runs in ${cluster}`] : [];
  const missing = addresses.filter((address) => !known.includes(address));
  const gone = known.filter((address) => !addresses.includes(address));
  if (missing.length > 0) {
    problems.push(`does not know ${missing.join(", ")} of ${cluster}`);
  }
  if (gone.length > 0) {
    problems.push(`still knows ${gone.join(", ")} of ${cluster}, which is no ready pod`);
  }
  const elsewhere = own.find(({ Network }) => Network !== network);
  if (elsewhere) {
    problems.push(
      `takes an endpoint of ${cluster} to be in network "${elsewhere.Network ?? ""}", not ${network}`,
    );
  }
  return problems;
}
