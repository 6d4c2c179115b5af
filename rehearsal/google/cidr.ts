/** An IPv4 range; `first` and `last` are addresses as unsigned integers. */
export interface Range {
  first: number;
  last: number;
  bits: number;
  /** Whether bits right of the prefix are set, as in `10.0.0.1/16`. */
  hostBits: boolean;
}

/** The address as an unsigned integer, or undefined for anything but four decimal octets. */
export function parseAddress(text: string): number | undefined {
  const octets = text.split(".");
  if (
    octets.length !== 4 ||
    !octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256)
  )
    return undefined;
  return octets.reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/** The IPv4 range in CIDR notation, or undefined when it is none. */
export function parseRange(text: string): Range | undefined {
  const [base = "", length = "", ...rest] = text.split("/");
  const address = parseAddress(base);
  if (address === undefined || rest.length > 0 || !/^\d{1,2}$/.test(length) || Number(length) > 32)
    return undefined;
  const size = 2 ** (32 - Number(length));
  const first = Math.floor(address / size) * size;
  return { first, last: first + size - 1, bits: Number(length), hostBits: first !== address };
}

export function overlaps(a: string, b: string): boolean {
  const [left, right] = [parseRange(a), parseRange(b)];
  return !!left && !!right && left.first <= right.last && right.first <= left.last;
}

export function contains(range: string, address: string): boolean {
  const [outer, inner] = [parseRange(range), parseAddress(address)];
  return !!outer && inner !== undefined && outer.first <= inner && inner <= outer.last;
}

/**
 * The addresses of a subnetwork that can be given away: all but the first two and the last two
 * (https://cloud.google.com/vpc/docs/subnets#unusable-ip-addresses-in-every-subnet).
 */
export function usable(range: string, address: string): boolean {
  const [outer, inner] = [parseRange(range), parseAddress(address)];
  return !!outer && inner !== undefined && outer.first + 2 <= inner && inner <= outer.last - 2;
}

/** The first usable address of the range that is not taken, or undefined when it is full. */
export function firstFree(range: string, taken: (address: string) => boolean): string | undefined {
  const outer = parseRange(range);
  if (!outer) return undefined;
  for (let address = outer.first + 2; address <= outer.last - 2; address++)
    if (!taken(formatAddress(address))) return formatAddress(address);
  return undefined;
}
