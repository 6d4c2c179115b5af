import { networkOf, SUBNETWORK } from "../read/google";
import { type Range, rangeOf } from "../read/ranges";
import { type Expect, type Props, stackRule, type Subject } from "../rule";
import { at, listAt } from "../read/values";
import { CLUSTER } from "./clusterPrivate";

interface Entry {
  subject: Subject;
  field: string;
  cidr: string;
  range: Range;
}

export const rangesDisjoint = stackRule({
  name: "ranges-disjoint",
  displayName: "Ranges of clusters do not overlap",
  severity: "high",
  tags: ["network", "cluster"],
  description:
    "In one VPC no two ranges overlap: primary and secondary ranges of subnets, control planes' ranges, and the ranges that clusters " +
    "ask for (clusterIpv4Cidr, or ipAllocationPolicy's blocks).",
  remediationSteps:
    "Give each cluster nodes, pods, services and control plane from a part of the mesh's supernet that nobody else uses.",
  url: "https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips#cluster_sizing",
  types: [SUBNETWORK, CLUSTER],
  inspect(subjects, expect) {
    const byNetwork = new Map<string, Entry[]>();
    for (const subject of subjects) {
      const read = subject.type === SUBNETWORK ? readSubnet : readCluster;
      read(subject.props, expect(subject), (field, cidr) => {
        const range = rangeOf(cidr);
        if (range) {
          const network = networkOf(subject.props);
          const entries = byNetwork.get(network) ?? [];
          byNetwork.set(network, entries);
          entries.push({ subject, field, cidr: String(cidr), range });
        }
      });
    }
    for (const entries of byNetwork.values()) {
      for (const [entry, other] of overlaps(entries)) {
        expect(entry.subject)(entry.field, () => {
          const where = other.subject === entry.subject ? "" : ` of ${other.subject.name}`;
          return `is ${entry.cidr}, which overlaps ${other.cidr}, the ${other.field}${where}: write a range of its own`;
        });
      }
    }
  },
});

type Read = (field: string, cidr: unknown) => void;

function readSubnet(props: Props, expect: Expect, read: Read): void {
  expect("ipCidrRange", () => read("ipCidrRange", at(props, "ipCidrRange")));
  expect("secondaryIpRanges", () =>
    listAt(props, "secondaryIpRanges").forEach((_, index) => {
      const field = `secondaryIpRanges[${index}].ipCidrRange`;
      expect(field, () => read(field, at(props, "secondaryIpRanges", index, "ipCidrRange")));
    }),
  );
}

function readCluster(props: Props, expect: Expect, read: Read): void {
  const controlPlane = ["privateClusterConfig", "masterIpv4CidrBlock"] as const;
  expect(controlPlane.join("."), () => read(controlPlane.join("."), at(props, ...controlPlane)));
  const blocks = {
    clusterIpv4CidrBlock: "clusterSecondaryRangeName",
    servicesIpv4CidrBlock: "servicesSecondaryRangeName",
  };
  for (const [range, name] of Object.entries(blocks)) {
    const field = `ipAllocationPolicy.${range}`;
    expect(field, () => {
      // With a name it is the subnet's range, which is judged there; Google writes it here too.
      if (at(props, "ipAllocationPolicy", name) === undefined) {
        read(field, at(props, "ipAllocationPolicy", range));
      }
    });
  }
  expect("clusterIpv4Cidr", () => {
    // Google writes the pods' range here too, whoever asked for it in whichever field.
    const asked = (field: string) => at(props, "ipAllocationPolicy", field);
    if (asked("clusterSecondaryRangeName") === undefined && !rangeOf(asked("clusterIpv4CidrBlock"))) {
      read("clusterIpv4Cidr", at(props, "clusterIpv4Cidr"));
    }
  });
}

/** Each entry that overlaps one before it, with that one; sorts the entries. */
function overlaps(entries: Entry[]): [Entry, Entry][] {
  // In this order whatever overlaps an entry comes before it, and the one that ends last is enough to compare with.
  entries.sort((a, b) => a.range.first - b.range.first || b.range.last - a.range.last);
  const found: [Entry, Entry][] = [];
  let before: Entry | undefined;
  for (const entry of entries) {
    if (before && entry.range.first <= before.range.last) {
      found.push([entry, before]);
    }
    if (!before || entry.range.last > before.range.last) {
      before = entry;
    }
  }
  return found;
}
