import * as pulumi from "@pulumi/pulumi";
import { type Cluster, clusterProvider } from "./cluster";
import type { Mesh } from "./config/schema";

/** What a stack exports of each of its clusters, under `clusters`. */
export interface ClusterOutputs {
  kubeconfig: string;
  server: string;
  certificateAuthority: string;
}

/** What exists once per mesh: exported by the stack that owns the config cluster, and read by the others. */
export interface SharedOutputs {
  /** Id of the VPC; undefined where every cluster exists already. */
  network: pulumi.Output<string | undefined>;
  /** The global address, as text. */
  address: pulumi.Output<string>;
  /** PEM. */
  rootCertificate: pulumi.Output<string>;
  /** By cluster; PEM. Secret. */
  intermediates: pulumi.Output<Record<string, { certificate: string; privateKey: string }>>;
}

/** A cluster of another stack. */
export class Peer extends pulumi.ComponentResource {
  readonly cluster: Cluster;

  constructor(
    name: string,
    args: { cluster: string; mesh: Mesh; outputs: pulumi.Output<ClusterOutputs> },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mesh:index:Peer", name, {}, opts);
    const { cluster, mesh, outputs } = args;
    this.cluster = {
      name: cluster,
      network: mesh.clusters[cluster]?.network ?? cluster,
      kubeconfig: outputs.kubeconfig,
      server: outputs.server,
      certificateAuthority: outputs.certificateAuthority,
      provider: clusterProvider(
        name,
        { identifier: `${mesh.id}/${cluster}`, kubeconfig: outputs.kubeconfig, owned: false },
        { parent: this },
      ),
    };
    this.registerOutputs({});
  }
}

/**
 * Reads what other stacks export.
 *
 * @throws (in the Output) when a stack was never deployed, or not far enough: the message names the stack to run first.
 */
export class PeerStacks {
  private readonly references = new Map<string, pulumi.StackReference>();

  constructor(private readonly mesh: Mesh) {}

  /** The peers, each linked with every cluster of this stack. */
  peers(name: string, clusters: string[]): Peer[] {
    return clusters.map(
      (cluster) =>
        new Peer(`${name}-peer-${cluster}`, {
          cluster,
          mesh: this.mesh,
          outputs: this.read<Record<string, ClusterOutputs>>(cluster, "clusters").apply((all) =>
            present(all[cluster], cluster, this.stackOf(cluster)),
          ),
        }),
    );
  }

  /** What the config cluster's stack made for all. */
  shared(): SharedOutputs {
    const { configCluster } = this.mesh;
    return {
      network: this.reference(configCluster).getOutput("network") as pulumi.Output<string | undefined>,
      address: this.read<string>(configCluster, "address"),
      rootCertificate: this.read<string>(configCluster, "rootCertificate"),
      intermediates: pulumi.secret(
        this.read<Record<string, { certificate: string; privateKey: string }>>(
          configCluster,
          "intermediates",
        ),
      ),
    };
  }

  private read<T>(cluster: string, output: string): pulumi.Output<T> {
    const stack = this.stackOf(cluster);
    return this.reference(cluster)
      .getOutput(output)
      .apply((value: T | undefined) => present(value, output, stack));
  }

  private reference(cluster: string): pulumi.StackReference {
    const stack = this.stackOf(cluster);
    const reference = this.references.get(stack) ?? new pulumi.StackReference(qualified(stack));
    this.references.set(stack, reference);
    return reference;
  }

  private stackOf(cluster: string): string {
    return this.mesh.clusters[cluster]?.stack ?? cluster;
  }
}

/** A stack's full name, in this organization and project unless it says otherwise. */
function qualified(stack: string): string {
  const [name, project = pulumi.getProject(), organization = pulumi.getOrganization()] = stack
    .split("/")
    .reverse();
  return [organization, project, name].join("/");
}

function present<T>(value: T | undefined, what: string, stack: string): T {
  if (value === undefined) {
    throw new pulumi.RunError(
      `Stack ${stack} has no output for ${what}: pulumi up -s ${stack}, then this stack again.`,
    );
  }
  return value;
}
