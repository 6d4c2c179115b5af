import { isCidr, parseCidr, sizeOf } from "./cidr";
import type { Draft } from "./draft";
import { isExisting } from "./names";
import { at, sayProblem, type Problem } from "./problems";
import type { ClusterRanges, Mesh } from "./schema";

/** A regional node pool has its nodes in three zones, unless zones are named. */
// https://cloud.google.com/kubernetes-engine/docs/concepts/regional-clusters
const ZONES = 3;

/** Addresses that Google keeps of each subnet. https://cloud.google.com/vpc/docs/subnets#unusable-ip-addresses-in-every-subnet */
const KEPT = 4;

/** Checks numbers against each other. */
export function sizeProblems(draft: Draft): Problem[] {
  const { availability, kubernetes, certificateAuthority: ca, clusters } = draft.mesh;
  const problems: Problem[] = [];

  if (availability.minReplicas < 2) {
    problems.push({
      path: at("availability", "minReplicas"),
      value: availability.minReplicas,
      remedy:
        "write 2 or more: with one replica its disruption budget blocks every drain, and so every node upgrade (istio/istio#12602)",
    });
  }
  const { cpu, memoryGb } = kubernetes.autoProvisioning;
  problems.push(
    ...order(draft, ["availability"], "minReplicas", "maxReplicas", availability),
    ...order(draft, ["kubernetes", "autoProvisioning", "cpu"], "min", "max", cpu),
    ...order(draft, ["kubernetes", "autoProvisioning", "memoryGb"], "min", "max", memoryGb),
  );
  if (!draft.broken("certificateAuthority") && ca.intermediateValidityDays >= ca.rootValidityDays) {
    problems.push({
      path: at("certificateAuthority", "intermediateValidityDays"),
      value: ca.intermediateValidityDays,
      remedy: `is not less than rootValidityDays (${ca.rootValidityDays}): an intermediate is worth nothing after its root; write less`,
    });
  }
  for (const [name, { nodePools }] of Object.entries(clusters)) {
    for (const [pool, sizes] of Object.entries(nodePools)) {
      problems.push(...order(draft, ["clusters", name, "nodePools", pool], "minNodes", "maxNodes", sizes));
    }
  }
  return [...problems, ...nodeRoom(draft).problems];
}

/** Ranges that hold the nodes there are at first, but not all that the pools may grow to. */
export function sizeWarnings(draft: Draft): string[] {
  return nodeRoom(draft).warnings.map((warning) => `${sayProblem(warning)}.`);
}

/** Where one of the two is a mistake itself, its default stands in its place and says nothing. */
function order<K extends string>(
  { broken }: Draft,
  path: string[],
  low: K,
  high: K,
  values: Record<K, number>,
): Problem[] {
  return values[low] > values[high] && !broken(...path)
    ? [
        {
          path: at(...path, low),
          value: values[low],
          remedy: `is more than ${high} (${values[high]}); write at most that`,
        },
      ]
    : [];
}

function nodeRoom(draft: Draft): { problems: Problem[]; warnings: Problem[] } {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  for (const [name, { ranges, nodePools }] of Object.entries(draft.mesh.clusters)) {
    if (!ranges || isExisting(draft, name) || draft.broken("clusters", name, "nodePools")) continue;
    const { min, max } = nodesOf(nodePools);
    for (const [key, room] of roomOf(ranges)) {
      if (room >= max) continue;
      const [list, nodes, when] =
        room < min ? ([problems, min, "at least"] as const) : ([warnings, max, "up to"] as const);
      list.push({
        path: at("clusters", name, "ranges", key),
        value: ranges[key],
        remedy: `has room for ${room} nodes, and the node pools have ${when} ${nodes} (in ${ZONES} zones); write a wider range, or fewer nodes in ${at("clusters", name, "nodePools")}`,
      });
    }
  }
  return { problems, warnings };
}

function nodesOf(pools: Mesh["clusters"][string]["nodePools"]): { min: number; max: number } {
  const all = Object.values(pools);
  return {
    min: ZONES * all.reduce((sum, { minNodes }) => sum + minNodes, 0),
    max: ZONES * all.reduce((sum, { maxNodes }) => sum + maxNodes, 0),
  };
}

/** How many nodes a range has room for; nothing for what is no range, or of a size that is refused anyway. */
function roomOf({ nodes, pods }: ClusterRanges): (readonly ["nodes" | "pods", number])[] {
  const [nodeRange, podRange] = [parseCidr(nodes), parseCidr(pods)];
  return [
    ...(isCidr(nodeRange) && nodeRange.prefix <= 28 ? [["nodes", sizeOf(nodeRange) - KEPT] as const] : []),
    ...(isCidr(podRange) && podRange.prefix <= 24 ? [["pods", sizeOf(podRange) / 256] as const] : []),
  ];
}
