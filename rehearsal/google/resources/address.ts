import { contains, firstFree, usable } from "../cidr";
import { GoogleError, invalid } from "../errors";
import {
  addressType,
  clusterType,
  computeUrl,
  digest,
  globalAddressType,
  globalId,
  networkId,
  regionOf,
  regionalId,
  requiredText,
  subnetworkId,
} from "../names";
import { objectAt, textAt, type Properties } from "../properties";
import type { Google, ResourceKind, StoredResource } from "../resource";
import { created, requireNetwork, requireRegion, requireSubnetwork } from "./network";

/** Public addresses of the rehearsal: ranges for documentation (RFC 5737), so nothing real is ever addressed. */
const publicRanges = { global: "203.0.113.0/24", regional: "198.51.100.0/24" };

/** Every address that some resource holds. */
export function takenAddresses(google: Google): Set<string> {
  const reserved = [...google.list(addressType), ...google.list(globalAddressType)];
  const clusters = google.list(clusterType).map((cluster) => cluster.properties);
  const derived = google.derived().map((resource) => textAt(resource.data, "address") ?? "");
  return new Set([
    ...derived,
    ...reserved.map((resource) => textAt(resource.properties, "address") ?? ""),
    ...clusters.map((cluster) => textAt(cluster, "privateClusterConfig.privateEndpoint") ?? ""),
    ...clusters.map((cluster) => textAt(cluster, "privateClusterConfig.publicEndpoint") ?? ""),
  ]);
}

/** The next free address of a range; refuses when there is none. */
export function takeAddress(google: Google, cidr: string): string {
  const taken = takenAddresses(google);
  const free = firstFree(cidr, (address) => taken.has(address));
  if (!free) throw new GoogleError(400, "ipSpaceExhausted", `IP space of '${cidr}' is exhausted.`);
  return free;
}

export const takePublicAddress = (google: Google) => takeAddress(google, publicRanges.regional);

/** Labels of a resource as the provider's outputs show them; Pulumi marks what it made. */
export function labelOutputs(properties: Properties, field = "labels"): Properties {
  const all = { ...objectAt(properties, field), "goog-pulumi-provisioned": "true" };
  return { effectiveLabels: all, pulumiLabels: all };
}

export const globalAddress: ResourceKind = {
  type: globalAddressType,
  service: "compute.googleapis.com",
  guardedAs: "address",
  id: (properties, google) => globalId(google, "addresses", requiredText(properties, "name")),
  references: (properties, google) => {
    const network = textAt(properties, "network");
    return network ? [networkId(google, network)] : [];
  },
  create(properties, google) {
    if (properties.addressType === "INTERNAL")
      throw invalid(
        "The rehearsal has external global addresses only: internal ones serve private services access and Private Service Connect.",
      );
    if (textAt(properties, "address"))
      throw invalid(
        `Invalid value for field 'resource.address': '${requiredText(properties, "address")}'. An external address cannot be chosen.`,
      );
    const id = this.id(properties, google);
    return {
      prefixLength: 0,
      ...properties,
      ...labelOutputs(properties),
      address: takeAddress(google, publicRanges.global),
      creationTimestamp: created,
      labelFingerprint: digest(id, 12),
      selfLink: computeUrl + id,
    };
  },
  update: (resource, wanted) => ({ ...resource.properties, ...wanted, ...labelOutputs(wanted) }),
};

function internalAddress(properties: Properties, google: Google): Properties {
  const region = requiredText(properties, "region");
  const reference = textAt(properties, "subnetwork");
  if (!reference)
    throw invalid(
      "Invalid value for field 'resource.subnetwork': ''. A subnetwork must be given for an internal address.",
    );
  const subnetwork = requireSubnetwork(google, reference, region);
  if (subnetwork.properties.region !== region)
    throw invalid(
      `Invalid value for field 'resource.subnetwork': '${reference}'. The subnetwork must be in region '${region}'.`,
    );
  const range = requiredText(subnetwork.properties, "ipCidrRange");
  const wanted = textAt(properties, "address");
  if (wanted && (!contains(range, wanted) || !usable(range, wanted)))
    throw invalid(
      `Invalid value for field 'resource.address': '${wanted}'. Requested internal IP address is outside the network/subnetwork range.`,
    );
  if (wanted && takenAddresses(google).has(wanted))
    throw new GoogleError(
      400,
      "IP_IN_USE_BY_ANOTHER_RESOURCE",
      `IP '${wanted}' is already being used by another resource.`,
    );
  return {
    purpose: "GCE_ENDPOINT",
    ...properties,
    address: wanted ?? takeAddress(google, range),
    networkTier: properties.networkTier ?? "PREMIUM",
    subnetwork: computeUrl + subnetwork.id,
  };
}

function externalAddress(properties: Properties, google: Google): Properties {
  for (const field of ["address", "subnetwork"])
    if (textAt(properties, field))
      throw invalid(
        `Invalid value for field 'resource.${field}': '${requiredText(properties, field)}'. It cannot be set for an external address.`,
      );
  return {
    networkTier: "PREMIUM",
    purpose: "",
    subnetwork: "",
    ...properties,
    address: takeAddress(google, publicRanges.regional),
  };
}

export const address: ResourceKind = {
  type: addressType,
  service: "compute.googleapis.com",
  guardedAs: "address",
  id: (properties, google) =>
    regionalId(google, requiredText(properties, "region"), "addresses", requiredText(properties, "name")),
  references: (properties, google) => {
    const [subnetwork, network] = [textAt(properties, "subnetwork"), textAt(properties, "network")];
    return [
      ...(subnetwork ? [subnetworkId(google, subnetwork, regionOf(requiredText(properties, "region")))] : []),
      ...(network ? [networkId(google, network)] : []),
    ];
  },
  create(properties, google) {
    requireRegion(google, requiredText(properties, "region"));
    if (textAt(properties, "network")) requireNetwork(google, requiredText(properties, "network"));
    const filled =
      properties.addressType === "INTERNAL"
        ? internalAddress(properties, google)
        : externalAddress(properties, google);
    const id = this.id(properties, google);
    return {
      prefixLength: 0,
      ...filled,
      ...labelOutputs(properties),
      addressId: google.nextNumber(),
      creationTimestamp: created,
      labelFingerprint: digest(id, 12),
      selfLink: computeUrl + id,
      users: [],
    };
  },
  update: (resource, wanted) => ({ ...resource.properties, ...wanted, ...labelOutputs(wanted) }),
  read: (resource: StoredResource, google) => ({
    ...resource.properties,
    users: google.usersOf(resource.id),
  }),
};
