import type { X509Certificate } from "node:crypto";
import { failed, type Finding, keyOf, messageOf, type Question, unknown } from "../check";
import { probe } from "../cluster/probePod";
import {
  addressOf,
  configCluster,
  EAST_WEST_GATEWAY,
  eastWestService,
  GATEWAY_NAMESPACE,
  kubectl,
  type Mesh,
  type MeshCluster,
  pairsOf,
  podsOf,
  putBack,
} from "../mesh";
import { decoded, isReady, listAt, textAt } from "../objects";
import { type Answer, Unreachable, visit } from "../visit";
import {
  adviceFor,
  askedName,
  BETWEEN_EACH,
  conditionalPolicies,
  IN_EACH,
  statusFinding,
  workloadFinding,
} from "./answers";
import { certificatesIn } from "./chain";
import { ingressOf } from "./edge";
import { EAST_WEST_PORT } from "./links";

/** Requests that are really sent: to the global address from this machine, and between clusters from pods. */
export function trafficQuestions(mesh: Mesh): Question[] {
  return [...(mesh.address ? global(mesh, mesh.address) : []), ...between(mesh)];
}

function global(mesh: Mesh, address: string): Question[] {
  const name = configCluster(mesh)?.name ?? "";
  const each = (id: string) => mesh.clusters.map((cluster) => keyOf({ id, cluster: cluster.name }));
  const edge = ["ingress-address", "edge-certificate"].map((id) => keyOf({ id, cluster: name }));
  return [
    {
      id: "answers",
      cluster: "",
      title: "Every cluster answers",
      breaks: "users get errors, or the answers of one region only",
      fix:
        `502: firewall rule ${mesh.config.id}-global-load-balancer admits Google's proxies, ` +
        "docs/troubleshooting.md, The global address does not answer; one region only: mesh.locality, " +
        "or the way between the regions (istiod knows the way there)",
      needs: [
        ...edge,
        ...["health-check", "multi-cluster-service"].map((id) => keyOf({ id, cluster: name })),
        ...["backends", "ingress-answers", ...IN_EACH].flatMap(each),
        ...pairsOf(mesh).flatMap(({ from, to }) =>
          BETWEEN_EACH.map((id) => keyOf({ id, cluster: from.name, other: to.name })),
        ),
      ],
      timeouts: 4,
      ask: () => answers(mesh, address),
    },
    {
      id: "shown-certificate",
      cluster: "",
      title: "It shows its certificate",
      breaks: "browsers get another certificate than the mesh's, or an old one",
      fix: "Google takes some minutes for a new one; docs/troubleshooting.md, The global address does not answer",
      needs: edge,
      ask: () => shown(mesh, address),
    },
    {
      id: "redirect-answers",
      cluster: "",
      title: "Plain HTTP gets a redirect",
      breaks: "plain HTTP is answered, and can be read on the way",
      fix: "FrontendConfig: spec.redirectToHttps.enabled: true; Google takes some minutes",
      needs: [keyOf({ id: "redirect", cluster: name }), ...edge],
      ask: () => redirected(mesh, address),
    },
  ];
}

const REQUESTS = 20;

async function answers(mesh: Mesh, address: string): Promise<Finding> {
  const { clusters, config } = mesh;
  const host = askedName(mesh) ?? address;
  const found: Answer[] = [];
  try {
    for (let sent = 0; sent < REQUESTS; sent++) {
      found.push(await visit(address, { secure: true, host, timeout: mesh.timeout }));
    }
  } catch (error) {
    return unreached(address, 443, error);
  }
  return config.verifyNamespace
    ? workloadFinding(found, {
        clusters: clusters.map(({ name }) => name),
        near: config.locality,
        conditional: found.some(({ status }) => status === 403) ? await conditionalPolicies(mesh) : [],
        advice: adviceFor(found, clusters, config),
      })
    : statusFinding(found);
}

/** What the address shows is what the cluster's Secret has; Google's own certificates cannot be read. */
async function shown(mesh: Mesh, address: string): Promise<Finding> {
  const config = configCluster(mesh);
  const names = config
    ? listAt(await ingressOf(config), "spec.template.spec.tls").flatMap(
        (one) => textAt(one, "secretName") ?? [],
      )
    : [];
  if (!config || names.length === 0) {
    return unknown("the certificate is Google's own");
  }
  const secrets = await Promise.all(
    names.map((name) => config.api.get("v1", "Secret", name, GATEWAY_NAMESPACE)),
  );
  const given = secrets.flatMap((secret) => certificatesIn(decoded(secret)["tls.crt"] ?? "").slice(0, 1));
  try {
    const host = mesh.config.certificateNames[0] ?? address;
    return shownFinding(
      (await visit(address, { secure: true, host, timeout: mesh.timeout })).certificate,
      given,
      names,
    );
  } catch (error) {
    return unreached(address, 443, error);
  }
}

export function shownFinding(
  shown: X509Certificate | undefined,
  given: X509Certificate[],
  names: string[],
): Finding {
  const subject = shown?.subject?.replaceAll("\n", ", ") ?? "no name";
  return given.some(({ fingerprint256 }) => fingerprint256 === shown?.fingerprint256)
    ? { status: "ok", detail: `${subject}, from Secret ${names.join(", ")}` }
    : failed(`the certificate of ${subject} is not in Secret ${names.join(", ")}`);
}

async function redirected({ config, timeout }: Mesh, address: string): Promise<Finding> {
  const host = config.certificateNames[0] ?? address;
  try {
    return redirectFinding(await visit(address, { secure: false, host, timeout }));
  } catch (error) {
    return unreached(address, 80, error);
  }
}

export function redirectFinding({ status, headers }: Pick<Answer, "status" | "headers">): Finding {
  return [301, 302, 307, 308].includes(status) && headers.location?.startsWith("https://")
    ? { status: "ok", detail: `HTTP ${status} to ${headers.location}` }
    : failed(`HTTP ${status}${headers.location ? ` to ${headers.location}` : ""}`);
}

function unreached(address: string, port: number, error: unknown): Finding {
  if (error instanceof Unreachable) {
    return unknown(`this machine does not reach ${address}:${port}: ${error.message}`);
  }
  return failed(`${address}:${port}: ${messageOf(error)}`);
}

function between(mesh: Mesh): Question[] {
  return pairsOf(mesh).flatMap(({ from, to }): Question[] => {
    const scope = { cluster: from.name, other: to.name };
    return [
      {
        id: "east-west-answers",
        ...scope,
        title: "East-west is reached",
        breaks: `requests from ${from.name} to ${to.name} fail with 503: the way to port ${EAST_WEST_PORT} is closed`,
        fix: `firewall rule ${mesh.config.id}-east-west admits ${mesh.config.cidr} on tcp ${EAST_WEST_PORT}; ${kubectl(to)} -n ${GATEWAY_NAMESPACE} describe service ${EAST_WEST_GATEWAY}; ${putBack(to)}`,
        needs: ["mesh-config", "east-west-service", "east-west-gateway", "cross-network-gateway"].map((id) =>
          keyOf({ id, cluster: to.name }),
        ),
        timeouts: 4,
        ask: async () =>
          reached(mesh, from, `https://${addressOf(await eastWestService(to))}:${EAST_WEST_PORT}/`),
      },
      {
        id: "api-reachable",
        ...scope,
        title: "The other's API is reached",
        breaks: `istiod of ${from.name} cannot watch ${to.name}`,
        fix: `gcloud container clusters describe ${to.name} --location ${to.region} --format 'yaml(privateClusterConfig,masterAuthorizedNetworksConfig)': global access, and ${mesh.config.cidr} among the authorized networks; ${putBack(to)}`,
        timeouts: 4,
        ask: () => reached(mesh, from, `${to.server}/version`),
      },
    ];
  });
}

/** From a pod, with the image of the gateways: the cluster has pulled it already. */
async function reached(mesh: Mesh, from: MeshCluster, url: string): Promise<Finding> {
  if (!mesh.pods) {
    return unknown("no pod may be made for it");
  }
  const [pod] = (await podsOf(from, GATEWAY_NAMESPACE, { app: EAST_WEST_GATEWAY })).filter(isReady);
  const image = textAt(listAt(pod, "spec.containers")[0], "image");
  if (!image) {
    return unknown(`no pod of the east-west gateway of ${from.name} lends its image`);
  }
  const result = await probe(from.api, {
    namespace: GATEWAY_NAMESPACE,
    image,
    url,
    timeout: mesh.timeout,
  });
  if ("unknown" in result) {
    return unknown(result.unknown);
  }
  return result.connected
    ? { status: "ok", detail: `${url} ${result.detail}` }
    : failed(`from a pod of ${from.name}, ${url}: ${result.detail}`);
}
