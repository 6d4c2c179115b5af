import { contains } from "../google/cidr";
import { textAt } from "../google/properties";
import { clusters as clusterStates, endpoints, networkGateways } from "../istio/debug";
import type { ClusterState, Endpoint, NetworkGateway } from "../istio/debug";
import { verdict, type Finding, type Question } from "./check";
import {
  type CheckedCluster,
  type CheckedMesh,
  count,
  eastWestAddress,
  isReady,
  networkOf,
  podsOf,
  problemsOfIstiods,
} from "./mesh";

const EAST_WEST_PORT = 15443;

/** Each istiod knows the other clusters, the way there, and what runs there. */
export function linkQuestions({ clusters, settings }: CheckedMesh): Question[] {
  const { verifyNamespace, externalEastWest } = settings;
  return clusters.flatMap((cluster): Question[] => [
    {
      id: "istiod-synced",
      cluster: cluster.name,
      title: "istiod follows clusters",
      ask: () => synced(cluster, clusters),
    },
    {
      id: "network-gateways",
      cluster: cluster.name,
      title: "istiod knows gateways",
      ask: () => gateways(cluster, clusters, externalEastWest),
    },
    ...(verifyNamespace
      ? [
          {
            id: "endpoints",
            cluster: cluster.name,
            title: "Services span clusters",
            ask: () => spanning(cluster, clusters, verifyNamespace),
          },
        ]
      : []),
  ]);
}

async function synced(cluster: CheckedCluster, clusters: CheckedCluster[]): Promise<Finding> {
  const names = clusters.map(({ name }) => name);
  const { problems, count: istiods } = await problemsOfIstiods(cluster, async (istiod) =>
    syncProblems(await clusterStates(cluster.player, istiod), names),
  );
  return verdict(
    problems,
    `${count(istiods, "istiod")}: ${names.map((name) => `${name} synced`).join(", ")}`,
  );
}

export function syncProblems(states: ClusterState[], names: string[]): string[] {
  const missing = names.filter((name) => !states.some(({ id }) => id === name));
  return [
    ...missing.map((name) => `does not know ${name} (no remote secret, or one that it cannot read)`),
    ...states
      .filter(({ syncStatus }) => syncStatus !== "synced")
      .map(({ id, syncStatus }) => `${id} is ${syncStatus}`),
    ...states
      .filter(({ id }) => !names.includes(id))
      .map(({ id }) => `follows ${id}, which is not of the mesh`),
  ];
}

/** The way into a cluster's network. */
export interface ExpectedGateway {
  cluster: string;
  network: string;
  address: string | undefined;
  /** Range that the address has to lie in, when it has to be an internal one. */
  range?: string;
}

async function gateways(
  cluster: CheckedCluster,
  clusters: CheckedCluster[],
  external: boolean,
): Promise<Finding> {
  const expected = await Promise.all(
    clusters.map(async (one): Promise<ExpectedGateway> => ({
      cluster: one.name,
      network: await networkOf(one),
      address: await eastWestAddress(one),
      ...(external ? {} : { range: one.nodeCidr }),
    })),
  );
  const { problems } = await problemsOfIstiods(cluster, async (istiod) =>
    gatewayProblems(await networkGateways(cluster.player, istiod), expected),
  );
  const ways = expected.map(({ network, address }) => `${network} by ${address}:${EAST_WEST_PORT}`);
  return verdict(problems, ways.join(", "));
}

export function gatewayProblems(known: NetworkGateway[], expected: ExpectedGateway[]): string[] {
  const networks = expected.map(({ network }) => network);
  const problems =
    new Set(networks).size < networks.length
      ? [`two clusters have the same network: ${networks.join(", ")}`]
      : [];
  for (const { cluster, network, address, range } of expected) {
    const own = known.filter((one) => one.Cluster === cluster && one.Network === network);
    const found = own.map(({ Addr, Port }) => `${Addr}:${Port}`).join(", ");
    if (address === undefined) {
      problems.push(`the east-west gateway of ${cluster} has no address`);
    } else if (range !== undefined && !contains(range, address)) {
      problems.push(
        `the east-west gateway of ${cluster} has ${address}, which is not of its subnet ${range}`,
      );
    }
    if (own.length === 0) {
      problems.push(`knows no gateway to network ${network} of ${cluster}`);
    } else if (
      address !== undefined &&
      !own.every(({ Addr, Port }) => Addr === address && Port === EAST_WEST_PORT)
    ) {
      problems.push(
        `goes to network ${network} by ${found}; the gateway there is ${address}:${EAST_WEST_PORT}`,
      );
    }
  }
  return problems;
}

/** What runs in a cluster, and in which network. */
export interface ExpectedEndpoints {
  cluster: string;
  network: string;
  addresses: string[];
}

async function spanning(
  cluster: CheckedCluster,
  clusters: CheckedCluster[],
  namespace: string,
): Promise<Finding> {
  const service = `verify.${namespace}.svc.cluster.local`;
  const expected = await Promise.all(
    clusters.map(async (one): Promise<ExpectedEndpoints> => {
      const pods = (await podsOf(one.client, namespace, { app: "verify" })).filter(isReady);
      const addresses = pods.flatMap((pod) => textAt(pod, "status.podIP") ?? []);
      return { cluster: one.name, network: await networkOf(one), addresses };
    }),
  );
  const { problems } = await problemsOfIstiods(cluster, async (istiod) =>
    endpointProblems(await endpoints(cluster.player, service, namespace, istiod), expected),
  );
  const each = expected.map(({ cluster, addresses }) => `${addresses.length} in ${cluster}`);
  return verdict(problems, `verify.${namespace}: ${each.join(", ")}`);
}

export function endpointProblems(
  shards: Record<string, Endpoint[]>,
  expected: ExpectedEndpoints[],
): string[] {
  return expected.flatMap(({ cluster, network, addresses }) => {
    const own = shards[cluster] ?? [];
    const known = own.flatMap(({ Addresses, Address }) => Addresses ?? Address ?? []);
    const problems = addresses.length === 0 ? [`no ready pod of the verify workload runs in ${cluster}`] : [];
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
  });
}
