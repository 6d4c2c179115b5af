import * as compute from "@pulumi/gcp/compute";
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
import { LocalityFailover } from "./localityFailover";
import { MeshCertificateAuthority } from "./meshCertificateAuthority";
import { MeshNetwork } from "./meshNetwork";
import { MeshTelemetry } from "./meshTelemetry";
import { MultiClusterIngress } from "./multiClusterIngress";
import type { Peer, SharedOutputs } from "./peers";
import { ProjectServices } from "./projectServices";
import { RemoteSecret } from "./remoteSecret";
import { VerifyWorkload } from "./verifyWorkload";

export interface MultiClusterMeshArgs {
  /** Google Cloud project id. */
  project: string;
  /** The whole mesh, checked: {@link readMesh}. */
  mesh: Mesh;
  /** Names of the clusters that this stack owns. */
  clusters: string[];
  /** Clusters of other stacks that are up already. This stack links its own with them, in both directions. */
  peers?: Peer[];
  /** What exists once per mesh, from the stack that owns the config cluster; left out in that stack itself. */
  shared?: SharedOutputs;
  /** Kubeconfigs of the existing clusters that this stack owns, by name. */
  kubeconfigs?: Record<string, pulumi.Input<string>>;
  /** Refuse to delete clusters and the mesh's certificates. To destroy the stack, first `pulumi up` with `false`. Default: true. */
  deletionProtection?: boolean;
}

/** A cluster that this stack owns, and what was made in it. */
interface Member {
  cluster: Cluster;
  config: MeshCluster;
  controlPlane: IstioControlPlane;
  gateways: IstioGateways;
  edge: EdgeGateway;
  membership?: FleetMembership;
}

/**
 * One Istio mesh over the clusters of several regions, or this stack's part of it: its clusters, everything that their
 * membership adds in other clusters, and, with the config cluster, what exists once per mesh.
 */
export class MultiClusterMesh extends pulumi.ComponentResource {
  /** What other stacks need of this stack's clusters, by name. */
  readonly clusters: Record<
    string,
    pulumi.Output<{ kubeconfig: string; server: string; certificateAuthority: string }>
  >;
  /** What exists once per mesh, and what other stacks need of it. */
  readonly shared: SharedOutputs;

  private readonly protect: boolean;

  constructor(
    private readonly name: string,
    private readonly args: MultiClusterMeshArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mesh:index:MultiClusterMesh", name, {}, opts);
    const { mesh, clusters, peers = [] } = args;
    this.protect = args.deletionProtection ?? true;

    const once = clusters.includes(mesh.configCluster) ? this.oncePerMesh() : undefined;
    this.shared = once?.shared ?? sharedOf(args);

    const members = clusters.map((cluster) => this.member(cluster, once?.services));
    this.link(members, peers);
    const config = members.find(({ cluster }) => cluster.name === mesh.configCluster);
    if (config) {
      this.ingress(config);
    }

    this.clusters = Object.fromEntries(
      members.map(({ cluster: { name, kubeconfig, server, certificateAuthority } }) => [
        name,
        pulumi.output({ kubeconfig, server, certificateAuthority }),
      ]),
    );
    this.registerOutputs({ clusters: this.clusters, address: this.shared.address });
  }

  /** What the config cluster's stack makes for all: APIs, the VPC, trust, the global address. */
  private oncePerMesh() {
    const { project, mesh } = this.args;
    const opts = { parent: this };
    const services = new ProjectServices(this.name, { project, dns: mesh.routes.length > 0 }, opts);
    const afterServices = { ...opts, dependsOn: [services] };

    const clusters = Object.values(mesh.clusters);
    const network = clusters.every(({ existing }) => existing)
      ? undefined
      : new MeshNetwork(this.name, { project, mesh }, afterServices).network;
    const authority = new MeshCertificateAuthority(
      `${this.name}-ca`,
      { mesh, clusters: Object.keys(mesh.clusters), protect: this.protect },
      opts,
    );
    const address = new compute.GlobalAddress(
      `${this.name}-edge`,
      { project, name: `${this.name}-edge`, addressType: "EXTERNAL", ipVersion: "IPV4" },
      afterServices,
    );
    if (mesh.ingress.sslPolicy) {
      const name = sslPolicyName(this.name);
      new compute.SSLPolicy(name, { project, name, ...mesh.ingress.sslPolicy }, afterServices);
    }
    const shared: SharedOutputs = {
      network: pulumi.output(network?.id),
      address: address.address,
      rootCertificate: authority.rootCertificate,
      intermediates: pulumi.output(authority.intermediates),
    };
    return { services, shared };
  }

  /** Everything that one cluster of this stack consists of. */
  private member(name: string, services?: ProjectServices): Member {
    const { project, mesh } = this.args;
    const config = mesh.clusters[name];
    if (!config) {
      throw new pulumi.RunError(`${name} is not in the map of clusters`);
    }
    const prefix = `${this.name}-${name}`;
    const opts = { parent: this };

    const cluster = this.cluster(name, config, services);
    const intermediate = intermediateOf(this.shared, name, mesh);
    const controlPlane = new IstioControlPlane(
      prefix,
      { mesh, cluster, intermediate, rootCertificate: this.shared.rootCertificate },
      opts,
    );
    const gateways = new IstioGateways(prefix, { mesh, cluster, config, controlPlane }, opts);
    const clusterId =
      cluster instanceof GkeCluster
        ? cluster.cluster.id
        : config.existing?.membershipLink?.replace("//container.googleapis.com/", "");
    const membership =
      clusterId === undefined
        ? undefined
        : new FleetMembership(
            prefix,
            { project, cluster: name, clusterId },
            // It leaves the fleet before its gateways go: the load balancer lets go of their network endpoint groups, which keep
            // the namespace from being deleted while they are in use.
            { ...opts, dependsOn: [gateways.namespace] },
          );

    const { ready } = controlPlane;
    new MeshTelemetry(prefix, { mesh, cluster, ready }, opts);
    if (mesh.locality.enabled) {
      new LocalityFailover(`${prefix}-locality`, { mesh, cluster, ready }, opts);
    }
    const sslPolicy = mesh.ingress.sslPolicy && sslPolicyName(this.name);
    const edge = new EdgeGateway(`${prefix}-edge`, { mesh, cluster, gateways, sslPolicy }, opts);
    for (const route of mesh.routes) {
      new ClusterRoute(
        `${prefix}-${route.name}`,
        {
          project,
          route,
          dns: mesh.dns ?? { zone: "", domain: "" },
          cluster,
          address: this.shared.address,
          dependsOn: [gateways.namespace, ready],
        },
        opts,
      );
    }
    if (mesh.verifyWorkload.enabled) {
      new VerifyWorkload(`${prefix}-verify`, { mesh, cluster, ready }, opts);
    }
    return { cluster, config, controlPlane, gateways, edge, membership };
  }

  private cluster(
    name: string,
    config: MeshCluster,
    services?: ProjectServices,
  ): GkeCluster | ExistingCluster {
    const { project, mesh, kubeconfigs = {} } = this.args;
    const prefix = `${this.name}-${name}`;
    const opts = { parent: this };
    if (config.existing) {
      const { server } = config.existing;
      const kubeconfig = kubeconfigs[name] ?? "";
      return new ExistingCluster(
        prefix,
        { cluster: name, mesh, network: config.network, server, kubeconfig },
        opts,
      );
    }
    const { ranges, region } = config;
    if (!ranges) {
      throw new pulumi.RunError(`${name} has no ranges`);
    }
    const network = this.shared.network.apply((id) => {
      if (!id) {
        throw new pulumi.RunError(
          `The stack of ${mesh.configCluster} has no VPC yet: pulumi up there first.`,
        );
      }
      return id;
    });
    const { subnetwork, rangeNames } = new ClusterNetwork(prefix, { project, region, network, ranges }, opts);
    return new GkeCluster(
      prefix,
      {
        project,
        cluster: name,
        mesh,
        config,
        network,
        subnetwork: subnetwork.id,
        rangeNames,
        deletionProtection: this.protect,
      },
      { ...opts, dependsOn: services ? [services] : [] },
    );
  }

  /** Lets every istiod watch every other cluster. The stack that comes later makes both ends of a link. */
  private link(members: Member[], peers: Peer[]): void {
    members.forEach((member, index) => {
      const others = [
        ...peers.map(({ cluster }) => ({ cluster, ready: [] })),
        ...members
          .slice(0, index)
          .map(({ cluster, controlPlane: { ready } }) => ({ cluster, ready: [ready] })),
      ];
      for (const other of others) {
        const dependsOn = [member.controlPlane.ready, ...other.ready];
        this.remoteSecret(member.cluster, other.cluster, dependsOn);
        this.remoteSecret(other.cluster, member.cluster, dependsOn);
      }
    });
  }

  private remoteSecret(of: Cluster, reader: Cluster, dependsOn: pulumi.Output<pulumi.Resource>[]): void {
    new RemoteSecret(
      `${this.name}-${of.name}-for-${reader.name}`,
      { of, reader, dependsOn },
      { parent: this },
    );
  }

  /** The global load balancer, which belongs to the config cluster. */
  private ingress({ cluster, gateways, edge, membership }: Member): void {
    const { project, mesh } = this.args;
    if (!membership) {
      throw new pulumi.RunError(`${cluster.name} is the config cluster and has no membershipLink`);
    }
    const opts = { parent: this };
    const { feature } = new Fleet(this.name, { project, configMembership: membership.membership }, opts);
    new MultiClusterIngress(
      `${this.name}-${cluster.name}-ingress`,
      {
        project,
        mesh,
        cluster,
        namespace: gateways.namespace,
        address: this.shared.address,
        feature,
        configs: edge.configs,
      },
      opts,
    );
  }
}

function sslPolicyName(mesh: string): string {
  return `${mesh}-edge`;
}

function sharedOf({ mesh, shared }: MultiClusterMeshArgs): SharedOutputs {
  if (!shared) {
    throw new pulumi.RunError(
      `This stack does not own ${mesh.configCluster}, the config cluster: give the outputs of the stack that does as \`shared\`.`,
    );
  }
  return shared;
}

function intermediateOf({ intermediates }: SharedOutputs, cluster: string, mesh: Mesh) {
  const stack = mesh.clusters[mesh.configCluster]?.stack;
  const intermediate = intermediates.apply((all) => {
    const own = all[cluster];
    if (!own) {
      throw new pulumi.RunError(
        `The certificate authority has signed no intermediate for ${cluster} yet: pulumi up -s ${stack}, then this stack again.`,
      );
    }
    return own;
  });
  return { certificate: intermediate.certificate, privateKey: pulumi.secret(intermediate.privateKey) };
}
