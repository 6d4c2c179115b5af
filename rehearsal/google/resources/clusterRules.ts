import { overlaps, parseRange } from "../cidr";
import { badRequest, forbidden, invalid, notRehearsed } from "../errors";
import {
  accountType,
  clusterType,
  networkId,
  networkType,
  rangesOf,
  regionOf,
  requiredText,
  subnetworkId,
  subnetworkType,
} from "../names";
import { at, listAt, numberAt, textAt, type Properties } from "../properties";
import type { Google, StoredResource } from "../resource";
import { versionsOf } from "./versions";

/** The CIDR of a named secondary range. The wording is ours: Google's is not known. */
export function secondaryRange(subnetwork: StoredResource, name: string | undefined): string {
  const ranges = listAt(subnetwork.properties, "secondaryIpRanges");
  const found = ranges.find((range) => range.rangeName === name);
  if (!found)
    throw badRequest(
      `Secondary range "${name ?? ""}" does not exist in subnetwork "${subnetwork.id}"; it has: ${ranges.map((range) => String(range.rangeName)).join(", ") || "none"}.`,
    );
  return requiredText(found, "ipCidrRange");
}

/** Refuses a node account that does not exist, or that the caller may not act as: GKE says the same of both. */
export function requireNodeAccount(google: Google, email: string | undefined): void {
  if (!email || email === "default") {
    if (!google.enabled("compute.googleapis.com"))
      throw badRequest("The default Compute Engine service account does not exist.");
    return;
  }
  if (
    !google
      .list(accountType)
      .some((account) => account.properties.email === email && account.properties.disabled !== true)
  )
    throw forbidden(
      `The user does not have access to service account "${email}". Ask a project owner to grant you the iam.serviceAccountUser role on the service account.`,
    );
}

function checkNetwork(properties: Properties, google: Google, self?: string) {
  const region = regionOf(requiredText(properties, "location"));
  const network = networkId(google, requiredText(properties, "network"));
  if (!google.find(networkType, network)) throw badRequest(`Network "${network}" does not exist.`);
  const reference = textAt(properties, "subnetwork");
  if (!reference)
    throw badRequest(`Network "${network}" is in custom subnet mode: a subnetwork must be given.`);
  const subnetwork = google.find(subnetworkType, subnetworkId(google, reference, region));
  if (!subnetwork || subnetwork.properties.region !== region)
    throw badRequest(`Subnetwork "${reference}" does not exist in region "${region}".`);
  if (networkId(google, requiredText(subnetwork.properties, "network")) !== network)
    throw badRequest(`Subnetwork "${subnetwork.id}" is not part of network "${network}".`);
  if (
    properties.networkingMode === "ROUTES" ||
    textAt(properties, "ipAllocationPolicy.clusterSecondaryRangeName") === undefined
  )
    throw notRehearsed(
      "The rehearsal has VPC-native clusters with named secondary ranges only (ipAllocationPolicy).",
    );
  const services = textAt(properties, "ipAllocationPolicy.servicesSecondaryRangeName");
  secondaryRange(subnetwork, services);
  if (services === textAt(properties, "ipAllocationPolicy.clusterSecondaryRangeName"))
    throw badRequest("Pods and services must use different secondary ranges.");
  for (const other of google.list(clusterType))
    if (
      other.id !== self &&
      google.usersOf(subnetwork.id).includes(other.id) &&
      textAt(other.properties, "ipAllocationPolicy.servicesSecondaryRangeName") === services
    )
      throw badRequest(`Services secondary range "${services}" is already in use by cluster "${other.id}".`);
  return { network, subnetwork };
}

function checkPrivate(properties: Properties, google: Google, network: string, self?: string): void {
  const onlyPrivate = at(properties, "privateClusterConfig.enablePrivateEndpoint") === true;
  if (onlyPrivate && at(properties, "masterAuthorizedNetworksConfig") === undefined)
    throw badRequest("enable_master_authorized_networks should be enabled if private endpoint is enabled");
  for (const { cidrBlock } of listAt(properties, "masterAuthorizedNetworksConfig.cidrBlocks")) {
    const range = typeof cidrBlock === "string" ? parseRange(cidrBlock) : undefined;
    if (!range || range.hostBits)
      throw badRequest(`Invalid master authorized network CIDR block "${String(cidrBlock)}".`);
    const local = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].some((own) =>
      overlaps(own, String(cidrBlock)),
    );
    if (onlyPrivate && !local)
      throw badRequest(
        "Cannot specify public IP addresses in master authorized networks for clusters with a private endpoint only.",
      );
  }
  const cidr = textAt(properties, "privateClusterConfig.masterIpv4CidrBlock");
  const clash = cidr && rangesOf(google, network, self).find((range) => overlaps(range.cidr, cidr));
  if (clash)
    throw invalid(
      `Conflicting IP cidr range: Invalid IPCidrRange: ${cidr} conflicts with existing subnetwork '${clash.name}' in region '${clash.region}'.`,
    );
}

function checkAutoProvisioning(properties: Properties, google: Google): void {
  if (at(properties, "clusterAutoscaling.enabled") !== true) return;
  const limits = listAt(properties, "clusterAutoscaling.resourceLimits");
  const missing = ["cpu", "memory"].filter((type) => !limits.some((limit) => limit.resourceType === type));
  if (missing.length > 0)
    throw badRequest(
      `Node auto-provisioning needs resource limits for cpu and memory; missing: ${missing.join(", ")}.`,
    );
  for (const limit of limits) {
    const [minimum, maximum] = [numberAt(limit, "minimum") ?? 0, numberAt(limit, "maximum") ?? 0];
    if (minimum > maximum)
      throw badRequest(
        `Resource limit ${String(limit.resourceType)}: minimum ${minimum} is above maximum ${maximum}.`,
      );
  }
  requireNodeAccount(
    google,
    textAt(properties, "clusterAutoscaling.autoProvisioningDefaults.serviceAccount"),
  );
  checkManagement(properties, at(properties, "clusterAutoscaling.autoProvisioningDefaults.management"));
}

/** Nodes of a cluster in a release channel are upgraded and repaired by Google. */
export function checkManagement(cluster: Properties, management: unknown): void {
  const channel = textAt(cluster, "releaseChannel.channel") ?? "REGULAR";
  if (channel === "UNSPECIFIED") return;
  if (at(management, "autoUpgrade") === false)
    throw badRequest(`Auto_upgrade must be true when release_channel ${channel} is set.`);
  if (at(management, "autoRepair") === false)
    throw badRequest(`Auto_repair must be true when release_channel ${channel} is set.`);
}

const day = 24 * 3600 * 1000;

function checkMaintenance(properties: Properties): void {
  for (const exclusion of listAt(properties, "maintenancePolicy.maintenanceExclusions")) {
    const name = String(exclusion.exclusionName);
    const scope = textAt(exclusion, "exclusionOptions.scope");
    const ends = textAt(exclusion, "endTime");
    const untilEnd = textAt(exclusion, "exclusionOptions.endTimeBehavior") === "UNTIL_END_OF_SUPPORT";
    if (!ends && !untilEnd) throw badRequest(`Maintenance exclusion "${name}" needs an end time.`);
    const length = Date.parse(ends ?? "") - Date.parse(requiredText(exclusion, "startTime"));
    if (length <= 0) throw badRequest(`Maintenance exclusion "${name}" ends before it starts.`);
    if ((scope ?? "NO_UPGRADES") === "NO_UPGRADES" && (untilEnd || length > 90 * day))
      throw badRequest(`Maintenance exclusion "${name}" is too long: NO_UPGRADES allows 90 days at most.`);
    if (scope && scope !== "NO_UPGRADES" && textAt(properties, "releaseChannel.channel") === "UNSPECIFIED")
      throw badRequest(`Maintenance exclusion "${name}": scope ${scope} needs a release channel.`);
  }
}

/**
 * What GKE refuses of a new or changed cluster.
 * @param self id of a cluster that exists already
 */
export function checkCluster(properties: Properties, google: Google, self?: string) {
  const placed = checkNetwork(properties, google, self);
  checkPrivate(properties, google, placed.network, self);
  checkAutoProvisioning(properties, google);
  checkMaintenance(properties);
  requireNodeAccount(google, textAt(properties, "nodeConfig.serviceAccount"));
  if (properties.enableAutopilot === true) throw notRehearsed("The rehearsal has no Autopilot clusters.");
  if (
    !self &&
    (numberAt(properties, "initialNodeCount") ?? 0) < 1 &&
    listAt(properties, "nodePools").length === 0
  )
    throw badRequest("Cluster.initial_node_count must be greater than zero.");
  const pool = textAt(properties, "workloadIdentityConfig.workloadPool");
  if (pool && pool !== `${google.projectId}.svc.id.goog`)
    throw badRequest(
      `Workload Identity Pool "${pool}" is invalid: it must be "${google.projectId}.svc.id.goog".`,
    );
  if (properties.datapathProvider === "ADVANCED_DATAPATH" && at(properties, "networkPolicy.enabled") === true)
    throw badRequest(
      "Enabling NetworkPolicy for clusters with DatapathProvider=ADVANCED_DATAPATH is not allowed.",
    );
  const channel = textAt(properties, "releaseChannel.channel");
  if (channel && versionsOf(channel).length === 0)
    throw badRequest(`Release channel "${channel}" is not available.`);
  return placed;
}
