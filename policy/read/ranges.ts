/** First and last address of an IPv4 range, as numbers. */
export interface Range {
  first: number;
  last: number;
}

/** An IPv4 range such as `10.0.0.0/8`; undefined for what is none. */
export function rangeOf(cidr: unknown): Range | undefined {
  const [, address = "", bits = ""] = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(String(cidr)) ?? [];
  const parts = address.split(".").map(Number);
  if (address === "" || parts.some((part) => part > 255) || Number(bits) > 32) {
    return undefined;
  }
  const size = 2 ** (32 - Number(bits));
  const value = parts.reduce((sum, part) => sum * 256 + part, 0);
  const first = value - (value % size);
  return { first, last: first + size - 1 };
}

/** One key per range of addresses, however it is written. */
export function keyOf({ first, last }: Range): string {
  return `${first}-${last}`;
}

/** Keys of the range itself and of the at most 32 that hold it: whoever looks for a wider one asks a Set for each. */
export function keysAround({ first, last }: Range): string[] {
  const keys: string[] = [];
  for (let size = last - first + 1; size <= 2 ** 32; size *= 2) {
    const start = first - (first % size);
    keys.push(keyOf({ first: start, last: start + size - 1 }));
  }
  return keys;
}
