import type { Check } from "./check";

/** One cluster as it was found when the picture was taken. */
export interface PicturedCluster {
  name: string;
  region: string;
  config: boolean;
  /** Pods that are ready; no `verify` where that workload is off. */
  pods: { istiod: number; ingress: number; eastWest: number; verify?: number };
  /** The east-west gateway's load balancer. */
  eastWest: { address: string; access: string };
  /** Where the other clusters find its API server. */
  apiServer: string;
  nodes: { spot: number; others: number };
}

export interface Scene {
  /** The global address. */
  address: string;
  clusters: PicturedCluster[];
}

const WIDTH = 38;
const GAP = 12;

/** What stands in a box or between two, and the checks that show it broken. */
const PARTS = {
  edge: [
    "fleet-feature",
    "ingress-address",
    "edge-certificate",
    "redirect",
    "multi-cluster-service",
    "health-check",
    "answers",
    "shown-certificate",
    "redirect-answers",
  ],
  wayIn: ["fleet", "backends"],
  cluster: ["cluster", "network", "revision-labels", "peer-authentication", "subsets"],
  ingress: ["ingress-gateway", "ingress-service", "edge-gateway", "origin-certificate", "ingress-answers"],
  verify: ["verify-pods"],
  eastWest: ["east-west-gateway", "east-west-service", "cross-network-gateway"],
  istiod: [
    "operator",
    "istio-operators",
    "istiod",
    "injection",
    "validation",
    "mesh-config",
    "proxies",
    "operator-made",
    "drain",
    "autoscaling",
    "metrics",
    "spot-placement",
  ],
  trust: ["trust-chain", "trust-roots", "trust-days", "trust-istiod", "trust-domain", "trust-workloads"],
  traffic: ["network-gateways", "endpoints", "east-west-answers"],
  watching: [
    "remote-secret",
    "remote-token",
    "remote-rights",
    "istiod-synced",
    "api-reachable",
    "remote-strays",
  ],
};

/** Ids of the checks that have a place. */
export const PICTURED: string[] = Object.values(PARTS).flat();

type Part = keyof typeof PARTS;

/**
 * The mesh, drawn for a terminal: clusters side by side, the way of a request from top to bottom. What failed has a ✗ in its
 * place.
 */
export function picture({ address, clusters }: Scene, checks: Check[] = []): string {
  const failed = checks.filter(({ status }) => status === "failed");
  const broken = (part: Part, cluster?: string, other?: string) =>
    failed.some(
      (check) =>
        PARTS[part].includes(check.id) &&
        (cluster === undefined || [check.cluster, check.other].includes(cluster)) &&
        (other === undefined || check.other === undefined || [check.cluster, check.other].includes(other)),
    );
  const width = clusters.length * WIDTH + (clusters.length - 1) * GAP;
  const boxes = clusters.map((cluster) => box(cluster, (part) => broken(part, cluster.name)));
  const rows =
    boxes[0]?.map((_, row) =>
      boxes
        .map((lines, index) => {
          const [one, two] = [clusters[index], clusters[index + 1]];
          const link = LINKS[row] ?? LINKS[row - 1];
          const gap =
            one && two ? between(row, link !== undefined && broken(link.part, one.name, two.name)) : "";
          return (lines[row] ?? "") + gap;
        })
        .join(""),
    ) ?? [];
  const middles = clusters.map((_, index) => index * (WIDTH + GAP) + Math.floor(WIDTH / 2));
  const mark = (sign: string) => clusters.map(({ name }) => (broken("wayIn", name) ? "✗" : sign));
  return [
    center("a request from anywhere", width),
    center(broken("edge") ? "✗" : "│", width),
    ...frame(width, [
      `global load balancer  https://${address}`,
      "TLS ends here; http:// is redirected; health checks on 15021 /healthz/ready",
    ]),
    marks(middles, mark("│"), width),
    marks(middles, mark("▼"), width),
    ...rows,
    "",
    broken("trust")
      ? "✗ trust is broken: not every istiod signs with its intermediate of the mesh's root"
      : "one root of trust: every istiod signs with an intermediate of its own, and every proxy checks the other's name",
  ].join("\n");
}

/** Rows of a box; {@link between} knows by their number what is linked with what. */
function box(
  { name, region, config, pods, eastWest, apiServer, nodes }: PicturedCluster,
  broken: (part: Part) => boolean,
): string[] {
  const sign = (part: Part) => (broken(part) ? " ✗" : "");
  return frame(WIDTH, [
    `${name}${config ? "  (config cluster)" : ""}${sign("cluster")}`,
    `${region === name ? "" : `${region}, `}${nodes.spot} spot nodes, ${nodes.others} others`,
    "",
    `ingress gateway      ${count(pods.ingress)}${sign("ingress")}`,
    "  │ mutual TLS",
    pods.verify === undefined ? "" : `  ├─ workload verify ${count(pods.verify)}${sign("verify")}`,
    `east-west gateway    ${count(pods.eastWest)}${sign("eastWest")}`,
    `  ${eastWest.address}:15443, ${eastWest.access}`,
    "",
    `istiod               ${count(pods.istiod)}${broken("istiod") || broken("trust") ? " ✗" : ""}`,
    `  API server ${apiServer}`,
  ]);
}

const count = (pods: number) => `${pods} ${pods === 1 ? "pod" : "pods"}`;

const LINKS: Record<number, { text: string; part: Part }> = {
  7: { text: "mTLS 15443", part: "traffic" },
  11: { text: "watches", part: "watching" },
};

/** What stands between two boxes: a link at the rows of the east-west gateway and of the API server. */
function between(row: number, broken: boolean): string {
  const below = LINKS[row - 1];
  if (below) {
    return center(below.text, GAP);
  }
  if (!LINKS[row]) {
    return " ".repeat(GAP);
  }
  return broken ? ` ◄${center("✗", GAP - 4).replaceAll(" ", "─")}► ` : ` ◄${"─".repeat(GAP - 4)}► `;
}

function frame(width: number, lines: string[]): string[] {
  const inner = width - 4;
  return [
    `┌${"─".repeat(width - 2)}┐`,
    ...lines.map((line) => `│ ${line.slice(0, inner).padEnd(inner)} │`),
    `└${"─".repeat(width - 2)}┘`,
  ];
}

function center(text: string, width: number): string {
  const left = Math.max(0, Math.floor((width - text.length) / 2));
  return `${" ".repeat(left)}${text}`.padEnd(width);
}

/** @param signs one for each of the columns */
function marks(columns: number[], signs: string[], width: number): string {
  return [...Array(width).keys()].map((column) => signs[columns.indexOf(column)] ?? " ").join("");
}
