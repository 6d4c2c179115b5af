import * as compute from "@pulumi/gcp/compute";
import * as pulumi from "@pulumi/pulumi";
import { MeshError } from "./meshError";

/** The port of istiod's webhooks on its pods: the control plane calls it when a pod or an Istio object is made. */
const WEBHOOK_PORT = 15017;

export interface ClusterNetworkArgs {
  project: string;
  region: string;
  /** Id of the VPC. */
  network: pulumi.Input<string>;
  /** IPv4 CIDR blocks; `controlPlane` (a /28) only for clusters whose control plane has a range of its own. */
  ranges: { nodes: string; pods: string; services: string; controlPlane?: string };
  /** A subnet that is in the VPC already, with the names of its secondary ranges. Default: one is made. */
  existing?: { name: string; pods: string; services: string };
}

/**
 * What a cluster needs in the VPC: a subnet, a way out for private nodes, and a way in for the webhooks' caller. Of a subnet
 * that exists already the way out is its owner's: a second NAT for the same addresses is refused.
 */
export class ClusterNetwork extends pulumi.ComponentResource {
  /** The subnet's id, once it is known to have the ranges. */
  readonly subnetwork: pulumi.Output<string>;
  /** Names of the subnet's secondary ranges. */
  readonly rangeNames: { pods: string; services: string };

  constructor(name: string, args: ClusterNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:google:ClusterNetwork", name, {}, opts);
    const { project, network, ranges, existing } = args;
    const child = { parent: this };

    const { pods, services } = existing ?? { pods: "pods", services: "services" };
    this.rangeNames = { pods, services };
    this.subnetwork = existing ? this.found(name, args, existing) : this.made(name, args);

    // GKE opens 443 and 10250 from the control plane; without 15017 no injected pod starts. The call comes from the control
    // plane's own range where it has one, and else through konnectivity, from the cluster's nodes and pods.
    new compute.Firewall(
      `${name}-webhook`,
      {
        project,
        name: `${name}-webhook`,
        network,
        description: "The control plane to the webhooks of istiod",
        sourceRanges: [ranges.nodes, ranges.pods, ...(ranges.controlPlane ? [ranges.controlPlane] : [])],
        destinationRanges: [ranges.pods],
        allows: [{ protocol: "tcp", ports: [`${WEBHOOK_PORT}`] }],
      },
      child,
    );

    this.registerOutputs({ subnetwork: this.subnetwork });
  }

  private made(
    name: string,
    { project, region, network, ranges }: ClusterNetworkArgs,
  ): pulumi.Output<string> {
    const child = { parent: this };
    const subnetwork = new compute.Subnetwork(
      name,
      {
        project,
        region,
        name,
        network,
        ipCidrRange: ranges.nodes,
        secondaryIpRanges: [
          { rangeName: this.rangeNames.pods, ipCidrRange: ranges.pods },
          { rangeName: this.rangeNames.services, ipCidrRange: ranges.services },
        ],
        // Nodes without public addresses reach Google's APIs and registries.
        privateIpGoogleAccess: true,
      },
      child,
    );
    const router = new compute.Router(name, { project, region, name, network }, child);
    new compute.RouterNat(
      name,
      {
        project,
        region,
        name,
        router: router.name,
        natIpAllocateOption: "AUTO_ONLY",
        // Of this subnet only: a NAT for all subnets would be the region's only one, and two clusters may share a region.
        sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
        subnetworks: [{ name: subnetwork.id, sourceIpRangesToNats: ["ALL_IP_RANGES"] }],
        logConfig: { enable: true, filter: "ERRORS_ONLY" },
      },
      child,
    );
    return subnetwork.id;
  }

  /** Reads a subnet, which stays as it is. */
  private found(
    name: string,
    { project, region, network, ranges }: ClusterNetworkArgs,
    existing: NonNullable<ClusterNetworkArgs["existing"]>,
  ): pulumi.Output<string> {
    const id = `projects/${project}/regions/${region}/subnetworks/${existing.name}`;
    const subnetwork = compute.Subnetwork.get(name, id, undefined, { parent: this });
    return pulumi
      .all([subnetwork.network, network, subnetwork.ipCidrRange, subnetwork.secondaryIpRanges])
      .apply(([holder, vpc, primary, secondary]) => {
        const problems = differences(existing, ranges, primary, secondary);
        if (nameOf(holder) !== nameOf(vpc)) {
          problems.unshift(`is in the VPC ${nameOf(holder)}, not in ${nameOf(vpc)}`);
        }
        if (problems.length > 0) {
          throw new MeshError(`The subnet ${existing.name} in ${region} ${problems.join("; it ")}.`);
        }
        return id;
      });
  }
}

/** Firewall rules and authorized networks are made with the ranges of the configuration: they have to be the subnet's own. */
function differences(
  names: { pods: string; services: string },
  ranges: ClusterNetworkArgs["ranges"],
  primary: string,
  secondary: { rangeName: string; ipCidrRange?: string }[],
): string[] {
  const own = (name: string) => secondary.find(({ rangeName }) => rangeName === name)?.ipCidrRange;
  return [
    { what: "primary range", is: primary, field: "nodes", written: ranges.nodes },
    { what: `range ${names.pods}`, is: own(names.pods), field: "pods", written: ranges.pods },
    { what: `range ${names.services}`, is: own(names.services), field: "services", written: ranges.services },
  ].flatMap(({ what, is, field, written }) => {
    if (is === undefined) return [`has no ${what}`];
    return is === written ? [] : [`has the ${what} ${is}, and ranges.${field} is ${written}`];
  });
}

function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf("/") + 1);
}
