const BITS = 32;

/**
 * Number of leading bits that are fixed; undefined for what is no IPv4 or IPv6 range. A bare address is a range of one. Of IPv4
 * addresses in IPv6 it is the number in IPv4.
 */
export function prefixLength(range: string): number | undefined {
  const [address = "", length = address.includes(":") ? "128" : String(BITS), ...rest] = range.split("/");
  const isAddress = /^\d{1,3}(\.\d{1,3}){3}$/.test(address) || /^[\da-f:]*:[\da-f:]*$/i.test(address);
  if (!isAddress || !/^\d{1,3}$/.test(length) || rest.length > 0) {
    return undefined;
  }
  return holdsMapped(address, Number(length)) ? Math.max(0, Number(length) - MAPPED.length) : Number(length);
}

/** What IPv4 addresses in IPv6 start with: `::ffff:0:0/96` is every one of them, https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2 */
const MAPPED = "0".repeat(80) + "1".repeat(16);

/** Whether an IPv6 range is in the one of IPv4 addresses, or holds it. */
function holdsMapped(address: string, length: number): boolean {
  if (!address.includes(":")) {
    return false;
  }
  const [head = [], tail = []] = address
    .split("::")
    .map((side) => side.split(":").filter((group) => group !== ""));
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill("0");
  const bits = [...head, ...zeros, ...tail].map((group) => parseInt(group, 16).toString(2).padStart(16, "0"));
  return MAPPED.startsWith(bits.join("").slice(0, Math.min(length, MAPPED.length)));
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
