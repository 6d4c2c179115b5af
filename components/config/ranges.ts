import { contains, formatCidr, isCidr, isPrivate, overlaps, parseCidr, type Cidr } from "./cidr";
import type { Draft } from "./draft";
import { at, type Problem } from "./problems";
import { isObject } from "./schemaProblems";

/** A range with the field that it stands in, and its place among the others. */
interface Named {
  path: string;
  index: number;
  text: string;
  range: Cidr;
}

const PUBLIC =
  "holds public addresses, and everyone in it would be admitted to control planes and gateways; write a range from 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10";

/** https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips#cluster_sizing */
const LIMITS: Record<string, { widest: number; narrowest: number; why: string }> = {
  nodes: {
    widest: 8,
    narrowest: 28,
    why: "a /28 holds 12 nodes; Google keeps four addresses of each subnet",
  },
  services: { widest: 16, narrowest: 27, why: "GKE's own Services and Istio's need more than 16 addresses" },
  pods: { widest: 9, narrowest: 24, why: "GKE gives each node a /24 of it, for up to 110 pods" },
  controlPlane: { widest: 28, narrowest: 28, why: "GKE takes no other size" },
};

/**
 * Checks ranges by themselves and against each other, on what is written rather than on what the schema made of it: so a
 * missing range hides no overlap of the others.
 */
export function rangeProblems({ written }: Draft): Problem[] {
  const problems: Problem[] = [];
  const supernet = readSupernet(written.cidr, problems);
  const all: Named[] = [];
  for (const [cluster, entry] of Object.entries(isObject(written.clusters) ? written.clusters : {})) {
    if (!isObject(entry)) continue;
    const existing = entry.existing !== undefined;
    if (!isObject(entry.ranges)) {
      if (entry.ranges === undefined && !existing) {
        problems.push({ path: at("clusters", cluster, "ranges"), remedy: missingRanges(supernet) });
      }
      continue;
    }
    for (const [key, limits] of Object.entries(LIMITS)) {
      const text = entry.ranges[key];
      if (typeof text !== "string") continue;
      const path = at("clusters", cluster, "ranges", key);
      const range = read(path, text, problems);
      if (!range) continue;
      all.push({ path, index: all.length, text, range });
      if (range.prefix < limits.widest || range.prefix > limits.narrowest) {
        const size =
          limits.widest === limits.narrowest
            ? `a /${limits.widest}`
            : `a /${limits.widest} to /${limits.narrowest}`;
        problems.push({ path, value: text, remedy: `write ${size}: ${limits.why}` });
      }
      if (existing && !isPrivate(range)) {
        problems.push({ path, value: text, remedy: PUBLIC });
      }
      // An existing cluster's addresses are what they are: its stack brings firewall rules of its own.
      if (supernet && !existing && !contains(supernet, range)) {
        problems.push({
          path,
          value: text,
          remedy: `is not within mesh.cidr (${formatCidr(supernet)}), which the firewall and the control planes admit; write a range from it, or widen mesh.cidr before anything is deployed`,
        });
      }
    }
  }
  return [...problems, ...overlapProblems(all)];
}

function readSupernet(written: unknown, problems: Problem[]): Cidr | undefined {
  if (typeof written !== "string") return undefined;
  const path = at("cidr");
  const range = read(path, written, problems);
  if (!range) return undefined;
  if (!isPrivate(range)) {
    problems.push({
      path,
      value: written,
      remedy: PUBLIC,
    });
    return undefined;
  }
  return range;
}

/**
 * One problem for each range that touches one before it. CIDR blocks hold one another or have nothing in common: in the order of
 * their addresses, each is compared with the ones around it only, or a thousand clusters would take minutes.
 */
function overlapProblems(all: readonly Named[]): Problem[] {
  const inOrder = [...all].sort(
    (one, other) =>
      one.range.first - other.range.first || one.range.prefix - other.range.prefix || one.index - other.index,
  );
  const touched = new Map<Named, Named>();
  let around: Named[] = [];
  for (const one of inOrder) {
    around = around.filter(({ range }) => overlaps(range, one.range));
    const other = around.at(-1);
    if (other) {
      const [earlier, later] = other.index < one.index ? [other, one] : [one, other];
      if (!touched.has(later)) touched.set(later, earlier);
    }
    around.push(one);
  }
  return [...touched]
    .sort(([one], [other]) => one.index - other.index)
    .map(([{ path, text }, other]) => ({
      path,
      value: text,
      remedy: `overlaps ${other.path} (${other.text}); write a range that no other of the mesh touches`,
    }));
}

/** Reads one range; a mistake is added to `problems`. */
export function read(path: string, text: string, problems: Problem[]): Cidr | undefined {
  const parsed = parseCidr(text);
  if (isCidr(parsed)) return parsed;
  const write = parsed.meant ? `write ${parsed.meant}` : "write a range such as 10.16.0.0/20";
  problems.push({ path, value: text, remedy: `${parsed.mistake}; ${write}` });
  return undefined;
}

function missingRanges(supernet: Cidr | undefined): string {
  const from = supernet ? ` (${formatCidr(supernet)})` : "";
  return `is missing; write { nodes: .., services: .., pods: .. } with ranges from mesh.cidr${from}, or existing: { server: .. } if the cluster is there already`;
}
