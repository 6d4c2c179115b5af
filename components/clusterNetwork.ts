import * as compute from "@pulumi/gcp/compute";
import * as pulumi from "@pulumi/pulumi";

/** The port of istiod's webhooks on its pods: the control plane calls it when a pod or an Istio object is made. */
const WEBHOOK_PORT = 15017;

export interface ClusterNetworkArgs {
  project: string;
  region: string;
  /** Id of the VPC. */
  network: pulumi.Input<string>;
  /** IPv4 CIDR blocks; `controlPlane` (a /28) only for clusters whose control plane has a range of its own. */
  ranges: { nodes: string; pods: string; services: string; controlPlane?: string };
}

/** What a cluster needs in the VPC: a subnet, a way out for private nodes, and a way in for the webhooks' caller. */
export class ClusterNetwork extends pulumi.ComponentResource {
  readonly subnetwork: compute.Subnetwork;
  /** Names of the subnet's secondary ranges. */
  readonly rangeNames = { pods: "pods", services: "services" };

  constructor(name: string, args: ClusterNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:google:ClusterNetwork", name, {}, opts);
    const { project, region, network, ranges } = args;
    const child = { parent: this };

    this.subnetwork = new compute.Subnetwork(
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
        subnetworks: [{ name: this.subnetwork.id, sourceIpRangesToNats: ["ALL_IP_RANGES"] }],
        logConfig: { enable: true, filter: "ERRORS_ONLY" },
      },
      child,
    );

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

    this.registerOutputs({ subnetwork: this.subnetwork.id });
  }
}
