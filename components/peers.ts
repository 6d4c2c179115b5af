import * as pulumi from "@pulumi/pulumi";
import { type Cluster, clusterProvider } from "./cluster";
import type { Mesh } from "./config/schema";
import type { ServingCertificate } from "./selfSignedCertificate";

/** What a stack exports of each of its clusters, under `clusters`. */
export interface ClusterOutputs {
  kubeconfig: string;
  server: string;
  certificateAuthority: string;
}

/** What istiod of one cluster signs with; PEM. */
export interface SigningCertificate {
  certificate: string;
  /** Certificates between {@link certificate} and the root, in this order; mostly none. */
  issuers?: string;
  privateKey: string;
}

/** What exists once per mesh: exported by the stack that owns the home cluster, and read by the others. */
export interface SharedOutputs {
  /** Id of the VPC; undefined where every cluster exists already. */
  network: pulumi.Output<string | undefined>;
  /** The global address, as text. */
  address: pulumi.Output<string>;
  /** PEM. */
  rootCertificate: pulumi.Output<string>;
  /** By cluster. Secret. */
  intermediates: pulumi.Output<Record<string, SigningCertificate>>;
  /** What the load balancer answers with, where it is self-signed. Secret. */
  edgeCertificate?: pulumi.Output<ServingCertificate>;
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

/** What other stacks export, read before anything is registered. */
export class PeerStacks {
  private readonly references = new Map<string, pulumi.StackReference>();

  constructor(private readonly mesh: Mesh) {}

  /**
   * The peers, each to be linked with every cluster of this stack.
   *
   * @throws when a stack was never deployed, or not far enough; the message names the stack to run first.
   */
  async peers(name: string, clusters: string[]): Promise<Peer[]> {
    const outputs = new Map<string, pulumi.Output<ClusterOutputs>>();
    for (const cluster of clusters) {
      outputs.set(cluster, await this.outputsOf(cluster));
    }
    return [...outputs].map(
      ([cluster, found]) => new Peer(`${name}-peer-${cluster}`, { cluster, mesh: this.mesh, outputs: found }),
    );
  }

  /**
   * What the home cluster's stack made for all.
   *
   * @param clusters those of this stack, which need an intermediate each.
   * @throws when there is none for one of them, when one of them is what Google reads and the configuration says that it is
   * not, and as {@link peers} does.
   */
  async shared(clusters: string[]): Promise<SharedOutputs> {
    const { configCluster, homeCluster } = this.mesh;
    const { value: intermediates } = await this.read(homeCluster, "intermediates");
    const signed = intermediates as Record<string, SigningCertificate>;
    const unsigned = clusters.filter((cluster) => !signed[cluster]);
    if (unsigned.length > 0) {
      this.missing(homeCluster, `an intermediate certificate for ${unsigned.join(", ")}`);
    }
    const { value: network } = await this.details(homeCluster, "network");
    if (network === undefined && clusters.some((cluster) => !this.mesh.clusters[cluster]?.existing)) {
      this.missing(homeCluster, "network");
    }
    const { value: address } = await this.read(homeCluster, "address");
    const { value: rootCertificate } = await this.read(homeCluster, "rootCertificate");
    const { value: edge } = await this.details(homeCluster, "edgeCertificate");
    const read = await this.configClusterOf(homeCluster);
    if (read !== undefined && read !== configCluster && clusters.includes(read)) {
      const stack = this.stackOf(homeCluster);
      throw new pulumi.RunError(
        `Google still reads the load balancer's objects in ${read}, and without them the load balancer would go. ` +
          `Run first: pulumi up -s ${stack}; then this stack again.`,
      );
    }
    return {
      network: pulumi.output(network as string | undefined),
      address: pulumi.output(address as string),
      rootCertificate: pulumi.output(rootCertificate as string),
      intermediates: pulumi.secret(signed),
      ...(edge !== undefined && { edgeCertificate: pulumi.secret(edge as ServingCertificate) }),
    };
  }

  /** The cluster whose MultiClusterIngress Google reads, by the last run of the home cluster's stack; undefined before its first. */
  readConfigCluster(): Promise<string | undefined> {
    return this.configClusterOf(this.mesh.homeCluster);
  }

  /**
   * How the config cluster of another stack is reached, for the home cluster's.
   *
   * @throws when that stack has not made the load balancer's objects yet, which have to be there first.
   */
  async configKubeconfig(): Promise<pulumi.Output<string>> {
    const { configCluster } = this.mesh;
    if ((await this.configClusterOf(configCluster)) !== configCluster) {
      const stack = this.stackOf(configCluster);
      throw new pulumi.RunError(
        `${configCluster} is to be the config cluster, and has no MultiClusterIngress yet. ` +
          `Run first: pulumi up -s ${stack}; then this stack again. ` +
          "A mesh that is not up yet begins with its home cluster as config cluster (docs/shapes.md).",
      );
    }
    const { kubeconfig } = await this.outputsOf(configCluster);
    return kubeconfig;
  }

  /** The config cluster as a stack's last run had it. */
  private async configClusterOf(cluster: string): Promise<string | undefined> {
    const { value } = await this.details(cluster, "mesh");
    return (value as { configCluster?: string } | undefined)?.configCluster;
  }

  private async outputsOf(cluster: string): Promise<pulumi.Output<ClusterOutputs>> {
    const { value, secret } = await this.read(cluster, "clusters");
    const own = (value as Record<string, ClusterOutputs | undefined>)[cluster];
    const found = own ?? this.missing(cluster, `cluster ${cluster}`);
    return secret ? pulumi.secret(found) : pulumi.output(found);
  }

  /** @throws when the stack has no such output. */
  private async read(cluster: string, output: string): Promise<{ value: unknown; secret: boolean }> {
    const { value, secret } = await this.details(cluster, output);
    return { value: value ?? this.missing(cluster, output), secret };
  }

  private async details(cluster: string, output: string): Promise<{ value: unknown; secret: boolean }> {
    const { value, secretValue } = (await this.reference(cluster).getOutputDetails(output)) as {
      value?: unknown;
      secretValue?: unknown;
    };
    return { value: value ?? secretValue, secret: secretValue !== undefined };
  }

  private reference(cluster: string): pulumi.StackReference {
    const stack = this.stackOf(cluster);
    const reference = this.references.get(stack) ?? new pulumi.StackReference(qualified(stack));
    this.references.set(stack, reference);
    return reference;
  }

  private missing(cluster: string, what: string): never {
    const stack = this.stackOf(cluster);
    throw new pulumi.RunError(
      `Stack ${stack} has no output for ${what}. Run first: pulumi up -s ${stack}; then this stack again.`,
    );
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
