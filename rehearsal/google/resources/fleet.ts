import { badRequest, failedPrecondition } from "../errors";
import {
  clusterType,
  featureType,
  identityType,
  membershipType,
  projectMemberType,
  requiredText,
} from "../names";
import { textAt, type Properties } from "../properties";
import type { Google, ResourceKind } from "../resource";
import { serviceAgent } from "../services";
import { labelOutputs } from "./address";
import { created } from "./network";

/** Whether a principal holds a role on the project by an IAMMember. */
export function holdsRole(google: Google, member: string, role: string): boolean {
  return google
    .list(projectMemberType)
    .some((binding) => binding.properties.member === member && binding.properties.role === role);
}

function registeredCluster(properties: Properties, google: Google): string | undefined {
  const link = textAt(properties, "endpoint.gkeCluster.resourceLink");
  if (!link) return undefined;
  const id = link.slice(Math.max(link.indexOf("projects/"), 0));
  if (id.includes("/zones/") || id.includes("/regions/"))
    throw badRequest("issuer for Gke Cluster should use 'locations'");
  const cluster = google.find(clusterType, id);
  if (!cluster || !/^(\/\/container\.googleapis\.com\/)?projects\//.test(link))
    throw failedPrecondition(`failed to look up GKE cluster for resource link "${link}": not found`);
  const other = google
    .list(membershipType)
    .find((membership) => textAt(membership.properties, "endpoint.gkeCluster.resourceLink")?.endsWith(id));
  const own = membershipId(properties, google);
  const registered = other?.id ?? textAt(cluster.properties, "fleet.membership");
  if (registered && registered !== own)
    throw badRequest(
      `intend to register the cluster with resource: ${own}, but the cluster is already registered with resource: ${registered}`,
    );
  return id;
}

const membershipId = (properties: Properties, google: Google) =>
  `projects/${google.projectId}/locations/${textAt(properties, "location") ?? "global"}/memberships/${requiredText(properties, "membershipId")}`;

export const membership: ResourceKind = {
  type: membershipType,
  service: "gkehub.googleapis.com",
  id: membershipId,
  alreadyExists: (id) => `Resource '${id}' already exists`,
  guardedAs: "membership",
  create(properties, google) {
    const name = requiredText(properties, "membershipId");
    if (!/^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/.test(name))
      throw badRequest(`InvalidValueError for field membership_id: "${name}" must be a valid RFC 1123 name.`);
    const cluster = registeredCluster(properties, google);
    const agent = serviceAgent("gkehub.googleapis.com", google.number) ?? "";
    if (cluster && !holdsRole(google, `serviceAccount:${agent}`, "roles/gkehub.serviceAgent"))
      throw failedPrecondition("hub default service account does not have access to the GKE cluster project");
    const issuer = textAt(properties, "authority.issuer");
    if (issuer && cluster) {
      if (!issuer.includes("/locations/")) throw badRequest("issuer for Gke Cluster should use 'locations'");
      if (issuer !== `https://container.googleapis.com/v1/${cluster}`)
        throw badRequest(
          `issuer "${issuer}" does not match the cluster's: https://container.googleapis.com/v1/${cluster}`,
        );
    }
    return { ...properties, ...labelOutputs(properties), name: membershipId(properties, google) };
  },
  update: (resource, wanted) => ({ ...resource.properties, ...wanted, ...labelOutputs(wanted) }),
};

/** Features of a fleet that have an API of their own, which must be on. */
const features: Record<string, string | undefined> = {
  configmanagement: "anthosconfigmanagement.googleapis.com",
  fleetobservability: "gkehub.googleapis.com",
  multiclusteringress: "multiclusteringress.googleapis.com",
  multiclusterservicediscovery: "multiclusterservicediscovery.googleapis.com",
  servicemesh: "mesh.googleapis.com",
};

const CONFIG_MEMBERSHIP = "spec.multiclusteringress.configMembership";

function checkConfigMembership(properties: Properties, google: Google): void {
  const reference = textAt(properties, CONFIG_MEMBERSHIP);
  if (properties.name !== "multiclusteringress") return;
  if (!reference)
    throw badRequest(
      "InvalidValueError for field spec.multiclusteringress.config_membership: must be given.",
    );
  if (!/^projects\/[^/]+\/locations\/[^/]+\/memberships\/[^/]+$/.test(reference))
    throw badRequest(
      `InvalidValueError for field spec.multiclusteringress.config_membership: "${reference}" must be projects/*/locations/*/memberships/*.`,
    );
  if (!google.find(membershipType, reference))
    throw failedPrecondition(`config membership "${reference}" does not exist`);
}

export const feature: ResourceKind = {
  type: featureType,
  service: "gkehub.googleapis.com",
  id: (properties, google) =>
    `projects/${google.projectId}/locations/${requiredText(properties, "location")}/features/${requiredText(properties, "name")}`,
  // A feature that is on already is adopted by the provider.
  adopts: true,
  // The membership of a cluster that was deleted by hand is gone, and the feature still names it.
  references: (properties) => {
    const reference = textAt(properties, CONFIG_MEMBERSHIP);
    return reference === undefined ? [] : [reference];
  },
  create(properties, google) {
    const name = requiredText(properties, "name");
    if (!(name in features))
      throw badRequest(`InvalidValueError for field feature_id: feature "${name}" is not known.`);
    if (properties.location !== "global")
      throw badRequest(`Feature "${name}" exists in location "global" only.`);
    const api = features[name];
    if (api && !google.enabled(api))
      throw failedPrecondition(`${api} is not enabled: please enable the API before enabling the feature.`);
    checkConfigMembership(properties, google);
    return {
      ...properties,
      ...labelOutputs(properties),
      createTime: created,
      deleteTime: "",
      resourceStates: [{ hasResources: false, state: "ACTIVE" }],
      states: [{ states: [{ code: "OK", description: "Ready to use", updateTime: created }] }],
      updateTime: created,
    };
  },
  update(resource, wanted, google) {
    checkConfigMembership({ ...resource.properties, ...wanted }, google);
    return { ...resource.properties, ...wanted, ...labelOutputs(wanted) };
  },
  remove(resource, google) {
    if (resource.properties.name === "multiclusteringress" && google.multiClusterIngressObjects > 0)
      throw failedPrecondition("Feature has associated resources that should be cleaned up before deletion.");
  },
};

/** Role that the multi-cluster ingress' service agent needs; without it Google's controller does nothing. */
export function multiClusterIngressReady(google: Google): boolean {
  const agent = serviceAgent("multiclusteringress.googleapis.com", google.number) ?? "";
  return (
    google.list(identityType).some((identity) => identity.properties.email === agent) &&
    holdsRole(google, `serviceAccount:${agent}`, "roles/multiclusteringress.serviceAgent")
  );
}
