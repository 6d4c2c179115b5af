import type { X509Certificate } from "node:crypto";
import type { MeshSummary } from "../components/config/summary";
import type { Api } from "./cluster/client";
import { type KubernetesObject, isReady, labelOf, textAt } from "./objects";

export const ISTIO_NAMESPACE = "istio-system";
export const OPERATOR_NAMESPACE = "istio-operator";
export const GATEWAY_NAMESPACE = "istio-gateways";
export const EAST_WEST_GATEWAY = "istio-eastwestgateway";
export const INGRESS_GATEWAY = "istio-ingressgateway";
/** Of the ingress gateways' pods: the global load balancer comes there, by HTTPS. */
export const INGRESS_PORT = 8443;
/** Name of what exists once per cluster or mesh for the global load balancer. */
export const EDGE = "edge";
/** The label by which istiod knows the network of what is in a namespace, and of a gateway. */
export const NETWORK_LABEL = "topology.istio.io/network";

/** A cluster that checks are asked of. */
export interface MeshCluster {
  name: string;
  /** The stack that owns it. */
  stack: string;
  region: string;
  /** Its Istio network, as configured. */
  network: string;
  /** `https://` and the address at which the other clusters' pods reach its API server. */
  server: string;
  /** Base64 of PEM. */
  certificateAuthority: string;
  /** As whoever runs the checks. */
  api: Api;
}

/** What checks are asked of. */
export interface Mesh {
  /** As configured. */
  config: MeshSummary;
  clusters: MeshCluster[];
  /** Undefined where the stack of the home cluster is not among those that are asked. */
  address?: string;
  root?: X509Certificate;
  now: Date;
  /** Whether pods may be made, to send requests from inside the clusters. */
  pods: boolean;
  /** Seconds that an answer may take. */
  timeout: number;
}

/** Ordered pairs of clusters: who looks, and at whom. */
export function pairsOf({ clusters }: Mesh): { from: MeshCluster; to: MeshCluster }[] {
  return clusters.flatMap((from) => clusters.filter((to) => to !== from).map((to) => ({ from, to })));
}

export function configCluster({ clusters, config }: Mesh): MeshCluster | undefined {
  return clusters.find(({ name }) => name === config.configCluster);
}

/** Name of istiod's Service and Deployment. */
export function istiodName({ revision }: MeshSummary): string {
  return revision && revision !== "default" ? `istiod-${revision}` : "istiod";
}

/** Name of the ConfigMap with istiod's own configuration. */
export function meshConfigMap(config: MeshSummary): string {
  return istiodName(config).replace(/^istiod/, "istio");
}

/** The IstioOperators of the mesh's revision: others are another operator's. */
export async function istioOperators(
  { api }: MeshCluster,
  { revision }: MeshSummary,
): Promise<KubernetesObject[]> {
  const all = await api.list("install.istio.io/v1alpha1", "IstioOperator", { namespace: ISTIO_NAMESPACE });
  return all.filter((one) => (textAt(one, "spec.revision") ?? "default") === revision);
}

/** Pods that stay: those that are being deleted do not count. */
export async function podsOf(
  { api }: MeshCluster,
  namespace: string,
  labels: Record<string, string>,
): Promise<KubernetesObject[]> {
  const labelSelector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const pods = await api.list("v1", "Pod", { namespace, labelSelector });
  return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** @throws when none is ready. */
export async function readyIstiods(cluster: MeshCluster): Promise<KubernetesObject[]> {
  const pods = (await podsOf(cluster, ISTIO_NAMESPACE, { app: "istiod" })).filter(isReady);
  if (pods.length === 0) {
    throw new Error(`no istiod of ${cluster.name} is ready`);
  }
  return pods;
}

/** The east-west gateway's Service. @throws when there is none */
export async function eastWestService({ api, name }: MeshCluster): Promise<KubernetesObject> {
  const service = await api.get("v1", "Service", EAST_WEST_GATEWAY, GATEWAY_NAMESPACE);
  if (!service) {
    throw new Error(`${name} has no Service ${GATEWAY_NAMESPACE}/${EAST_WEST_GATEWAY}`);
  }
  return service;
}

export function addressOf(service: KubernetesObject | undefined): string | undefined {
  return (
    textAt(service, "status.loadBalancer.ingress.0.ip") ??
    textAt(service, "status.loadBalancer.ingress.0.hostname")
  );
}

/** The network that a cluster's istiod takes it to be in. */
export async function labelledNetwork({ api }: MeshCluster): Promise<string | undefined> {
  return labelOf(await api.get("v1", "Namespace", ISTIO_NAMESPACE), NETWORK_LABEL);
}

/** For commands that people copy. */
export function kubectl({ name }: Pick<MeshCluster, "name">): string {
  return `kubectl --context ${name}`;
}

/** Puts back what a stack made and somebody else changed. */
export function putBack({ stack }: Pick<MeshCluster, "stack">): string {
  return `pulumi up --refresh -s ${stack}`;
}

/** Starts the pods of one Deployment of a namespace anew, or those of all. */
export function restart(cluster: Pick<MeshCluster, "name">, namespace: string, deployment?: string): string {
  return [`${kubectl(cluster)} -n ${namespace} rollout restart deployment`, deployment]
    .filter(Boolean)
    .join(" ");
}

/** Starts everything anew that has a certificate of the mesh: istiod last read its own when it started, and proxies hold theirs for a day. */
export function restartAll(
  cluster: Pick<MeshCluster, "name">,
  { verifyNamespace }: Pick<MeshSummary, "verifyNamespace">,
): string {
  const namespaces = [ISTIO_NAMESPACE, GATEWAY_NAMESPACE, ...(verifyNamespace ? [verifyNamespace] : [])];
  return `${namespaces.map((namespace) => restart(cluster, namespace)).join("; ")}; and your own workloads`;
}

/** Has the operator look at everything that it made, and make what is not there. */
export function restartOperator(
  cluster: Pick<MeshCluster, "name">,
  { revision }: Pick<MeshSummary, "revision">,
): string {
  return restart(cluster, OPERATOR_NAMESPACE, `istio-operator-${revision}`);
}

/** The operator leaves hand-made changes of what it made alone, and makes it again when it is deleted. */
export function makeAgain(
  cluster: Pick<MeshCluster, "name">,
  kind: string,
  { metadata: { namespace = "", name } }: Pick<KubernetesObject, "metadata">,
): string {
  return `${kubectl(cluster)} -n ${namespace} delete ${kind} ${name}`;
}

/** One advice of several; undefined where there is none. */
export function joined(advice: string[]): string | undefined {
  return [...new Set(advice.filter(Boolean))].join("; ") || undefined;
}

const OWNER = "install.operator.istio.io/owning-resource";

/** Whether the operator made it. */
export function isOperators(object: KubernetesObject): boolean {
  return labelOf(object, OWNER) !== undefined;
}

/** The stack that made the link between two clusters: of the two, the one that came later. */
export function putLinkBack(one: MeshCluster, two: MeshCluster, { homeCluster }: MeshSummary): string {
  const later = one.name === homeCluster ? two : two.name === homeCluster ? one : undefined;
  return later || one.stack === two.stack
    ? putBack(later ?? one)
    : `${putBack(one)} (or ${two.stack}: the stack that came later made the link)`;
}
