import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "./cluster";
import { ClusterNetwork } from "./clusterNetwork";
import { ClusterRoute } from "./clusterRoute";
import type { Mesh, MeshCluster } from "./config/schema";
import { EdgeGateway } from "./edgeGateway";
import { ExistingCluster } from "./existingCluster";
import { Fleet, FleetMembership } from "./fleet";
import { GkeCluster } from "./gkeCluster";
import { IstioControlPlane } from "./istioControlPlane";
import { IstioGateways } from "./istioGateways";
import { MeshError } from "./meshError";
import { MeshTelemetry } from "./meshTelemetry";
import { OutlierDetection } from "./outlierDetection";
import type { SharedOutputs, SigningCertificate } from "./peers";
import { sslPolicyName } from "./sharedResources";
import { VerifyWorkload } from "./verifyWorkload";

export interface MemberClusterArgs {
  project: string;
  mesh: Mesh;
  /** Name of the cluster in the mesh. */
  cluster: string;
  config: MeshCluster;
  shared: SharedOutputs;
  /** What the mesh's authority signed for the cluster, where it is of this stack. Default: read from `shared`. */
  signed?: pulumi.Output<SigningCertificate>;
  /** What has to be there before the cluster, and until it is gone; empty in stacks that find it there. */
  foundation: pulumi.Resource[];
  /** Of an existing cluster. */
  kubeconfig?: pulumi.Input<string>;
  deletionProtection: boolean;
}

/** A cluster of this stack with everything that makes it part of the mesh, but for its links to other clusters. */
export class MemberCluster extends pulumi.ComponentResource {
  readonly cluster: Cluster;
  readonly gateways: IstioGateways;
  readonly edge: EdgeGateway;
  /** Undefined for an existing cluster that no fleet knows. */
  readonly membership?: FleetMembership;
  /** Of the home cluster, where it is the config cluster too. */
  readonly fleet?: Fleet;

  constructor(name: string, args: MemberClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:index:MemberCluster", name, {}, opts);
    const { project, mesh, config, shared, foundation } = args;
    const child = { parent: this };

    const made = config.existing ? this.existing(name, args) : this.gke(name, args);
    const { cluster, clusterId } = made;
    this.cluster = cluster;

    const isHome = args.cluster === mesh.homeCluster;
    if (isHome) {
      this.membership = this.join(name, args, clusterId, foundation);
      if (this.membership && args.cluster === mesh.configCluster) {
        const configMembership = this.membership.membership.id;
        this.fleet = new Fleet(mesh.id, { project, configMembership }, child);
      }
    }

    const controlPlane = new IstioControlPlane(
      name,
      {
        mesh,
        cluster,
        intermediate: intermediateOf(args),
        rootCertificate: shared.rootCertificate,
      },
      child,
    );
    const { ready } = controlPlane;
    this.gateways = new IstioGateways(
      name,
      { mesh, cluster, config, controlPlane },
      // The namespace, which goes when the load balancer has let go of everything in it, goes before the feature: Google
      // refuses to delete the feature while load balancers of the ingress are being removed.
      { parent: this, dependsOn: this.fleet ? [this.fleet.feature] : [] },
    );
    if (!isHome) {
      // After the gateways, and so gone before them: while the cluster is in the fleet, its pods get requests, and the load
      // balancer holds on to their network endpoint groups, which keep the namespace from being deleted.
      this.membership = this.join(name, args, clusterId, [this.gateways.ready]);
    }

    new MeshTelemetry(name, { mesh, cluster, ready }, child);
    if (mesh.outlierDetection) {
      new OutlierDetection(
        `${name}-outlier-detection`,
        { limits: mesh.outlierDetection, cluster, ready },
        child,
      );
    }
    this.edge = new EdgeGateway(
      `${name}-edge`,
      {
        mesh,
        cluster,
        gateways: this.gateways,
        onGke: clusterId !== undefined,
        sslPolicy: mesh.ingress.sslPolicy && sslPolicyName(mesh),
      },
      child,
    );
    const { dns } = mesh;
    if (dns) {
      for (const route of mesh.routes) {
        new ClusterRoute(
          `${name}-${route.name}`,
          {
            project,
            route,
            outlierDetection: mesh.outlierDetection,
            dns,
            cluster,
            address: shared.address,
            dependsOn: [this.gateways.namespace, ready],
          },
          child,
        );
      }
    }
    if (mesh.verifyWorkload.enabled) {
      new VerifyWorkload(`${name}-verify`, { mesh, cluster, ready }, child);
    }

    this.registerOutputs({});
  }

  private join(
    name: string,
    { project, cluster }: MemberClusterArgs,
    clusterId: pulumi.Input<string> | undefined,
    dependsOn: pulumi.Input<pulumi.Resource>[],
  ): FleetMembership | undefined {
    return clusterId === undefined
      ? undefined
      : new FleetMembership(name, { project, cluster, clusterId }, { parent: this, dependsOn });
  }

  private existing(name: string, { cluster, mesh, config, kubeconfig = "" }: MemberClusterArgs) {
    const { server = "", membershipLink } = config.existing ?? {};
    return {
      cluster: new ExistingCluster(
        name,
        { cluster, mesh, network: config.network, server, kubeconfig },
        { parent: this },
      ),
      clusterId: membershipLink?.replace("//container.googleapis.com/", ""),
    };
  }

  private gke(name: string, args: MemberClusterArgs) {
    const { project, mesh, cluster, config, shared, foundation, deletionProtection } = args;
    const { ranges, region } = config;
    if (!ranges) {
      throw new MeshError(`${cluster} has no ranges`);
    }
    const network = shared.network.apply((id) => {
      if (!id) {
        throw new MeshError(
          `The mesh has no VPC yet. Run first: pulumi up -s ${homeStack(mesh)}; then this stack again.`,
        );
      }
      return id;
    });
    const clusterNetwork = new ClusterNetwork(
      name,
      { project, region, network, ranges, existing: config.subnetwork },
      { parent: this },
    );
    const { subnetwork, rangeNames } = clusterNetwork;
    const made = new GkeCluster(
      name,
      { project, cluster, mesh, config, network, subnetwork, rangeNames, deletionProtection },
      // Nodes pull images through the NAT, to the last pod that is moved.
      { parent: this, dependsOn: [clusterNetwork, ...foundation] },
    );
    return { cluster: made, clusterId: made.cluster.id };
  }
}

/** What the mesh's authority signed for this cluster. */
function intermediateOf({ shared, signed, cluster, mesh }: MemberClusterArgs) {
  const read = shared.intermediates.apply((all) => {
    const own = all[cluster];
    if (!own) {
      throw new MeshError(
        `The certificate authority has signed no intermediate for ${cluster} yet. ` +
          `Run first: pulumi up -s ${homeStack(mesh)}; then this stack again.`,
      );
    }
    return own;
  });
  const intermediate = signed ?? read;
  return {
    certificate: intermediate.certificate,
    issuers: intermediate.apply(({ issuers = "" }) => issuers),
    privateKey: pulumi.secret(intermediate.privateKey),
  };
}

function homeStack({ clusters, homeCluster }: Mesh): string {
  return clusters[homeCluster]?.stack ?? homeCluster;
}
