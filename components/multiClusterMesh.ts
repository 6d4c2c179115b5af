import * as pulumi from "@pulumi/pulumi";
import type { Cluster, ClusterAccess } from "./cluster";
import type { GivenAuthority } from "./config/authority";
import type { Mesh } from "./config/schema";
import { ingressRead, ingressReleased } from "./configClusterMove";
import { Fleet, membershipName } from "./fleet";
import { MemberCluster } from "./memberCluster";
import { MeshError } from "./meshError";
import { type CertificateAtHome, MultiClusterIngress } from "./multiClusterIngress";
import type { ClusterOutputs, Peer, SharedOutputs } from "./peers";
import { RemoteSecret } from "./remoteSecret";
import { SharedResources } from "./sharedResources";

export interface MultiClusterMeshArgs {
  /** Google Cloud project id. */
  project: string;
  /** The whole mesh, checked by `readMesh`. */
  mesh: Mesh;
  /** Names of the clusters that this stack owns. */
  clusters: string[];
  /** Clusters of other stacks that are up already. This stack links its own with them, in both directions. */
  peers?: Peer[];
  /** What exists once per mesh, from the stack that owns the home cluster; left out in that stack itself. */
  shared?: SharedOutputs;
  /** How the config cluster is reached: for the stack that owns the home cluster, where another owns the config cluster. */
  configKubeconfig?: pulumi.Input<string>;
  /** The mesh's trust, with source `given`; for the stack that owns the home cluster. Checked by `readMesh`. */
  certificateAuthority?: pulumi.Input<GivenAuthority>;
  /** Kubeconfigs of the existing clusters that this stack owns, by name. */
  kubeconfigs?: Record<string, pulumi.Input<string>>;
  /** Refuse to delete clusters and the mesh's certificates. To destroy the stack, first `pulumi up` with `false`. Default: true. */
  deletionProtection?: boolean;
}

/**
 * One Istio mesh over the clusters of several regions, or this stack's part of it: its clusters, everything that their
 * membership adds in other clusters, and, with the home cluster, what exists once per mesh.
 */
export class MultiClusterMesh extends pulumi.ComponentResource {
  /** What other stacks need of this stack's clusters, by name. */
  readonly clusters: Record<string, pulumi.Output<ClusterOutputs>>;
  /** What exists once per mesh, and what other stacks need of it. */
  readonly shared: SharedOutputs;

  constructor(name: string, args: MultiClusterMeshArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:index:MultiClusterMesh", name, {}, opts);
    const { project, mesh, peers = [], kubeconfigs = {}, deletionProtection = true } = args;
    const child = { parent: this };

    const made = args.clusters.includes(mesh.homeCluster)
      ? new SharedResources(
          name,
          { project, mesh, given: args.certificateAuthority, protect: deletionProtection },
          child,
        )
      : undefined;
    const shared = made?.outputs ?? given(args);

    const members = args.clusters.map((cluster) => {
      const config = mesh.clusters[cluster];
      if (!config) {
        throw new MeshError(`${cluster} is not in the map of clusters`);
      }
      return new MemberCluster(
        `${name}-${cluster}`,
        {
          project,
          mesh,
          cluster,
          config,
          shared,
          signed: made?.signed?.[cluster],
          foundation: made?.foundation ?? [],
          kubeconfig: kubeconfigs[cluster],
          deletionProtection,
        },
        { ...child, dependsOn: made?.checked },
      );
    });

    this.link(name, members, peers);

    const { edgeCertificate, ready } = this.ingress(name, args, members, shared);

    this.clusters = Object.fromEntries(
      members.map(({ cluster: { name, kubeconfig, server, certificateAuthority } }) => [
        name,
        pulumi.output({ kubeconfig, server, certificateAuthority }),
      ]),
    );
    this.shared = { ...shared, ...(edgeCertificate && { edgeCertificate }) };
    // Outputs are waited for: nothing that is left over is deleted before Google reads what is to stay.
    const address = pulumi.all([shared.address, ready]).apply(([text]) => text);
    this.registerOutputs({ clusters: this.clusters, address });
  }

  /**
   * The load balancer's objects, in the config cluster and in the home cluster, and the fleet's feature, which says where Google
   * reads them. Google deletes load balancers that no object of the config cluster stands for, so the objects come first, then the
   * feature, and those of a cluster that was the config cluster before go when Google reads the others.
   */
  private ingress(
    name: string,
    args: MultiClusterMeshArgs,
    members: MemberCluster[],
    shared: SharedOutputs,
  ): { edgeCertificate?: SharedOutputs["edgeCertificate"]; ready: pulumi.Output<void> } {
    const { project, mesh } = args;
    const { configCluster, homeCluster } = mesh;
    const owned = (cluster: string) => members.find((member) => member.cluster.name === cluster);
    const [home, config] = [owned(homeCluster), owned(configCluster)];
    const certificateName = `${name}-${homeCluster}-ingress`;

    const standby =
      home && this.objects(name, args, home, shared, home.fleet ?? access(configCluster, args, config));
    const edgeCertificate = standby?.selfSigned ?? shared.edgeCertificate;
    const read =
      config && configCluster !== homeCluster
        ? this.objects(name, args, config, shared, access(homeCluster, args, home), {
            name: certificateName,
            selfSigned: edgeCertificate,
          })
        : standby;

    let moved: pulumi.Output<void> | undefined;
    if (home) {
      const configMembership = config?.membership?.membership.id ?? membershipName(project, configCluster);
      const { feature } =
        home.fleet ??
        new Fleet(
          mesh.id,
          { project, configMembership },
          { parent: home, dependsOn: config && read ? [read.ingress] : [] },
        );
      const after = [feature, ...(config && read ? [read.ingress] : [])];
      moved = ingressRead(access(configCluster, args, config), read?.address ?? shared.address, after);
    }
    const released = members
      .filter(({ cluster, membership }) => cluster.name !== configCluster && membership)
      .map(({ cluster }) => ingressReleased(cluster, moved));
    return {
      edgeCertificate,
      ready: pulumi.all([moved, ...released]).apply(() => undefined),
    };
  }

  private objects(
    name: string,
    { project, mesh }: MultiClusterMeshArgs,
    { cluster, gateways, edge, membership }: MemberCluster,
    { address }: SharedOutputs,
    kinds: Fleet | ClusterAccess,
    certificateAtHome?: CertificateAtHome,
  ): MultiClusterIngress {
    if (!membership) {
      const role = cluster.name === mesh.configCluster ? "config" : "home";
      throw new MeshError(`${cluster.name} is the ${role} cluster and has no membershipLink`);
    }
    return new MultiClusterIngress(
      `${name}-${cluster.name}-ingress`,
      {
        project,
        mesh,
        cluster,
        namespace: gateways.namespace,
        address,
        kinds: kinds instanceof Fleet ? { feature: kinds.feature } : { from: kinds },
        // Where the membership comes late, it goes early: not before the objects.
        dependsOn: [...edge.configs, ...(certificateAtHome ? [membership.membership] : [])],
        certificateAtHome,
      },
      { parent: this },
    );
  }

  /**
   * Lets every istiod watch every other cluster. The stack that comes later makes both ends of a link, and not before its
   * gateways have their address: without one, istiod of the others would send requests to pods that they cannot reach.
   */
  private link(name: string, members: MemberCluster[], peers: Peer[]): void {
    members.forEach((member, index) => {
      const others: { cluster: Cluster; gateways?: MemberCluster["gateways"] }[] = [
        ...peers,
        ...members.slice(0, index),
      ];
      for (const other of others) {
        const dependsOn = [member.gateways.ready, ...(other.gateways ? [other.gateways.ready] : [])];
        const [one, two] = [member.cluster, other.cluster];
        for (const [of, reader] of [
          [one, two],
          [two, one],
        ] as const) {
          new RemoteSecret(
            `${name}-${of.name}-for-${reader.name}`,
            { of, reader, dependsOn },
            { parent: this },
          );
        }
      }
    });
  }
}

/** How a cluster is reached: this stack's own, a peer, or the config cluster of another stack. */
function access(
  name: string,
  { mesh, peers = [], configKubeconfig }: MultiClusterMeshArgs,
  own: MemberCluster | undefined,
): ClusterAccess {
  const cluster = own?.cluster ?? peers.find((peer) => peer.cluster.name === name)?.cluster;
  if (cluster) return cluster;
  if (name === mesh.configCluster && configKubeconfig !== undefined) {
    return { name, kubeconfig: pulumi.output(configKubeconfig) };
  }
  throw new MeshError(
    name === mesh.configCluster
      ? `This stack owns the home cluster, and not ${name}, the config cluster: give its kubeconfig as \`configKubeconfig\`.`
      : `This stack owns the config cluster, and not ${name}, the home cluster: give that as one of \`peers\`.`,
  );
}

function given({ mesh, shared }: MultiClusterMeshArgs): SharedOutputs {
  if (!shared) {
    throw new MeshError(
      `This stack does not own ${mesh.homeCluster}, the home cluster: give the outputs of the stack that does as \`shared\`.`,
    );
  }
  return shared;
}
