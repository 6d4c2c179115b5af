import { contains, isCidr, parseCidr } from "./cidr";
import type { Mesh } from "./schema";

/**
 * Where requests of the mesh's nodes and pods come from: its supernet, from which later regions get theirs too, and the
 * ranges of existing clusters that lie elsewhere. IPv4 CIDR blocks.
 */
export function meshRanges({ cidr, clusters }: Mesh): string[] {
  const elsewhere = Object.values(clusters).flatMap(({ existing, ranges }) =>
    existing && ranges ? [ranges.nodes, ranges.pods].filter((range) => !within(cidr, range)) : [],
  );
  return [cidr, ...elsewhere];
}

function within(outer: string, inner: string): boolean {
  const [whole, part] = [parseCidr(outer), parseCidr(inner)];
  return isCidr(whole) && isCidr(part) && contains(whole, part);
}
