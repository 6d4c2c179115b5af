interface Range {
  first: number;
  last: number;
  bits: number;
}

/** An IPv4 range in CIDR notation, or undefined when it is none. */
function parseRange(text: string): Range | undefined {
  const [base = "", length = "32", ...rest] = text.split("/");
  const octets = base.split(".").map(Number);
  const bits = Number(length);
  const valid =
    octets.length === 4 &&
    octets.every((octet) => Number.isInteger(octet) && octet >= 0 && octet < 256) &&
    rest.length === 0 &&
    Number.isInteger(bits) &&
    bits >= 0 &&
    bits <= 32;
  if (!valid) {
    return undefined;
  }
  const size = 2 ** (32 - bits);
  const address = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const first = Math.floor(address / size) * size;
  return { first, last: first + size - 1, bits };
}

/** Whether all of `inner`, a range or an address, is in `outer`. */
export function encloses(outer: string, inner: string): boolean {
  const [large, small] = [parseRange(outer), parseRange(inner)];
  return !!large && !!small && large.first <= small.first && small.last <= large.last;
}

/** Whether a range is the whole internet. */
export function isEverything(range: string): boolean {
  return parseRange(range)?.bits === 0;
}

/** RFC 1918 and RFC 6598: what a VPC gives away. */
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

export function isPrivate(address: string): boolean {
  return PRIVATE.some((range) => encloses(range, address));
}
