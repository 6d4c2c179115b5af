import { overlaps, parseRange } from "../cidr";
import { failedPrecondition, invalid, notFound } from "../errors";
import {
  clusterType,
  computeUrl,
  digest,
  globalId,
  networkId,
  networkType,
  rangesOf,
  regionalId,
  requiredText,
  subnetworkId,
  subnetworkType,
} from "../names";
import { listAt, textAt, type Properties } from "../properties";
import type { Google, ResourceKind, StoredResource } from "../resource";
import { regions } from "../services";

/** Fixed, so that outputs do not differ from run to run. */
export const created = "2026-01-01T00:00:00.000-08:00";

/** Refuses a network that does not exist, and answers its self link. */
export function requireNetwork(google: Google, reference: string, field = "resource.network"): string {
  const id = networkId(google, reference);
  if (!google.find(networkType, id))
    throw invalid(
      `Invalid value for field '${field}': '${computeUrl}${id}'. The referenced network resource cannot be found.`,
    );
  return computeUrl + id;
}

export function requireSubnetwork(google: Google, reference: string, region: string): StoredResource {
  const id = subnetworkId(google, reference, region);
  const found = google.find(subnetworkType, id);
  if (!found) throw notFound(`The resource '${id}' was not found`);
  return found;
}

export function requireRegion(google: Google, region: string): void {
  if (!regions[region]) throw invalid(`Invalid value for field 'region': '${region}'. Unknown region.`);
  void google;
}

export const network: ResourceKind = {
  type: networkType,
  service: "compute.googleapis.com",
  guardedAs: "network",
  id: (properties, google) => globalId(google, "networks", requiredText(properties, "name")),
  create(properties, google) {
    if (properties.autoCreateSubnetworks !== false)
      throw invalid(
        "The rehearsal has custom-mode networks only: set autoCreateSubnetworks to false (Google would make a subnetwork in every region, in 10.128.0.0/9).",
      );
    const id = this.id(properties, google);
    return {
      bgpAlwaysCompareMed: false,
      bgpBestPathSelectionMode: "LEGACY",
      bgpInterRegionCost: "",
      gatewayIpv4: "",
      internalIpv6Range: "",
      mtu: 1460,
      routingMode: "REGIONAL",
      ...properties,
      networkId: google.nextNumber(),
      numericId: google.nextNumber(),
      selfLink: computeUrl + id,
    };
  },
  update: (resource, wanted) => ({ ...resource.properties, ...wanted }),
};

function checkRanges(google: Google, properties: Properties, except?: string): void {
  const secondary = listAt(properties, "secondaryIpRanges");
  const names = secondary.map((range) => requiredText(range, "rangeName"));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice)
    throw invalid(`Invalid value for field 'resource.secondaryIpRanges': duplicate range name '${twice}'.`);
  const ranges = [properties, ...secondary].map((range) => requiredText(range, "ipCidrRange"));
  for (const cidr of ranges) {
    const range = parseRange(cidr);
    if (!range || range.hostBits || range.bits < 4 || range.bits > 29)
      throw invalid(
        `Invalid value for field 'resource.ipCidrRange': '${cidr}'. Must be a valid IPv4 CIDR address range with a prefix length between /4 and /29 and no host bits.`,
      );
  }
  const region = requiredText(properties, "region");
  const name = requiredText(properties, "name");
  ranges.forEach((cidr, index) => {
    const own = ranges.slice(0, index).map((other) => ({ cidr: other, name, region }));
    const others = rangesOf(google, networkId(google, requiredText(properties, "network")), except);
    const clash = [...own, ...others].find((other) => overlaps(other.cidr, cidr));
    if (clash)
      throw invalid(
        `Invalid value for field 'resource.ipCidrRange': '${cidr}'. Conflicting IP cidr range: Invalid IPCidrRange: ${cidr} conflicts with existing subnetwork '${clash.name}' in region '${clash.region}'.`,
      );
  });
}

function gateway(cidr: string): string {
  return cidr.replace(/(\d+)\/\d+$/, (_, last: string) => String(Number(last) + 1));
}

/** Names of secondary ranges that clusters of the subnetwork use. */
function rangesInUse(google: Google, subnetwork: string): string[] {
  return google
    .list(clusterType)
    .filter((cluster) => google.usersOf(subnetwork).includes(cluster.id))
    .flatMap((cluster) => [
      textAt(cluster.properties, "ipAllocationPolicy.clusterSecondaryRangeName") ?? "",
      textAt(cluster.properties, "ipAllocationPolicy.servicesSecondaryRangeName") ?? "",
    ]);
}

export const subnetwork: ResourceKind = {
  type: subnetworkType,
  service: "compute.googleapis.com",
  guardedAs: "subnetwork",
  id: (properties, google) =>
    regionalId(google, requiredText(properties, "region"), "subnetworks", requiredText(properties, "name")),
  references: (properties, google) => [networkId(google, requiredText(properties, "network"))],
  create(properties, google) {
    requireRegion(google, requiredText(properties, "region"));
    const selfLink = requireNetwork(google, requiredText(properties, "network"));
    checkRanges(google, properties);
    const id = this.id(properties, google);
    return {
      allowSubnetCidrRoutesOverlap: false,
      externalIpv6Prefix: "",
      internalIpv6Prefix: "",
      privateIpGoogleAccess: false,
      privateIpv6GoogleAccess: "DISABLE_GOOGLE_ACCESS",
      purpose: "PRIVATE",
      secondaryIpRanges: [],
      stackType: "IPV4_ONLY",
      ...properties,
      creationTimestamp: created,
      fingerprint: digest(id, 12),
      gatewayAddress: gateway(requiredText(properties, "ipCidrRange")),
      ipv6CidrRange: "",
      ipv6GceEndpoint: "",
      network: selfLink,
      selfLink: computeUrl + id,
      state: "",
      subnetworkId: Number(google.nextNumber()),
    };
  },
  update(resource, wanted, google) {
    const properties: Properties = { ...resource.properties, ...wanted };
    checkRanges(google, properties, resource.id);
    const kept = new Map(
      listAt(properties, "secondaryIpRanges").map((range) => [range.rangeName, range.ipCidrRange]),
    );
    for (const range of listAt(resource.properties, "secondaryIpRanges")) {
      const name = requiredText(range, "rangeName");
      if (kept.get(name) !== range.ipCidrRange && rangesInUse(google, resource.id).includes(name))
        throw failedPrecondition(
          `Cannot remove or change secondary range '${name}' of subnetwork '${resource.id}': it is used by a cluster.`,
        );
    }
    return { ...properties, network: requireNetwork(google, requiredText(properties, "network")) };
  },
};
