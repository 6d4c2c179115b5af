import type { BackendHealth, Cloud } from "../google/controllers";
import type { IngressState } from "../google/controllers/multiClusterIngress";
import { cloudOf } from "../google/projectCloud";
import { listAt, textAt } from "../google/properties";
import type { Rehearsal } from "../host";
import type { IstioPlayer } from "../istio/player";
import type { PodProcess } from "../istio/podProcess";
import type { ApiClient, ApiObject } from "../kubernetes/client";
import { layout } from "../layout";
import { messageOf } from "./check";
import { readSettings, type Settings } from "./settings";

export const ISTIO_NAMESPACE = "istio-system";
export const GATEWAY_NAMESPACE = "istio-gateways";
export const EAST_WEST_GATEWAY = "istio-eastwestgateway";
export const INGRESS_GATEWAY = "istio-ingressgateway";

/** A cluster that checks are asked of. */
export interface CheckedCluster {
  name: string;
  /** As administrator. */
  client: ApiClient;
  player: IstioPlayer;
  kubeconfigPath: string;
  /** HTTPS_PROXY of its pods: the network as they see it. */
  proxy: string;
  privateEndpoint: string;
  /** Ranges in CIDR notation. */
  nodeCidr: string;
  podCidr: string;
}

/** What checks are asked of. */
export interface CheckedMesh {
  clusters: CheckedCluster[];
  settings: Settings;
  cloud: Cloud;
  /** Environment of a person who works on the project. */
  env: Record<string, string>;
  backends(): Promise<BackendHealth[]>;
  ingresses(): IngressState[];
}

export interface CheckOptions {
  /** Names of the stacks that are up. */
  stacks: string[];
  /** As `rehearsal.environment()` gives it. */
  env: Record<string, string>;
}

export async function meshOf(rehearsal: Rehearsal, { stacks, env }: CheckOptions): Promise<CheckedMesh> {
  const clusters = rehearsal.network.routes().map(async (route): Promise<CheckedCluster[]> => {
    const running = rehearsal.clusters.get(route.name);
    if (!running) {
      return [];
    }
    const { plane, player } = running;
    const { client, kubeconfigPath } = plane;
    return [
      { ...route, client, player, kubeconfigPath, proxy: await rehearsal.network.proxyFor(route.name) },
    ];
  });
  return {
    clusters: (await Promise.all(clusters)).flat(),
    settings: readSettings(layout.program, stacks),
    cloud: cloudOf(rehearsal.project),
    env,
    backends: () => rehearsal.backends(),
    ingresses: () => rehearsal.ingresses(),
  };
}

/** The cluster's Istio network. @throws when its namespace names none. */
export async function networkOf({ name, client }: CheckedCluster): Promise<string> {
  const namespace = await client.get("v1", "Namespace", ISTIO_NAMESPACE);
  const network = labelOf(namespace, "topology.istio.io/network");
  if (!network) {
    throw new Error(`namespace ${ISTIO_NAMESPACE} of ${name} has no label topology.istio.io/network`);
  }
  return network;
}

export function istioOperators({ client }: CheckedCluster): Promise<ApiObject[]> {
  return client.list("install.istio.io/v1alpha1", "IstioOperator", { namespace: ISTIO_NAMESPACE });
}

/** The revision that the cluster's IstioOperator resources install. @throws when there are none. */
export async function revisionOf(cluster: CheckedCluster): Promise<string> {
  const revision = (await istioOperators(cluster)).map((one) => textAt(one, "spec.revision")).find(Boolean);
  if (!revision) {
    throw new Error(`no IstioOperator resource of ${cluster.name} names a revision`);
  }
  return revision;
}

/** Asks each ready istiod of the cluster; the problems of all, each with the pod's name. @throws when none is ready. */
export async function problemsOfIstiods(
  { name, player }: CheckedCluster,
  ask: (istiod: PodProcess) => Promise<string[]>,
): Promise<{ problems: string[]; count: number }> {
  const ready = player.istiods.filter((istiod) => istiod.ready);
  if (ready.length === 0) {
    throw new Error(`no istiod of ${name} is ready`);
  }
  const problems = ready.map(async (istiod) => {
    const found = await ask(istiod).catch((error: unknown) => [messageOf(error)]);
    return found.map((problem) => `${istiod.pod.metadata.name}: ${problem}`);
  });
  return { problems: (await Promise.all(problems)).flat(), count: ready.length };
}

/** `2 istiods`, `1 pod`, `no pods` */
export function count(number: number, noun: string): string {
  return `${number === 0 ? "no" : number} ${noun}${number === 1 ? "" : "s"}`;
}

export function labelOf(object: ApiObject | undefined, key: string): string | undefined {
  return (object?.metadata.labels as Record<string, string> | undefined)?.[key];
}

export function annotationOf(object: ApiObject | undefined, key: string): string | undefined {
  return (object?.metadata.annotations as Record<string, string> | undefined)?.[key];
}

export function isReady(pod: ApiObject): boolean {
  return listAt(pod, "status.conditions").some(({ type, status }) => type === "Ready" && status === "True");
}

/** Pods that stay: those that are being deleted do not count. */
export async function podsOf(
  client: ApiClient,
  namespace: string,
  labels: Record<string, string>,
): Promise<ApiObject[]> {
  const labelSelector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const pods = await client.list("v1", "Pod", { namespace, labelSelector });
  return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** The east-west gateway's address as its load balancer has it. */
export async function eastWestAddress({ client }: CheckedCluster): Promise<string | undefined> {
  const service = await client.get("v1", "Service", EAST_WEST_GATEWAY, GATEWAY_NAMESPACE);
  return textAt(service, "status.loadBalancer.ingress.0.ip");
}
