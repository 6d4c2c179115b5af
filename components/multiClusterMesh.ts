import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "./cluster";
import type { GivenAuthority } from "./config/authority";
import type { Mesh } from "./config/schema";
import { MemberCluster } from "./memberCluster";
import { MultiClusterIngress } from "./multiClusterIngress";
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
  /** What exists once per mesh, from the stack that owns the config cluster; left out in that stack itself. */
  shared?: SharedOutputs;
  /** The mesh's trust, with source `given`; for the stack that owns the config cluster. Checked by `readMesh`. */
  certificateAuthority?: pulumi.Input<GivenAuthority>;
  /** Kubeconfigs of the existing clusters that this stack owns, by name. */
  kubeconfigs?: Record<string, pulumi.Input<string>>;
  /** Refuse to delete clusters and the mesh's certificates. To destroy the stack, first `pulumi up` with `false`. Default: true. */
  deletionProtection?: boolean;
}

/**
 * One Istio mesh over the clusters of several regions, or this stack's part of it: its clusters, everything that their
 * membership adds in other clusters, and, with the config cluster, what exists once per mesh.
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

    const made = args.clusters.includes(mesh.configCluster)
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
        throw new pulumi.RunError(`${cluster} is not in the map of clusters`);
      }
      return new MemberCluster(
        `${name}-${cluster}`,
        {
          project,
          mesh,
          cluster,
          config,
          shared,
          foundation: made?.foundation ?? [],
          kubeconfig: kubeconfigs[cluster],
          deletionProtection,
        },
        { ...child, dependsOn: made?.checked },
      );
    });

    this.link(name, members, peers);

    const config = members.find(({ cluster }) => cluster.name === mesh.configCluster);
    if (config) {
      const { cluster, gateways, edge, fleet } = config;
      if (!fleet) {
        throw new pulumi.RunError(`${cluster.name} is the config cluster and has no membershipLink`);
      }
      new MultiClusterIngress(
        `${name}-${cluster.name}-ingress`,
        {
          project,
          mesh,
          cluster,
          namespace: gateways.namespace,
          address: shared.address,
          feature: fleet.feature,
          configs: edge.configs,
        },
        child,
      );
    }

    this.clusters = Object.fromEntries(
      members.map(({ cluster: { name, kubeconfig, server, certificateAuthority } }) => [
        name,
        pulumi.output({ kubeconfig, server, certificateAuthority }),
      ]),
    );
    this.shared = shared;
    this.registerOutputs({ clusters: this.clusters, address: shared.address });
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

function given({ mesh, shared }: MultiClusterMeshArgs): SharedOutputs {
  if (!shared) {
    throw new pulumi.RunError(
      `This stack does not own ${mesh.configCluster}, the config cluster: give the outputs of the stack that does as \`shared\`.`,
    );
  }
  return shared;
}
