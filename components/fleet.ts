import * as gkehub from "@pulumi/gcp/gkehub";
import * as pulumi from "@pulumi/pulumi";

export interface FleetMembershipArgs {
  project: string;
  /** Name of the cluster, and of its membership. */
  cluster: string;
  /** `projects/P/locations/L/clusters/N`. */
  clusterId: pulumi.Input<string>;
}

/** Makes a cluster a member of the project's fleet, globally, as the multi-cluster ingress asks. */
export class FleetMembership extends pulumi.ComponentResource {
  readonly membership: gkehub.Membership;

  constructor(name: string, args: FleetMembershipArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:google:FleetMembership", name, {}, opts);
    this.membership = new gkehub.Membership(
      name,
      {
        project: args.project,
        membershipId: args.cluster,
        location: "global",
        endpoint: {
          gkeCluster: { resourceLink: pulumi.interpolate`//container.googleapis.com/${args.clusterId}` },
        },
        authority: { issuer: pulumi.interpolate`https://container.googleapis.com/v1/${args.clusterId}` },
      },
      { parent: this, dependsOn: opts?.dependsOn },
    );
    this.registerOutputs({ membership: this.membership.id });
  }
}

export interface FleetArgs {
  project: string;
  /** The config cluster's: `projects/P/locations/global/memberships/M`. */
  configMembership: pulumi.Input<string>;
}

/** Name of a cluster's membership, as the fleet's features take it. */
export function membershipName(project: string, cluster: string): string {
  return `projects/${project}/locations/global/memberships/${cluster}`;
}

/**
 * The multi-cluster ingress of the project's fleet. There is one fleet per project and one such feature per fleet: the project
 * is the mesh's own, or every other member is a backend too.
 */
export class Fleet extends pulumi.ComponentResource {
  readonly feature: gkehub.Feature;

  constructor(name: string, args: FleetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:google:Fleet", name, {}, opts);
    const { project, configMembership } = args;
    this.feature = new gkehub.Feature(
      name,
      {
        project,
        name: "multiclusteringress",
        location: "global",
        spec: { multiclusteringress: { configMembership } },
      },
      { parent: this, dependsOn: opts?.dependsOn },
    );
    this.registerOutputs({ feature: this.feature.id });
  }
}
