/** An IPv4 range: from `first` (its network address as a number) on, `2 ** (32 - prefix)` addresses. */
export interface Cidr {
  first: number;
  prefix: number;
}

/** Why a text is no range, and the range that was probably meant. */
export interface CidrMistake {
  mistake: string;
  meant?: string;
}

const OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const ADDRESS = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}$`);

/** Reads `10.16.0.0/12`. Host bits must be zero: Google refuses them, and it is not clear which range was meant. */
export function parseCidr(text: string): Cidr | CidrMistake {
  const [address = "", prefixText, ...rest] = text.split("/");
  if (/^[0-9a-f.]*:[0-9a-f:.]*(\/[0-9]+)?$/i.test(text)) {
    return { mistake: "is IPv6; the mesh has IPv4 only" };
  }
  const octets = ADDRESS.exec(address)?.slice(1).map(Number);
  if (!octets || rest.length > 0) {
    return { mistake: "is no IPv4 range" };
  }
  if (prefixText === undefined) {
    // How many addresses were meant is not for this program to guess.
    return { mistake: "has no prefix length" };
  }
  const prefix = Number(prefixText);
  if (!/^[0-9]{1,2}$/.test(prefixText) || prefix > 32) {
    return { mistake: "has no prefix length from 0 to 32" };
  }
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const size = 2 ** (32 - prefix);
  const first = value - (value % size);
  return first === value
    ? { first, prefix }
    : { mistake: "has host bits set", meant: formatCidr({ first, prefix }) };
}

/** Whether {@link parseCidr} could read it. */
export function isCidr(parsed: Cidr | CidrMistake): parsed is Cidr {
  return "prefix" in parsed;
}

/** Back to text: `10.16.0.0/12`. */
export function formatCidr({ first, prefix }: Cidr): string {
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${octets.join(".")}/${prefix}`;
}

/** Number of addresses. */
export function sizeOf({ prefix }: Cidr): number {
  return 2 ** (32 - prefix);
}

/** Whether all of `inner` lies in `outer`. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  return inner.first >= outer.first && inner.first + sizeOf(inner) <= outer.first + sizeOf(outer);
}

/** Whether the ranges share an address. */
export function overlaps(one: Cidr, other: Cidr): boolean {
  return contains(one, other) || contains(other, one);
}

/** The ranges for use inside networks: RFC 1918 and RFC 6598, which VPCs route like any other. */
const PRIVATE: readonly Cidr[] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"]
  .map(parseCidr)
  .filter(isCidr);

/** Whether no address of the range is a public one. */
export function isPrivate(range: Cidr): boolean {
  return PRIVATE.some((outer) => contains(outer, range));
}
