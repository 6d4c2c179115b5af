import { contains, overlaps, parseAddress } from "./cidr";

/** A cluster as the network sees it. */
export interface ClusterRoute {
  name: string;
  region: string;
  /** Networks are islands: private endpoints are reached from the same one only. Left out: one network for all. */
  network?: string;
  /** A bare address inside the VPC. */
  privateEndpoint: string;
  /** A bare host name. */
  dnsEndpoint: string;
  /** Where the API server listens on loopback. */
  port: number;
  /** Where its DNS endpoint listens, if that is another port of loopback. */
  dnsPort?: number;
  /** `controlPlaneEndpointsConfig.dnsEndpointConfig.allowExternalTraffic` */
  allowExternalTraffic: boolean;
  /** `privateClusterConfig.masterGlobalAccessConfig.enabled` */
  globalAccess: boolean;
  /** `masterAuthorizedNetworksConfig.cidrBlocks`; undefined where the list is switched off: the whole VPC is admitted. */
  authorizedNetworks?: string[];
  podCidr: string;
  /** The subnetwork's primary range. */
  nodeCidr: string;
}

/** Where a client stands: outside Google, or in a pod of a cluster. */
export const internet = "internet";

export type Decision =
  | { allowed: true; cluster: string; endpoint: "dns" | "private"; port: number }
  | { allowed: false; status: 403 | 502; reason: string };

const refused = (status: 403 | 502, reason: string): Decision => ({ allowed: false, status, reason });

/**
 * What becomes of a connection to an address. The rules are Google's:
 * https://cloud.google.com/kubernetes-engine/docs/concepts/network-isolation,
 * https://cloud.google.com/kubernetes-engine/docs/how-to/latest/network-isolation#global_access.
 *
 * @param from `internet`, or the name of a cluster whose pods call
 */
export function decide(clusters: ClusterRoute[], from: string, host: string, port: number): Decision {
  const name = host.toLowerCase().replace(/\.$/, "");
  const byDns = clusters.find((cluster) => cluster.dnsEndpoint.toLowerCase() === name);
  const byAddress = clusters.find((cluster) => cluster.privateEndpoint === name);
  const target = byDns ?? byAddress;
  if (!target) {
    const what = parseAddress(name) === undefined ? "a name that nothing in the rehearsal has" : "no route";
    return refused(502, `${host}:${port}: ${what}`);
  }
  if (port !== 443) return refused(502, `${host}:${port}: a control plane listens on 443 only`);
  if (byDns) {
    // Inside Google's network DNS endpoints answer whatever the switch says: it is about traffic from elsewhere.
    if (from === internet && !target.allowExternalTraffic)
      return refused(
        403,
        `${host}: the DNS endpoint of cluster ${target.name} takes no traffic from outside Google Cloud ` +
          "(controlPlaneEndpointsConfig.dnsEndpointConfig.allowExternalTraffic is not set)",
      );
    return { allowed: true, cluster: target.name, endpoint: "dns", port: target.dnsPort ?? target.port };
  }
  return decidePrivate(clusters, from, target);
}

function decidePrivate(clusters: ClusterRoute[], from: string, target: ClusterRoute): Decision {
  const reached: Decision = { allowed: true, cluster: target.name, endpoint: "private", port: target.port };
  const endpoint = `${target.privateEndpoint} (private endpoint of cluster ${target.name})`;
  if (from === internet) return refused(502, `${endpoint}: a private address has no route from the internet`);
  const caller = clusters.find((cluster) => cluster.name === from);
  if (!caller) return refused(502, `${endpoint}: the calling cluster ${from} does not exist`);
  if (caller.name === target.name) return reached;
  if (caller.network !== target.network)
    return refused(502, `${endpoint}: cluster ${caller.name} is in another network`);
  if (caller.region !== target.region && !target.globalAccess)
    return refused(
      403,
      `${endpoint}: no access from ${caller.region} to ${target.region} ` +
        "(privateClusterConfig.masterGlobalAccessConfig is not enabled)",
    );
  if (target.authorizedNetworks && !admits(target, caller))
    return refused(
      403,
      `${endpoint}: the pods of cluster ${caller.name} (${caller.podCidr}) are in none of its authorized networks ` +
        `(${target.authorizedNetworks.join(", ") || "an empty list"})`,
    );
  return reached;
}

/**
 * To private destinations pods keep their own address, so their range has to be authorized, not only that of their nodes
 * (https://cloud.google.com/kubernetes-engine/docs/concepts/ip-masquerade-agent). A range that admits a part of the
 * pods does not do: which pods it leaves out changes with each restart.
 */
function admits(target: ClusterRoute, caller: ClusterRoute): boolean {
  // Pods on nodes in the cluster's own subnetwork come with an address of that range only when they use the host network.
  const ranges = target.authorizedNetworks ?? [];
  return ranges.some((range) => covers(range, caller.podCidr));
}

function covers(outer: string, inner: string): boolean {
  const [base = "", length = "32"] = inner.split("/");
  return (
    contains(outer, base) && overlaps(outer, inner) && Number(outer.split("/")[1] ?? 32) <= Number(length)
  );
}
