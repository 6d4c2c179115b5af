/** The address at `offset` from the start of an IPv4 range. @throws Error for another kind of range. */
export function addressIn(cidr: string, offset: number): string {
  return toText(parse(cidr).first + offset);
}

/**
 * Where kwok is to go on giving addresses to pods: behind the highest one in use, as after a restart it does not know
 * which it gave before. The range's start when there is no room behind.
 */
export function nextPodAddress(cidr: string, inUse: string[]): string {
  const { first, size } = parse(cidr);
  const offsets = inUse.map((address) => toNumber(address) - first).filter((at) => at >= 0 && at < size);
  const next = Math.max(0, ...offsets) + 1;
  return toText(first + (next + 256 < size ? next : 1));
}

function parse(cidr: string): { first: number; size: number } {
  const [, address, bits] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(cidr) ?? [];
  if (address === undefined) {
    throw new Error(`"${cidr}" is not an IPv4 range such as 10.16.0.0/14`);
  }
  const size = 2 ** (32 - Number(bits));
  return { first: Math.floor(toNumber(address) / size) * size, size };
}

function toNumber(address: string): number {
  return address.split(".").reduce((number, part) => number * 256 + Number(part), 0);
}

function toText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}
