import {
  FIREWALL,
  letsIn,
  NETWORK,
  networkOf,
  ownNetwork,
  ownSubnetwork,
  SUBNETWORK,
  subnetworkOf,
} from "../read/google";
import { keyOf, keysAround, type Range, rangeOf } from "../read/ranges";
import { type Props, stackRule } from "../rule";
import { readEach } from "../read/stack";
import { at, listAt } from "../read/values";
import { CLUSTER } from "./clusterPrivate";

/** The port of istiod's webhooks on its pods. */
const WEBHOOK_PORT = 15017;

export const firewallWebhook = stackRule({
  name: "firewall-webhook-open",
  displayName: "The control plane reaches istiod's webhooks",
  severity: "high",
  tags: ["network", "cluster"],
  description:
    `A firewall rule on the network of a private cluster opens ${WEBHOOK_PORT} from the control plane's range, or from the pods' ` +
    "where it has none. Judged in the stack that makes the cluster's network or subnet: elsewhere the rule is another stack's.",
  remediationSteps:
    `Make a Firewall with sourceRanges [masterIpv4CidrBlock, or the pods' range] and allows tcp ${WEBHOOK_PORT}. GKE opens ` +
    "443 and 10250 by itself; without this port no injected pod starts.",
  url: "https://istio.io/latest/docs/setup/platform-setup/gke/",
  types: [CLUSTER, FIREWALL, SUBNETWORK, NETWORK],
  inspect(subjects, expect) {
    const of = (wanted: string) => subjects.filter(({ type }) => type === wanted);
    const clusters = of(CLUSTER);
    if (clusters.length === 0) {
      return;
    }
    const networks = new Set<string>();
    const subnets = new Map<string, Props>();
    const openings = new Openings();
    const complete = [
      readEach(of(NETWORK), expect, ({ props }) => networks.add(ownNetwork(props))),
      readEach(of(SUBNETWORK), expect, ({ props }) => subnets.set(ownSubnetwork(props), props)),
      readEach(of(FIREWALL), expect, ({ props }) => openings.add(props)),
    ].every(Boolean);
    for (const cluster of clusters) {
      expect(cluster)("privateClusterConfig", () => {
        const { props } = cluster;
        if (at(props, "privateClusterConfig", "enablePrivateNodes") !== true) {
          return undefined;
        }
        const network = networkOf(props);
        const subnet = subnets.get(subnetworkOf(props));
        if (!subnet && !networks.has(network)) {
          return undefined;
        }
        const pods = podRange(props, subnet);
        const caller = at(props, "privateClusterConfig", "masterIpv4CidrBlock") || pods;
        return openings.admit(network, rangeOf(caller), rangeOf(pods)) || !complete
          ? undefined
          : `has no firewall rule that opens ${WEBHOOK_PORT} from ${typeof caller === "string" ? caller : "the control plane"}: write one on its network`;
      });
    }
  },
});

function podRange(cluster: Props, subnet?: Props): unknown {
  const name = at(cluster, "ipAllocationPolicy", "clusterSecondaryRangeName");
  const range = listAt(subnet, "secondaryIpRanges").find((entry) => at(entry, "rangeName") === name);
  return at(range, "ipCidrRange");
}

const ANYWHERE = "0.0.0.0/0";

/** What firewall rules let in to the webhooks: sources by network and destination. */
class Openings {
  private readonly sources = new Map<string, Set<string>>();

  add(firewall: Props): void {
    if (!letsIn(firewall, WEBHOOK_PORT)) {
      return;
    }
    const network = networkOf(firewall);
    const destinations = keysOf(listAt(firewall, "destinationRanges"));
    for (const place of ["", ...destinations]) {
      const known = this.sources.get(network + place) ?? new Set();
      this.sources.set(network + place, known);
      sourcesOf(firewall).forEach((source) => known.add(source));
    }
  }

  /** @param destination undefined where it is not known: any is as good */
  admit(network: string, source?: Range, destination?: Range): boolean {
    const places = destination ? keysAround(destination) : [""];
    const wanted = source && keysAround(source);
    return places.some((place) => {
      const known = this.sources.get(network + place);
      return known !== undefined && (wanted?.some((key) => known.has(key)) ?? known.size > 0);
    });
  }
}

function sourcesOf(firewall: Props): string[] {
  // The control plane has no tag and no account of the project's.
  const named = ["sourceTags", "sourceServiceAccounts"].some((key) => listAt(firewall, key).length > 0);
  const ranges = listAt(firewall, "sourceRanges");
  return named && ranges.length === 0 ? [] : keysOf(ranges);
}

/** Google's default is everything. */
function keysOf(ranges: unknown[]): string[] {
  return (ranges.length > 0 ? ranges : [ANYWHERE]).flatMap((range) => {
    const parsed = rangeOf(String(range).includes("/") ? range : `${String(range)}/32`);
    return parsed ? [keyOf(parsed)] : [];
  });
}
