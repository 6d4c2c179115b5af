import type { Mesh } from "./config/schema";

/** What a stack does in the project, and the role of docs/google-cloud.md that lets it. */
export interface Need {
  /** https://cloud.google.com/iam/docs/permissions-reference */
  permissions: string[];
  /** Without `roles/`. */
  role: string;
  /**
   * The role may be given under a condition, or on something inside of the project; asked of the project, the answer is
   * then no.
   */
  elsewhere?: true;
}

/**
 * What creating a stack's resources takes: one permission for each kind, since a role that lets create lets change and delete.
 * Who makes what is in README.md.
 *
 * @param clusters names of those that the stack owns.
 */
export function neededPermissions(mesh: Mesh, clusters: readonly string[]): Need[] {
  const owned = clusters.flatMap((name) => mesh.clusters[name] ?? []);
  const made = owned.some(({ existing }) => !existing);
  const inFleet = owned.some(({ existing }) => !existing || existing.membershipLink !== undefined);
  const shared = clusters.includes(mesh.homeCluster);
  const vpc = shared && Object.values(mesh.clusters).some(({ existing }) => !existing);
  const own = owned.some(({ existing, subnetwork }) => !existing && !subnetwork);
  const { source } = mesh.certificateAuthority;

  // Behind each permission is its source: the method of the service's REST reference that asks for it, or a page.
  const needs: (Need | false)[] = [
    shared && {
      role: "serviceusage.serviceUsageAdmin",
      permissions: ["serviceusage.services.enable"], // services.enable
    },
    {
      role: "compute.networkAdmin",
      permissions: [
        ...(vpc && !mesh.vpc ? ["compute.networks.create"] : []), // networks.insert
        ...(own ? ["compute.subnetworks.create"] : []), // subnetworks.insert
        ...(own ? ["compute.routers.create"] : []), // routers.insert
        ...(shared ? ["compute.globalAddresses.create"] : []), // globalAddresses.insert
      ],
    },
    {
      role: "compute.securityAdmin",
      permissions: [
        ...(vpc || made ? ["compute.firewalls.create"] : []), // firewalls.insert
        ...(shared && mesh.ingress.sslPolicy ? ["compute.sslPolicies.create"] : []), // sslPolicies.insert
        ...(shared && "managed" in mesh.ingress.certificate ? ["compute.sslCertificates.create"] : []), // sslCertificates.insert
      ],
    },
    made && {
      role: "container.admin",
      permissions: [
        "container.clusters.create", // projects.locations.clusters.create
        "container.clusters.connect", // https://cloud.google.com/kubernetes-engine/docs/concepts/network-isolation
      ],
    },
    {
      role: "gkehub.editor",
      permissions: [
        ...(inFleet ? ["gkehub.memberships.create"] : []), // projects.locations.memberships.create
        ...(shared ? ["gkehub.features.create"] : []), // projects.locations.features.create
      ],
    },
    made && {
      role: "iam.serviceAccountAdmin",
      permissions: ["iam.serviceAccounts.create"], // projects.serviceAccounts.create
    },
    made && {
      role: "iam.serviceAccountUser",
      permissions: ["iam.serviceAccounts.actAs"], // https://cloud.google.com/iam/docs/service-accounts-actas
      elsewhere: true,
    },
    (made || shared) && {
      role: "resourcemanager.projectIamAdmin",
      permissions: ["resourcemanager.projects.setIamPolicy"], // projects.setIamPolicy
      elsewhere: true,
    },
    mesh.routes.length > 0 && {
      role: "dns.admin",
      permissions: ["dns.resourceRecordSets.create"], // https://cloud.google.com/dns/docs/access-control
      elsewhere: true,
    },
    shared &&
      source === "authorityService" && {
        role: "privateca.certificateManager",
        permissions: ["privateca.certificates.create"], // projects.locations.caPools.certificates.create
        elsewhere: true,
      },
  ];
  return needs.filter((need) => need !== false).filter(({ permissions }) => permissions.length > 0);
}
