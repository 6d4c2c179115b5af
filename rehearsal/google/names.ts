import { createHash } from "node:crypto";
import { listAt, textAt, type Properties } from "./properties";
import type { Google, StoredResource } from "./resource";

export const computeUrl = "https://www.googleapis.com/compute/v1/";
export const containerUrl = "https://container.googleapis.com/v1/";

/** Hexadecimal digits that are the same in each run: Google's own names look random, and goldens should not change. */
export function digest(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}

export function requiredText(properties: Properties, path: string): string {
  const value = textAt(properties, path);
  if (value === undefined) throw new Error(`the simulated project was asked without "${path}"`);
  return value;
}

export const globalId = (google: Google, collection: string, name: string) =>
  `projects/${google.projectId}/global/${collection}/${name}`;

export const regionalId = (google: Google, region: string, collection: string, name: string) =>
  `projects/${google.projectId}/regions/${region}/${collection}/${name}`;

/**
 * The relative name of a reference, as Google's APIs take it: a self link of any form, `projects/...`,
 * or a bare name, which `qualify` completes.
 */
export function relativeName(reference: string, qualify: (name: string) => string): string {
  const start = reference.indexOf("projects/");
  if (start >= 0) return reference.slice(start);
  return reference.includes("/") ? reference : qualify(reference);
}

export const baseName = (reference: string) => reference.slice(reference.lastIndexOf("/") + 1);

export const networkType = "gcp:compute/network:Network";
export const subnetworkType = "gcp:compute/subnetwork:Subnetwork";
export const clusterType = "gcp:container/cluster:Cluster";
export const nodePoolType = "gcp:container/nodePool:NodePool";
export const membershipType = "gcp:gkehub/membership:Membership";
export const featureType = "gcp:gkehub/feature:Feature";
export const addressType = "gcp:compute/address:Address";
export const globalAddressType = "gcp:compute/globalAddress:GlobalAddress";
export const accountType = "gcp:serviceaccount/account:Account";
export const identityType = "gcp:projects/serviceIdentity:ServiceIdentity";
export const projectMemberType = "gcp:projects/iAMMember:IAMMember";
export const zoneType = "gcp:dns/managedZone:ManagedZone";
export const recordType = "gcp:dns/recordSet:RecordSet";
export const authorityPoolType = "gcp:certificateauthority/caPool:CaPool";
export const authorityType = "gcp:certificateauthority/authority:Authority";
export const issuedType = "gcp:certificateauthority/certificate:Certificate";

export function networkId(google: Google, reference: string): string {
  return relativeName(reference, (name) => globalId(google, "networks", name));
}

export function subnetworkId(google: Google, reference: string, region: string): string {
  return relativeName(reference, (name) => regionalId(google, region, "subnetworks", name));
}

/** `us-east1` for `us-east1` and for its zone `us-east1-b`. */
export function regionOf(location: string): string {
  return location.replace(/-[a-z]$/, "");
}

export const isZone = (location: string) => /-[a-z]$/.test(location);

/** A range of a VPC and the subnetwork that holds it. */
export interface OwnedRange {
  cidr: string;
  /** The subnetwork's name. */
  name: string;
  region: string;
}

/** The subnetwork that Google makes for a control-plane range: part of every overlap check of the VPC. */
function controlPlaneRange(cluster: StoredResource): OwnedRange[] {
  const cidr = textAt(cluster.properties, "privateClusterConfig.masterIpv4CidrBlock");
  const name = requiredText(cluster.properties, "name");
  const region = regionOf(requiredText(cluster.properties, "location"));
  return cidr ? [{ cidr, region, name: `gke-${name}-${digest(cluster.id, 8)}-pe-subnet` }] : [];
}

function subnetworkRanges(subnetwork: StoredResource): OwnedRange[] {
  const name = requiredText(subnetwork.properties, "name");
  const region = requiredText(subnetwork.properties, "region");
  const secondary = listAt(subnetwork.properties, "secondaryIpRanges");
  return [subnetwork.properties, ...secondary].map((range) => ({
    cidr: requiredText(range, "ipCidrRange"),
    name,
    region,
  }));
}

/** All ranges of a VPC, except those of the resource with the id `except`. */
export function rangesOf(google: Google, network: string, except?: string): OwnedRange[] {
  const others = (type: string) =>
    google
      .list(type)
      .filter((resource) => resource.id !== except)
      .filter((resource) => networkId(google, requiredText(resource.properties, "network")) === network);
  return [
    ...others(subnetworkType).flatMap(subnetworkRanges),
    ...others(clusterType).flatMap(controlPlaneRange),
  ];
}
