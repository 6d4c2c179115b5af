import { requireEnabled } from "./enabled";
import { badRequest, notFound } from "./errors";
import {
  computeUrl,
  networkId,
  networkType,
  requiredText,
  subnetworkId,
  subnetworkType,
  zoneType,
} from "./names";
import { textAt, type Properties } from "./properties";
import type { Google, StoredResource } from "./resource";
import { isKnownLocation } from "./services";
import { channelNames, defaultVersion, versionsOf } from "./resources/versions";

function required(found: StoredResource | undefined, id: string): Properties {
  if (!found) throw notFound(`The resource '${id}' was not found`);
  return { ...found.properties, id: found.id };
}

function pick(properties: Properties, names: string[]): Properties {
  return Object.fromEntries(names.map((name) => [name, properties[name] ?? ""]));
}

function engineVersions(args: Properties, google: Google): Properties {
  const location = textAt(args, "location");
  if (!location || !isKnownLocation(location))
    throw badRequest(`Location "${location ?? ""}" does not exist.`);
  const prefix = textAt(args, "versionPrefix") ?? "";
  const offered = versionsOf("EXTENDED").filter((version) => version.startsWith(prefix));
  const perChannel = (pick: (channel: string) => string | undefined) =>
    Object.fromEntries(channelNames.map((channel) => [channel, pick(channel) ?? ""]));
  return {
    defaultClusterVersion: defaultVersion("REGULAR"),
    id: `projects/${google.projectId}/locations/${location}`,
    latestMasterVersion: offered[0] ?? "",
    latestNodeVersion: offered[0] ?? "",
    location,
    project: google.projectId,
    releaseChannelDefaultVersion: perChannel(defaultVersion),
    releaseChannelLatestVersion: perChannel((channel) => versionsOf(channel)[0]),
    releaseChannelUpgradeTargetVersion: perChannel(defaultVersion),
    validMasterVersions: offered,
    validNodeVersions: offered,
    versionPrefix: prefix,
  };
}

type Invoke = (args: Properties, google: Google) => Properties;

const invokes: Record<string, Invoke> = {
  "gcp:organizations/getProject:getProject": (args, google) => {
    const projectId = textAt(args, "projectId") ?? google.projectId;
    if (projectId !== google.projectId)
      throw notFound(`The project "${projectId}" does not exist, or you may not see it.`);
    return {
      autoCreateNetwork: false,
      billingAccount: "000000-000000-000000",
      deletionPolicy: "PREVENT",
      effectiveLabels: {},
      folderId: "",
      id: `projects/${projectId}`,
      labels: {},
      name: projectId,
      number: google.number,
      orgId: "",
      projectId,
      pulumiLabels: {},
      tags: {},
    };
  },
  "gcp:container/getEngineVersions:getEngineVersions": engineVersions,
  "gcp:compute/getNetwork:getNetwork": (args, google) => {
    const id = networkId(google, requiredText(args, "name"));
    const found = required(google.find(networkType, id), id);
    const subnetworks = google
      .list(subnetworkType)
      .filter((each) => each.properties.network === computeUrl + id);
    return {
      ...pick(found, [
        "description",
        "gatewayIpv4",
        "id",
        "internalIpv6Range",
        "name",
        "networkProfile",
        "numericId",
        "project",
        "selfLink",
      ]),
      networkId: Number(found.networkId),
      subnetworksSelfLinks: subnetworks.map((each) => each.properties.selfLink),
    };
  },
  "gcp:compute/getSubnetwork:getSubnetwork": (args, google) => {
    const reference = textAt(args, "selfLink") ?? requiredText(args, "name");
    const id = subnetworkId(google, reference, textAt(args, "region") ?? "");
    const found = required(google.find(subnetworkType, id), id);
    return {
      ...pick(found, [
        "description",
        "externalIpv6Prefix",
        "gatewayAddress",
        "id",
        "internalIpv6Prefix",
        "ipCidrRange",
        "ipv6AccessType",
        "name",
        "network",
        "privateIpGoogleAccess",
        "project",
        "region",
        "selfLink",
        "stackType",
        "subnetworkId",
      ]),
      secondaryIpRanges: found.secondaryIpRanges ?? [],
    };
  },
  "gcp:dns/getManagedZone:getManagedZone": (args, google) => {
    const id = `projects/${google.projectId}/managedZones/${requiredText(args, "name")}`;
    const found = required(google.find(zoneType, id), id);
    return {
      ...pick(found, ["description", "dnsName", "id", "name", "nameServers", "project", "visibility"]),
      managedZoneId: String(found.managedZoneId),
    };
  },
};

/** API that a function reads from; `getProject` and the like need none that can be off. */
const invokeServices: Record<string, string> = {
  "gcp:container/getEngineVersions:getEngineVersions": "container.googleapis.com",
  "gcp:compute/getNetwork:getNetwork": "compute.googleapis.com",
  "gcp:compute/getSubnetwork:getSubnetwork": "compute.googleapis.com",
  "gcp:dns/getManagedZone:getManagedZone": "dns.googleapis.com",
};

/** Answers a function of @pulumi/gcp that reads the project. */
export function invoke(token: string, args: Properties, google: Google): Properties {
  const known = invokes[token];
  if (!known) throw notFound(`The simulated project has no function ${token}.`);
  const service = invokeServices[token];
  if (service) requireEnabled(google, service);
  return known(args, google);
}
