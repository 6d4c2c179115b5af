import { createPrivateKey } from "node:crypto";
import { contains, parseRange } from "../google/cidr";
import { keys } from "../google/controllers/annotations";
import { listAt, numberAt, objectAt, textAt, textsAt } from "../google/properties";
import type { ApiObject } from "../kubernetes/client";
import { certificatesIn, dayOf, decoded } from "./chain";
import { verdict, type Finding, type Question } from "./check";
import {
  annotationOf,
  type CheckedCluster,
  type CheckedMesh,
  EAST_WEST_GATEWAY,
  GATEWAY_NAMESPACE,
  INGRESS_GATEWAY,
  isReady,
  podsOf,
} from "./mesh";

/** Who can reach the gateways, and what they answer. */
export function gatewayQuestions({ clusters, settings }: CheckedMesh): Question[] {
  return clusters.flatMap((cluster): Question[] => [
    {
      id: "east-west-service",
      cluster: cluster.name,
      title: "East-west is internal",
      ask: () => eastWest(cluster, clusters, settings.externalEastWest),
    },
    {
      id: "ingress-service",
      cluster: cluster.name,
      title: "Ingress is not exposed",
      ask: () => ingress(cluster),
    },
    {
      id: "gateways",
      cluster: cluster.name,
      title: "Gateways are configured",
      ask: () => configured(cluster),
    },
  ]);
}

async function eastWest(
  { client, nodeCidr }: CheckedCluster,
  clusters: CheckedCluster[],
  external: boolean,
): Promise<Finding> {
  const service = await client.get("v1", "Service", EAST_WEST_GATEWAY, GATEWAY_NAMESPACE);
  if (!service) {
    return { ok: false, detail: `there is no Service ${GATEWAY_NAMESPACE}/${EAST_WEST_GATEWAY}` };
  }
  const problems = [
    ...sourceProblems(service, external ? [] : clusters.map(({ podCidr }) => podCidr)),
    ...(external ? [] : internalProblems(service, nodeCidr)),
  ];
  const address = textAt(service, "status.loadBalancer.ingress.0.ip");
  const ports = listAt(service, "spec.ports").map(({ port }) => String(port));
  const sources = textsAt(service, "spec.loadBalancerSourceRanges").join(", ");
  return verdict(problems, `${address} of ${nodeCidr}, ports ${ports.join(", ")}, from ${sources}`);
}

export function internalProblems(service: ApiObject, subnet: string): string[] {
  const address = textAt(service, "status.loadBalancer.ingress.0.ip");
  const problems: string[] = [];
  if (address === undefined) {
    problems.push("it has no address");
  } else if (!contains(subnet, address)) {
    problems.push(`${address} is not of the subnet ${subnet}`);
  }
  if (annotationOf(service, keys.loadBalancerType) !== "Internal") {
    problems.push(`it lacks the annotation ${keys.loadBalancerType}: Internal`);
  }
  if (annotationOf(service, keys.globalAccess) !== "true") {
    problems.push(`without the annotation ${keys.globalAccess} other regions cannot reach it`);
  }
  return problems;
}

/** @param callers ranges that have to be admitted */
export function sourceProblems(service: ApiObject, callers: string[]): string[] {
  const ranges = textsAt(service, "spec.loadBalancerSourceRanges");
  if (ranges.length === 0 || ranges.some((range) => parseRange(range)?.bits === 0)) {
    return ["its load balancer admits the world: loadBalancerSourceRanges"];
  }
  return callers
    .filter((caller) => !ranges.some((range) => encloses(range, caller)))
    .map((caller) => `its load balancer does not admit the pods in ${caller}`);
}

function encloses(outer: string, inner: string): boolean {
  const [large, small] = [parseRange(outer), parseRange(inner)];
  return !!large && !!small && large.first <= small.first && small.last <= large.last;
}

async function ingress({ client }: CheckedCluster): Promise<Finding> {
  const service = await client.get("v1", "Service", INGRESS_GATEWAY, GATEWAY_NAMESPACE);
  if (!service) {
    return { ok: false, detail: `there is no Service ${GATEWAY_NAMESPACE}/${INGRESS_GATEWAY}` };
  }
  const type = textAt(service, "spec.type");
  const problems =
    type === "ClusterIP" ? [] : [`its Service is of type ${type}: a way in past the global load balancer`];
  const others = (await client.list("v1", "Service")).filter(
    (one) => textAt(one, "spec.type") !== "ClusterIP" && one.metadata.name !== EAST_WEST_GATEWAY,
  );
  problems.push(
    ...others
      .filter(({ metadata }) => metadata.name !== INGRESS_GATEWAY)
      .map(
        (one) =>
          `Service ${one.metadata.namespace}/${one.metadata.name} is of type ${textAt(one, "spec.type")}`,
      ),
  );
  return verdict(problems, "a ClusterIP; the east-west gateway's is the only load balancer");
}

/** Each Gateway object: its pods are there, and its certificate. Between them they do both jobs. */
async function configured({ client }: CheckedCluster): Promise<Finding> {
  const objects = await client.list("networking.istio.io/v1beta1", "Gateway", {
    namespace: GATEWAY_NAMESPACE,
  });
  const found = await Promise.all(
    objects.map(async (gateway) => {
      const selector = objectAt(gateway, "spec.selector") as Record<string, string>;
      const ready = (await podsOf(client, GATEWAY_NAMESPACE, selector)).filter(isReady);
      const secrets = await Promise.all(
        listAt(gateway, "spec.servers")
          .flatMap((server) => textAt(server, "tls.credentialName") ?? [])
          .map(async (name) => ({ name, secret: await client.get("v1", "Secret", name, GATEWAY_NAMESPACE) })),
      );
      const problems = secrets.flatMap(({ name, secret }) => credentialProblems(name, secret));
      if (ready.length === 0) {
        problems.push(`Gateway ${gateway.metadata.name} selects no ready pod`);
      }
      return problems;
    }),
  );
  const problems = found.flat();
  if (!objects.some(isCrossNetwork)) {
    problems.push("no Gateway passes *.local through on port 15443 (AUTO_PASSTHROUGH)");
  }
  if (!objects.some(isEdge)) {
    problems.push(
      "no Gateway answers any host (*) on port 443 with HTTPS, which is what the load balancer needs",
    );
  }
  const names = objects.map(({ metadata }) => metadata.name).sort();
  return verdict(problems, `${names.join(", ")}: pods ready, certificates there`);
}

function isCrossNetwork(gateway: ApiObject): boolean {
  return listAt(gateway, "spec.servers").some(
    (server) =>
      numberAt(server, "port.number") === 15443 &&
      textAt(server, "tls.mode") === "AUTO_PASSTHROUGH" &&
      textsAt(server, "hosts").some((host) => host.endsWith("*.local")),
  );
}

/** The load balancer sends no server name: only a Gateway for every host answers it. */
function isEdge(gateway: ApiObject): boolean {
  return listAt(gateway, "spec.servers").some(
    (server) =>
      numberAt(server, "port.number") === 443 &&
      textAt(server, "port.protocol") === "HTTPS" &&
      textsAt(server, "hosts").includes("*"),
  );
}

export function credentialProblems(name: string, secret: ApiObject | undefined, now = new Date()): string[] {
  if (!secret) {
    return [`Secret ${name} is not there`];
  }
  const { "tls.crt": pem = "", "tls.key": key = "" } = decoded(secret.data);
  const [certificate] = certificatesIn(pem);
  if (!certificate || !key) {
    return [`Secret ${name} lacks tls.crt or tls.key`];
  }
  if (now > new Date(certificate.validTo)) {
    return [`the certificate in Secret ${name} was valid until ${dayOf(certificate.validTo)}`];
  }
  return certificate.checkPrivateKey(createPrivateKey(key))
    ? []
    : [`Secret ${name}: tls.key is not the key of tls.crt`];
}
