import { createPrivateKey, type X509Certificate } from "node:crypto";
import { failed, type Finding, keyOf, type Question, verdict } from "../check";
import {
  addressOf,
  EAST_WEST_GATEWAY,
  EDGE,
  GATEWAY_NAMESPACE,
  INGRESS_GATEWAY,
  kubectl,
  makeAgain,
  type Mesh,
  type MeshCluster,
  NETWORK_LABEL,
  podsOf,
  putBack,
} from "../mesh";
import {
  annotationOf,
  decoded,
  isReady,
  type KubernetesObject,
  labelOf,
  listAt,
  nameOf,
  numberAt,
  objectAt,
  textAt,
  textsAt,
} from "../objects";
import { encloses, isEverything, isPrivate } from "../ranges";
import { certificatesIn, dayOf, validityProblems } from "./chain";
import { EAST_WEST_PORT } from "./links";

const LEAST_DAYS = 14;

/** Who can reach the gateways, and what they answer. */
export function gatewayQuestions(mesh: Mesh): Question[] {
  return mesh.clusters.flatMap((cluster): Question[] => {
    const { name } = cluster;
    const k = kubectl(cluster);
    const service = `${k} -n ${GATEWAY_NAMESPACE} describe service ${EAST_WEST_GATEWAY}`;
    const again = (service: string) =>
      `the operator makes it again: ${makeAgain(cluster, "service", { metadata: { name: service, namespace: GATEWAY_NAMESPACE } })}`;
    return [
      {
        id: "east-west-service",
        cluster: name,
        title: "East-west is reachable inside",
        breaks: `requests from other clusters do not get into ${name}, or somebody outside of the mesh does`,
        fix: `${service}; ${again(EAST_WEST_GATEWAY)}; its values: mesh.eastWest`,
        ask: () => eastWest(cluster, mesh),
      },
      {
        id: "cross-network-gateway",
        cluster: name,
        title: "East-west passes through",
        breaks: `requests from other clusters are refused at the gateway of ${name}`,
        fix: putBack(cluster),
        needs: [keyOf({ id: "east-west-gateway", cluster: name })],
        ask: () => crossNetwork(cluster),
      },
      {
        id: "ingress-service",
        cluster: name,
        title: "Ingress is not exposed",
        breaks: "requests get in past the global load balancer: without its TLS, redirect and Cloud Armor",
        fix: `${again(INGRESS_GATEWAY)}; it has to be of type ClusterIP`,
        ask: () => ingress(cluster),
      },
      {
        id: "edge-gateway",
        cluster: name,
        title: "Ingress answers every host",
        breaks: `the global load balancer gets 502 from ${name}: it sends no server name`,
        fix: `${putBack(cluster)}; hosts of your own go into VirtualServices with gateways: [${GATEWAY_NAMESPACE}/${EDGE}]`,
        ask: () => edge(cluster),
      },
      {
        id: "origin-certificate",
        cluster: name,
        title: "Ingress has its certificate",
        breaks: `the ingress gateway of ${name} cannot serve TLS: the global load balancer gets 502`,
        fix: putBack(cluster),
        needs: [keyOf({ id: "edge-gateway", cluster: name })],
        ask: () => credentials(cluster, mesh.now),
      },
    ];
  });
}

async function eastWest(cluster: MeshCluster, { config, clusters }: Mesh): Promise<Finding> {
  const service = await cluster.api.get("v1", "Service", EAST_WEST_GATEWAY, GATEWAY_NAMESPACE);
  if (!service) {
    return failed(`there is no Service ${GATEWAY_NAMESPACE}/${EAST_WEST_GATEWAY}`);
  }
  const internal = config.eastWestAccess === "internal";
  const problems = [
    ...serviceProblems(service, cluster.network),
    ...(internal ? internalProblems(service) : []),
    // Clusters with ranges of their own are outside of the supernet, and have rules of their own.
    ...sourceProblems(service, internal && clusters.length > 1 ? [config.cidr] : []),
  ];
  const ports = listAt(service, "spec.ports").map(({ port }) => String(port));
  const sources = textsAt(service, "spec.loadBalancerSourceRanges").join(", ");
  return verdict(problems, `${addressOf(service)}, ports ${ports.join(", ")}, from ${sources}`);
}

export function serviceProblems(service: KubernetesObject, network: string): string[] {
  const port = listAt(service, "spec.ports").find((one) => one.port === EAST_WEST_PORT);
  const label = labelOf(service, NETWORK_LABEL);
  return [
    ...(addressOf(service) ? [] : ["it has no address"]),
    ...(port && port.targetPort === EAST_WEST_PORT
      ? []
      : [`it does not lead port ${EAST_WEST_PORT} to ${EAST_WEST_PORT} of its pods`]),
    ...(label === network ? [] : [`its label ${NETWORK_LABEL} is ${label ?? "missing"}, not ${network}`]),
  ];
}

const INTERNAL = ["networking.gke.io/load-balancer-type", "cloud.google.com/load-balancer-type"];
const GLOBAL_ACCESS = "networking.gke.io/internal-load-balancer-allow-global-access";

export function internalProblems(service: KubernetesObject): string[] {
  const address = addressOf(service);
  return [
    ...(address === undefined || isPrivate(address) ? [] : [`${address} is a public address`]),
    ...(INTERNAL.some((key) => annotationOf(service, key)?.toLowerCase() === "internal")
      ? []
      : [`it lacks the annotation ${INTERNAL[0]}: Internal`]),
    ...(annotationOf(service, GLOBAL_ACCESS) === "true"
      ? []
      : [`without the annotation ${GLOBAL_ACCESS} other regions cannot reach it`]),
  ];
}

/** @param callers ranges that have to be admitted */
export function sourceProblems(service: KubernetesObject, callers: string[]): string[] {
  const ranges = textsAt(service, "spec.loadBalancerSourceRanges");
  if (ranges.length === 0 || ranges.some(isEverything)) {
    return ["its load balancer admits the world: loadBalancerSourceRanges"];
  }
  return callers
    .filter((caller) => !ranges.some((range) => encloses(range, caller)))
    .map((caller) => `its load balancer does not admit the pods in ${caller}`);
}

async function crossNetwork(cluster: MeshCluster): Promise<Finding> {
  const gateways = (await gatewaysOf(cluster)).filter(isCrossNetwork);
  const problems = await selectionProblems(cluster, gateways);
  if (gateways.length === 0) {
    problems.push(`no Gateway passes *.local through on port ${EAST_WEST_PORT} (AUTO_PASSTHROUGH)`);
  }
  return verdict(problems, `${gateways.map(nameOf).join(", ")}: *.local on ${EAST_WEST_PORT}`);
}

async function edge(cluster: MeshCluster): Promise<Finding> {
  const gateways = (await gatewaysOf(cluster)).filter(isEdge);
  const problems = await selectionProblems(cluster, gateways);
  if (gateways.length === 0) {
    problems.push("no Gateway answers any host (*) on port 443 with HTTPS");
  }
  return verdict(problems, `${gateways.map(nameOf).join(", ")}: * on 443`);
}

function gatewaysOf({ api }: MeshCluster): Promise<KubernetesObject[]> {
  return api.list("networking.istio.io/v1beta1", "Gateway", { namespace: GATEWAY_NAMESPACE });
}

async function selectionProblems(cluster: MeshCluster, gateways: KubernetesObject[]): Promise<string[]> {
  const problems = gateways.map(async (gateway) => {
    const selector = objectAt(gateway, "spec.selector") as Record<string, string>;
    const ready = (await podsOf(cluster, GATEWAY_NAMESPACE, selector)).filter(isReady);
    return ready.length > 0 ? [] : [`Gateway ${nameOf(gateway)} selects no ready pod`];
  });
  return (await Promise.all(problems)).flat();
}

export function isCrossNetwork(gateway: KubernetesObject): boolean {
  return listAt(gateway, "spec.servers").some(
    (server) =>
      numberAt(server, "port.number") === EAST_WEST_PORT &&
      textAt(server, "tls.mode") === "AUTO_PASSTHROUGH" &&
      textsAt(server, "hosts").some((host) => host.endsWith("*.local")),
  );
}

/** The load balancer sends no server name: only a Gateway for every host answers it. */
export function isEdge(gateway: KubernetesObject): boolean {
  return listAt(gateway, "spec.servers").some(
    (server) =>
      numberAt(server, "port.number") === 443 &&
      textAt(server, "port.protocol") === "HTTPS" &&
      textsAt(server, "hosts").includes("*"),
  );
}

async function ingress({ api }: MeshCluster): Promise<Finding> {
  const services = await api.list("v1", "Service", { namespace: GATEWAY_NAMESPACE });
  if (!services.some(({ metadata }) => metadata.name === INGRESS_GATEWAY)) {
    return failed(`there is no Service ${GATEWAY_NAMESPACE}/${INGRESS_GATEWAY}`);
  }
  return verdict(exposureProblems(services), "a ClusterIP, reached by its endpoint groups only");
}

/** @param services of the gateways' namespace. */
export function exposureProblems(services: KubernetesObject[]): string[] {
  return services
    .filter((one) => one.metadata.name !== EAST_WEST_GATEWAY && textAt(one, "spec.type") !== "ClusterIP")
    .filter((one) => textAt(one, "spec.selector.app") !== EAST_WEST_GATEWAY)
    .map((one) => `Service ${nameOf(one)} is of type ${textAt(one, "spec.type")}`);
}

async function credentials(cluster: MeshCluster, now: Date): Promise<Finding> {
  const names = (await gatewaysOf(cluster))
    .flatMap((gateway) => listAt(gateway, "spec.servers"))
    .flatMap((server) => textAt(server, "tls.credentialName") ?? []);
  const found = await Promise.all(
    [...new Set(names)].map(async (name) =>
      credentialProblems(name, await cluster.api.get("v1", "Secret", name, GATEWAY_NAMESPACE), now),
    ),
  );
  return verdict(found.flat(), `${names.join(", ")}: there, with its key`);
}

export function credentialProblems(name: string, secret: KubernetesObject | undefined, now: Date): string[] {
  if (!secret) {
    return [`Secret ${GATEWAY_NAMESPACE}/${name} is not there`];
  }
  const { "tls.crt": pem = "", "tls.key": key = "" } = decoded(secret);
  const [certificate] = certificatesIn(pem);
  if (!certificate || !key) {
    return [`Secret ${name} lacks tls.crt or tls.key`];
  }
  if (!isKeyOf(certificate, key)) {
    return [`Secret ${name}: tls.key is not the key of tls.crt`];
  }
  return validityProblems(`the certificate in Secret ${name}`, certificate, now, LEAST_DAYS);
}

function isKeyOf(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    // Not even a key.
    return false;
  }
}

/** When a Secret's certificate ends, for people. */
export function lastDay(secret: KubernetesObject | undefined): string {
  const [certificate] = certificatesIn(decoded(secret)["tls.crt"] ?? "");
  return certificate ? dayOf(certificate.validTo) : "?";
}
