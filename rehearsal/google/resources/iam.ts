import { badRequest, conflict, notFound } from "../errors";
import {
  accountType,
  clusterType,
  digest,
  identityType,
  projectMemberType,
  relativeName,
  requiredText,
} from "../names";
import { textAt, type Properties } from "../properties";
import type { Google, ResourceKind } from "../resource";
import { serviceAgent } from "../services";

const emailOf = (google: Google, accountId: string) =>
  `${accountId}@${google.projectId}.iam.gserviceaccount.com`;

export const account: ResourceKind = {
  type: accountType,
  service: "iam.googleapis.com",
  id: (properties, google) =>
    `projects/${google.projectId}/serviceAccounts/${emailOf(google, requiredText(properties, "accountId"))}`,
  create(properties, google) {
    const id = this.id(properties, google);
    const email = emailOf(google, requiredText(properties, "accountId"));
    if (google.find(accountType, id))
      throw conflict(
        `Service account ${requiredText(properties, "accountId")} already exists within project projects/${google.projectId}.`,
      );
    return {
      ...properties,
      email,
      member: `serviceAccount:${email}`,
      name: id,
      uniqueId: google.nextNumber(),
    };
  },
  update: (resource, wanted) => ({ ...resource.properties, ...wanted }),
};

/** Predefined roles that a private mesh cluster, or Pulumi's own account, can need. */
const roles = new Set(
  [
    "artifactregistry.reader",
    "autoscaling.metricsWriter",
    "cloudtrace.agent",
    "compute.instanceAdmin.v1",
    "compute.networkAdmin",
    "compute.networkUser",
    "compute.networkViewer",
    "compute.securityAdmin",
    "compute.viewer",
    "container.admin",
    "container.clusterAdmin",
    "container.clusterViewer",
    "container.defaultNodeServiceAccount",
    "container.developer",
    "container.nodeServiceAccount",
    "container.serviceAgent",
    "container.viewer",
    "dns.admin",
    "dns.reader",
    "editor",
    "gkehub.admin",
    "gkehub.connect",
    "gkehub.editor",
    "gkehub.serviceAgent",
    "gkehub.viewer",
    "iam.serviceAccountAdmin",
    "iam.serviceAccountTokenCreator",
    "iam.serviceAccountUser",
    "iam.workloadIdentityUser",
    "logging.logWriter",
    "monitoring.metricWriter",
    "monitoring.viewer",
    "multiclusteringress.serviceAgent",
    "multiclusterservicediscovery.serviceAgent",
    "owner",
    "privateca.caManager",
    "privateca.certificateManager",
    "privateca.certificateRequester",
    "resourcemanager.projectIamAdmin",
    "serviceusage.serviceUsageAdmin",
    "serviceusage.serviceUsageConsumer",
    "stackdriver.resourceMetadata.writer",
    "storage.objectViewer",
    "trafficdirector.client",
    "viewer",
  ].map((role) => `roles/${role}`),
);

function checkRole(role: string): void {
  // Custom roles are not simulated: they would have to exist first.
  if (!roles.has(role)) throw badRequest(`Role ${role} is not supported for this resource.`);
}

function serviceAccountExists(google: Google, email: string): boolean {
  if (google.list(accountType).some((other) => other.properties.email === email)) return true;
  if (google.list(identityType).some((identity) => identity.properties.email === email)) return true;
  const built = ["compute.googleapis.com", "container.googleapis.com"];
  if (email === `${google.number}-compute@developer.gserviceaccount.com`)
    return google.enabled("compute.googleapis.com");
  return built.some((service) => serviceAgent(service, google.number) === email && google.enabled(service));
}

function checkMember(google: Google, member: string): void {
  const [kind = "", name = ""] = member.split(/:(.*)/s);
  if (kind !== "serviceAccount") return;
  const pool = /^(.+\.svc\.id\.goog)\[[a-z0-9-]+\/[a-z0-9.-]+\]$/.exec(name)?.[1];
  if (pool) {
    const known = google
      .list(clusterType)
      .some((cluster) => textAt(cluster.properties, "workloadIdentityConfig.workloadPool") === pool);
    if (!known)
      throw badRequest(
        `Identity Pool does not exist (${pool}). Please check that you specified a valid resource name as returned in the \`name\` attribute in the configuration API.`,
      );
    return;
  }
  if (!serviceAccountExists(google, name)) throw badRequest(`Service account ${name} does not exist.`);
}

const conditionTitle = (properties: Properties) => {
  const title = textAt(properties, "condition.title");
  return title ? `/${title}` : "";
};

export const projectMember: ResourceKind = {
  type: projectMemberType,
  service: "cloudresourcemanager.googleapis.com",
  // A binding is a set member: adding it twice is no error.
  adopts: true,
  id: (properties) =>
    `${requiredText(properties, "project")}/${requiredText(properties, "role")}/${requiredText(properties, "member")}${conditionTitle(properties)}`,
  create(properties, google) {
    if (properties.project !== google.projectId)
      throw notFound(
        `The project "${requiredText(properties, "project")}" does not exist, or you may not see it.`,
      );
    checkRole(requiredText(properties, "role"));
    checkMember(google, requiredText(properties, "member"));
    return { ...properties, etag: digest(this.id(properties, google), 12) };
  },
};

export const accountMember: ResourceKind = {
  type: "gcp:serviceaccount/iAMMember:IAMMember",
  service: "iam.googleapis.com",
  adopts: true,
  id: (properties) =>
    `${requiredText(properties, "serviceAccountId")}/${requiredText(properties, "role")}/${requiredText(properties, "member")}${conditionTitle(properties)}`,
  create(properties, google) {
    const id = relativeName(
      requiredText(properties, "serviceAccountId"),
      (email) => `projects/${google.projectId}/serviceAccounts/${email}`,
    );
    const known =
      google.list(accountType).some((other) => other.id === id) ||
      id.endsWith(`/${google.number}-compute@developer.gserviceaccount.com`);
    if (!known) throw notFound(`Service account ${id} does not exist.`);
    checkRole(requiredText(properties, "role"));
    checkMember(google, requiredText(properties, "member"));
    return { ...properties, etag: digest(this.id(properties, google), 12) };
  },
};
