import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** What somebody needs who asks a cluster's API server. */
export type ClusterAccess = Pick<Cluster, "name" | "kubeconfig">;

/** A cluster as the components see it that work inside: made by this stack, given by the user, or a peer's. */
export interface Cluster {
  /** Its name in the mesh: Istio's `clusterName`. */
  name: string;
  /** Its Istio network. */
  network: string;
  kubeconfig: pulumi.Output<string>;
  provider: k8s.Provider;
  /** `https://` and the address at which pods of the other clusters reach its API server. */
  server: pulumi.Output<string>;
  /** The CA of its API server, as base64 of the PEM. */
  certificateAuthority: pulumi.Output<string>;
  /** The GKE cluster, where this stack owns it: objects inside need no deletion of their own when it goes. */
  deletedWith?: pulumi.Resource;
}

/** Options for an object inside a cluster that leaves nothing outside of it: it may go with the cluster. */
export function inside(cluster: Cluster, opts: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions {
  return { ...opts, provider: cluster.provider, deletedWith: cluster.deletedWith };
}

/**
 * Options for an object whose controller keeps something outside of the cluster (a load balancer, a network endpoint group):
 * it is always deleted, and waited for, before the cluster goes.
 */
export function insideWithTraces(
  cluster: Cluster,
  opts: pulumi.CustomResourceOptions,
): pulumi.CustomResourceOptions {
  return { ...opts, provider: cluster.provider };
}

/**
 * The provider through which a stack works in a cluster.
 *
 * The identifier is plain: with it a changed kubeconfig never replaces what is in the cluster (pulumi/pulumi-kubernetes#2745).
 * Secrets and ConfigMaps change in place: a replaced `cacerts` or remote secret would be gone for a moment, and with it trust
 * or the link.
 */
export function clusterProvider(
  name: string,
  args: { identifier: string; kubeconfig: pulumi.Input<string>; owned: boolean },
  opts: pulumi.CustomResourceOptions,
): k8s.Provider {
  return new k8s.Provider(
    name,
    {
      kubeconfig: args.kubeconfig,
      clusterIdentifier: args.identifier,
      enableServerSideApply: true,
      enableSecretMutable: true,
      enableConfigMapMutable: true,
      // What a person or another tool wrote into a field of ours is mended by the next `pulumi up`, instead of stopping it.
      enablePatchForce: true,
      // A destroy that stops half-way has already dropped from the state what was to go with the cluster: the next `pulumi up`
      // finds it again. In a cluster that is not ours it would be somebody else's, and taking it over is refused.
      upsertExistingObjects: args.owned,
    },
    opts,
  );
}
