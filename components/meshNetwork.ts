import * as compute from "@pulumi/gcp/compute";
import * as pulumi from "@pulumi/pulumi";
import { meshRanges } from "./config/meshRanges";
import type { Mesh } from "./config/schema";
import { EAST_WEST_PORT, STATUS_PORT } from "./manifests/eastWestGateway";
import { INGRESS_TARGET_PORT } from "./manifests/ingressGateway";

/** Google's health checks, and the requests of its load balancers to network endpoint groups. */
// https://cloud.google.com/load-balancing/docs/firewall-rules
export const LOAD_BALANCER_RANGES = ["130.211.0.0/22", "35.191.0.0/16"];

export interface MeshNetworkArgs {
  project: string;
  mesh: Mesh;
}

/**
 * The VPC of the mesh, made or found, and the firewall rules that hold for all of its regions, also for those that come later.
 * In a VPC of somebody's own they open nothing but the mesh's ranges.
 */
export class MeshNetwork extends pulumi.ComponentResource {
  readonly network: compute.Network;

  constructor(name: string, args: MeshNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:google:MeshNetwork", name, {}, opts);
    const { project, mesh } = args;
    const child = { parent: this, dependsOn: opts?.dependsOn };

    this.network = mesh.vpc
      ? compute.Network.get(name, `projects/${project}/global/networks/${mesh.vpc}`, undefined, child)
      : new compute.Network(
          name,
          {
            project,
            name,
            // The default is a subnet in every region, out of 10.128.0.0/9.
            autoCreateSubnetworks: false,
            // The east-west load balancers are asked for from other regions.
            routingMode: "GLOBAL",
          },
          child,
        );
    const destinationRanges = mesh.vpc ? meshRanges(mesh) : undefined;

    // No rule has target tags: auto-provisioned nodes would miss them.
    new compute.Firewall(
      `${name}-east-west`,
      {
        project,
        name: `${name}-east-west`,
        network: this.network.id,
        description: "Traffic between the clusters, and health checks of their east-west gateways",
        sourceRanges: meshRanges(mesh),
        destinationRanges,
        allows: [{ protocol: "tcp", ports: [`${EAST_WEST_PORT}`, `${STATUS_PORT}`] }],
      },
      child,
    );
    new compute.Firewall(
      `${name}-global-load-balancer`,
      {
        project,
        name: `${name}-global-load-balancer`,
        network: this.network.id,
        description: "Health checks and requests of the global load balancer to the ingress gateways' pods",
        sourceRanges: LOAD_BALANCER_RANGES,
        destinationRanges,
        allows: [{ protocol: "tcp", ports: [`${STATUS_PORT}`, `${INGRESS_TARGET_PORT}`] }],
      },
      child,
    );

    this.registerOutputs({ network: this.network.id });
  }
}
