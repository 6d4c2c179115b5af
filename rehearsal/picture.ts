/** One cluster as it was found when the picture was taken. */
export interface PicturedCluster {
  name: string;
  region: string;
  config: boolean;
  /** Pods that are ready. */
  pods: { istiod: number; ingress: number; eastWest: number; verify: number };
  /** Address of the east-west gateway's load balancer. */
  eastWest: string;
  privateEndpoint: string;
  nodes: { spot: number; system: number };
}

export interface Scene {
  /** The global address. */
  address: string;
  clusters: PicturedCluster[];
}

const WIDTH = 38;
const GAP = 12;

/** The mesh, drawn for a terminal: clusters side by side, the way of a request from top to bottom. */
export function picture({ address, clusters }: Scene): string {
  const width = clusters.length * WIDTH + (clusters.length - 1) * GAP;
  const boxes = clusters.map(box);
  const rows = boxes[0]?.map((_, row) => boxes.map((lines) => lines[row] ?? "").join(between(row))) ?? [];
  const middles = clusters.map((_, index) => index * (WIDTH + GAP) + Math.floor(WIDTH / 2));
  return [
    center("a request from anywhere", width),
    center("│", width),
    ...frame(width, [
      `global load balancer  https://${address}`,
      "TLS ends here; http:// is redirected; health checks on 15021 /healthz/ready",
    ]),
    marks(middles, "│", width),
    marks(middles, "▼", width),
    ...rows,
    "",
    "one root of trust: every istiod signs with an intermediate of its own, and every proxy checks the other's name",
  ].join("\n");
}

/** Rows of a box; {@link between} knows by their number what is linked with what. */
function box({ name, region, config, pods, eastWest, privateEndpoint, nodes }: PicturedCluster): string[] {
  return frame(WIDTH, [
    `${name}${config ? "  (config cluster)" : ""}`,
    `${region === name ? "" : `${region}, `}${nodes.spot} spot nodes, ${nodes.system} others`,
    "",
    `ingress gateway      ${count(pods.ingress)}`,
    "  │ mutual TLS",
    `  ├─ workload verify ${count(pods.verify)}`,
    `east-west gateway    ${count(pods.eastWest)}`,
    `  ${eastWest}:15443, internal`,
    "",
    `istiod               ${count(pods.istiod)}`,
    `  API server ${privateEndpoint}`,
  ]);
}

const count = (pods: number) => `${pods} ${pods === 1 ? "pod" : "pods"}`;

const LINKS: Record<number, string> = { 7: "mTLS 15443", 11: "watches" };

/** What stands between two boxes: a link at the rows of the east-west gateway and of the API server. */
function between(row: number): string {
  const text = LINKS[row - 1];
  if (text !== undefined) {
    return center(text, GAP);
  }
  return LINKS[row] === undefined ? " ".repeat(GAP) : ` ◄${"─".repeat(GAP - 4)}► `;
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

function marks(columns: number[], mark: string, width: number): string {
  return [...Array(width).keys()].map((column) => (columns.includes(column) ? mark : " ")).join("");
}
