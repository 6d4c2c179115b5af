const BITS = 32;

/** Number of leading bits that are fixed; undefined for what is no IPv4 or IPv6 range. A bare address is a range of one. */
export function prefixLength(range: string): number | undefined {
  const [address = "", length = address.includes(":") ? "128" : String(BITS), ...rest] = range.split("/");
  const isAddress = /^\d{1,3}(\.\d{1,3}){3}$/.test(address) || /^[\da-f:]*:[\da-f:]*$/i.test(address);
  return isAddress && /^\d{1,3}$/.test(length) && rest.length === 0 ? Number(length) : undefined;
}

/**
 * What is wrong with a list of ranges that must not be the world: the first range that is wider than `minPrefixLength`, so that
 * `0.0.0.0/1` beside `128.0.0.0/1` does not pass either.
 */
export function tooWide(ranges: unknown[], minPrefixLength: number): string | undefined {
  for (const range of ranges) {
    const length = typeof range === "string" ? prefixLength(range) : undefined;
    if (length === undefined || length < minPrefixLength) {
      return String(range) || '""';
    }
  }
  return undefined;
}
