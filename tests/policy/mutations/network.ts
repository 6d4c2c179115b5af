import type { Protected, Props } from "./index";
import { said } from "./candidates";
import { filled, narrowList } from "./demands";
import type { Resource } from "../harness";

const FIREWALL = { types: ["gcp:compute/firewall:Firewall"] };
const SUBNETWORK = { types: ["gcp:compute/subnetwork:Subnetwork"] };
const GATEWAY = { types: ["kubernetes:networking.istio.io/v1beta1:Gateway"] };

const opens = (port: RegExp) => ({ where: ({ props }: Resource) => port.test(JSON.stringify(props.allows)) });
const WEBHOOK = opens(/15017/);

function webhook(path: string, must: Protected["must"], more: Partial<Protected> = {}): Protected {
  return { ...FIREWALL, ...WEBHOOK, rule: "firewall-webhook-open", path, must, ...more };
}

/** First and last address. */
function addressesOf(range: unknown): [number, number] | undefined {
  const [, a, b, c, d, bits] = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(String(range)) ?? [];
  const size = 2 ** (32 - Number(bits));
  const address = [a, b, c, d].map(Number).reduce((sum, part) => sum * 256 + part, 0);
  return bits === undefined ? undefined : [address - (address % size), address - (address % size) + size - 1];
}

function overlap(one: unknown, other: unknown): boolean {
  const [a, b] = [addressesOf(one), addressesOf(other)];
  return a !== undefined && b !== undefined && a[0] <= b[1] && b[0] <= a[1];
}

function rangesOf({ ipCidrRange, secondaryIpRanges }: Props): unknown[] {
  return [ipCidrRange, ...(secondaryIpRanges as Props[]).map((range) => range.ipCidrRange)];
}

/** The ranges of a subnet, each with all others of it. */
function disjoint(_: unknown, props: Props): boolean {
  const ranges = rangesOf(props);
  return ranges.every((range, index) => !ranges.some((other, at) => at < index && overlap(range, other)));
}

const SUBNET_RANGES = ["ipCidrRange", "secondaryIpRanges[*].ipCidrRange"];
/** Pods call webhooks' pods from other ranges then. */
const MOVED = { also: ["firewall-webhook-open"] };

function crossNetwork(path: string, must: Protected["must"], more: Partial<Protected> = {}): Protected {
  return {
    ...GATEWAY,
    rule: "cross-network-gateway-hosts",
    where: ({ props }) => /eastwestgateway/.test(JSON.stringify(props.spec)),
    path: `spec.servers[*].${path}`,
    must,
    ...more,
  };
}

const MODES = [undefined, "PASSTHROUGH", "SIMPLE", "MUTUAL", "AUTO_PASSTHROUGH", "ISTIO_MUTUAL"];

export const networkFields: Protected[] = [
  ...["sourceRanges", "sourceRanges[*]"].map((path): Protected => ({
    ...FIREWALL,
    ...opens(/15443|15012|15017/),
    rule: "firewall-mesh-ports-closed",
    path,
    must: (_, { sourceRanges }) => narrowList(sourceRanges),
    // A rule of no range lets in nobody.
    also: ["firewall-webhook-open"],
  })),

  webhook("", filled),
  webhook("direction", (value) => value !== "EGRESS", { oneOf: ["EGRESS", "INGRESS"] }),
  webhook("disabled", (value) => value !== true, { oneOf: [true, false] }),
  webhook("network", () => false, { oneOf: ["another-network"] }),
  webhook("sourceRanges", () => false, { oneOf: [["192.168.0.0/16"]] }),
  webhook("destinationRanges", (value) => value === undefined, { oneOf: [undefined, ["192.168.0.0/16"]] }),
  webhook("allows", filled),
  webhook("allows[*].protocol", (value) => value === "all", { oneOf: ["udp", "icmp", "all"] }),
  webhook("allows[*].ports", (value) => value === undefined, {
    oneOf: [undefined, ["443"], ["15000-15016"]],
  }),
  webhook("allows[*].ports[*]", (value) => value === "15000-15100", { oneOf: ["443", "15000-15100"] }),

  ...SUBNET_RANGES.map((path): Protected => ({
    ...SUBNETWORK,
    ...MOVED,
    rule: "ranges-disjoint",
    path,
    must: disjoint,
    oneOf: ["0.0.0.0/0", "172.16.0.0/20"],
    tries: (value, { props }) =>
      rangesOf(props)
        .filter((range) => range !== value)
        .map(said),
  })),
  ...SUBNET_RANGES.map((path): Protected => ({
    ...SUBNETWORK,
    ...MOVED,
    rule: "ranges-disjoint",
    across: true,
    path,
    must: () => false,
    oneOf: [],
    tries: (_, resource, all) =>
      all
        .filter(({ type, name }) => type === resource.type && name !== resource.name)
        .flatMap(({ props }) => rangesOf(props).map(said)),
  })),

  crossNetwork("hosts", (value) => JSON.stringify(value) === '["ns/*.local"]', {
    tries: [["*"], ["*.local", "example.com"], ["ns/*.local"]],
  }),
  crossNetwork("hosts[*]", (value) => value === "ns/*.local", {
    tries: ["*", "*.example.com", "ns/*.local"],
  }),
  crossNetwork("tls", filled),
  crossNetwork("tls.mode", (value) => value === "AUTO_PASSTHROUGH", { oneOf: MODES }),
  {
    ...crossNetwork("tls.mode", (value) => value !== "AUTO_PASSTHROUGH", { oneOf: MODES }),
    where: ({ props }) => !/eastwestgateway/.test(JSON.stringify(props.spec)),
  },
];
