import * as pulumi from "@pulumi/pulumi";
import { type Cluster, clusterProvider } from "./cluster";
import type { LastRun, MadeFrom } from "./config/nextSteps";
import { sayName } from "./config/problems";
import type { Mesh } from "./config/schema";
import { isObject } from "./config/schemaProblems";
import { MeshError } from "./meshError";
import { type ReachProblem, reachProblem, unreachable, unreachableConfigCluster } from "./peerReach";
import type { ServingCertificate } from "./selfSignedCertificate";
import {
  allOf,
  missing,
  NotDeployed,
  objectOf,
  readStack,
  type StackOutputs,
  textOf,
  unreadable,
} from "./stackOutputs";

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

/** What other stacks export, read and checked before anything is registered. */
export class PeerStacks {
  private readonly stacks = new Map<string, Promise<StackOutputs>>();

  constructor(private readonly mesh: Mesh) {}

  /**
   * The peers, each to be linked with every cluster of this stack.
   *
   * @throws when a stack is not there, was not deployed far enough, or its cluster does not answer; the message names what to
   *   run first. All peers are looked at before.
   */
  async peers(name: string, clusters: string[]): Promise<Peer[]> {
    const read = await allOf(clusters.map((cluster) => this.clusterOutputs(cluster)));
    await this.reach(read);
    return read.map(({ cluster, outputs, secret }) => {
      const found = secret ? pulumi.secret(outputs) : pulumi.output(outputs);
      return new Peer(`${name}-peer-${cluster}`, { cluster, mesh: this.mesh, outputs: found });
    });
  }

  /**
   * What the home cluster's stack made for all.
   *
   * @param clusters those of this stack, which need an intermediate each.
   * @throws when there is none for one of them, when one of them is what Google reads and the configuration says that it is
   *   not, and as {@link peers} does.
   */
  async shared(clusters: string[]): Promise<SharedOutputs> {
    const { configCluster, homeCluster } = this.mesh;
    const stack = await this.outputsOf(homeCluster);
    const signed = objectOf(stack, "intermediates");
    const unsigned = clusters.filter((cluster) => !isSigningCertificate(signed[cluster]));
    if (unsigned.length > 0) {
      throw missing(stack, `an intermediate certificate for ${unsigned.join(", ")}`);
    }
    const { network, edgeCertificate } = stack.outputs;
    if (network === undefined && clusters.some((cluster) => !this.mesh.clusters[cluster]?.existing)) {
      throw missing(stack, "network");
    }
    if (edgeCertificate !== undefined && !isSigningCertificate(edgeCertificate)) {
      throw unreadable(stack, "edgeCertificate");
    }
    const read = configClusterIn(stack);
    if (read !== undefined && read !== configCluster && clusters.includes(read)) {
      throw new MeshError(
        `Google still reads the load balancer's objects in ${read}, and without them the load balancer would go. ` +
          `Run first: pulumi up -s ${stack.stack}; then this stack again.`,
      );
    }
    return {
      network: pulumi.output(network === undefined ? undefined : textOf(stack, "network")),
      address: pulumi.output(textOf(stack, "address")),
      rootCertificate: pulumi.output(textOf(stack, "rootCertificate")),
      intermediates: pulumi.secret(signed as Record<string, SigningCertificate>),
      ...(edgeCertificate !== undefined && {
        edgeCertificate: pulumi.secret(edgeCertificate as ServingCertificate),
      }),
    };
  }

  /** The cluster whose MultiClusterIngress Google reads, by the last run of the home cluster's stack; undefined before its first. */
  readConfigCluster(): Promise<string | undefined> {
    return this.configClusterOf(this.mesh.homeCluster);
  }

  /**
   * How the config cluster of another stack is reached, for the home cluster's.
   *
   * @throws when that stack has not made the load balancer's objects yet, which have to be there first, and when the cluster
   *   does not answer.
   */
  async configKubeconfig(): Promise<pulumi.Output<string>> {
    const { configCluster, homeCluster } = this.mesh;
    const stack = this.stackOf(configCluster);
    if ((await this.configClusterOf(configCluster)) !== configCluster) {
      throw new MeshError(
        `${configCluster} is to be the config cluster, and has no MultiClusterIngress yet. ` +
          `Run first: pulumi up -s ${stack}; then this stack again. ` +
          "A mesh that is not up yet begins with its home cluster as config cluster (docs/shapes.md).",
      );
    }
    const { outputs, secret } = await this.clusterOutputs(configCluster);
    await this.reach([{ cluster: configCluster, outputs }], (cluster, problem) =>
      unreachableConfigCluster(cluster, stack, homeCluster, problem),
    );
    return secret ? pulumi.secret(outputs.kubeconfig) : pulumi.output(outputs.kubeconfig);
  }

  /** What the last run of each cluster's stack was made from. Nothing depends on it, so it never throws. */
  async lastRuns(clusters: string[]): Promise<Record<string, LastRun>> {
    const runs = clusters.map(async (cluster) => [cluster, await this.lastRun(cluster)] as const);
    return Object.fromEntries(await Promise.all(runs));
  }

  private lastRun(cluster: string): Promise<LastRun> {
    return this.outputsOf(cluster).then(
      ({ outputs: { madeFrom } }) => (isMadeFrom(madeFrom) ? madeFrom : "unknown"),
      (error: unknown) => (error instanceof NotDeployed ? error.state : "unknown"),
    );
  }

  /** The config cluster as a stack's last run had it. */
  private async configClusterOf(cluster: string): Promise<string | undefined> {
    const stack = await this.outputsOf(cluster).catch((error: unknown) => {
      if (error instanceof NotDeployed) {
        return undefined;
      }
      throw error;
    });
    return stack && configClusterIn(stack);
  }

  /** @throws when an API server does not answer: what is made there would fail later, when half of this stack is there. */
  async reach(
    peers: { cluster: string; outputs: ClusterOutputs }[],
    said = (cluster: string, problem: ReachProblem) => unreachable(cluster, this.stackOf(cluster), problem),
  ): Promise<void> {
    await allOf(
      peers.map(async ({ cluster, outputs: { kubeconfig } }) => {
        const problem = await reachProblem(kubeconfig);
        if (problem !== undefined) {
          throw new MeshError(said(cluster, problem));
        }
      }),
    );
  }

  private async clusterOutputs(
    cluster: string,
  ): Promise<{ cluster: string; outputs: ClusterOutputs; secret: boolean }> {
    const stack = await this.outputsOf(cluster);
    const outputs = objectOf(stack, "clusters")[cluster];
    if (outputs === undefined) {
      throw missing(stack, `cluster ${cluster}`);
    }
    const secret = stack.secret.has("clusters");
    if (!isObject(outputs) || (secret && Object.keys(outputs).length === 0)) {
      throw unreadable(stack, `cluster ${cluster}`);
    }
    for (const field of ["kubeconfig", "server", "certificateAuthority"]) {
      if (typeof outputs[field] !== "string" || outputs[field] === "") {
        throw missing(stack, `${field} of cluster ${cluster}`);
      }
    }
    return { cluster, outputs: outputs as unknown as ClusterOutputs, secret };
  }

  /** @throws when the stack is not there, has nothing, or is of another mesh. */
  private async outputsOf(cluster: string): Promise<StackOutputs> {
    const name = this.stackOf(cluster);
    const reading = this.stacks.get(name) ?? readStack(name, cluster);
    this.stacks.set(name, reading);
    const stack = await reading;
    const { mesh } = stack.outputs;
    if (isObject(mesh) && mesh.id !== this.mesh.id) {
      throw new MeshError(
        `Stack ${name} is of another mesh: mesh.id is ${sayName(String(mesh.id))} there, and ${this.mesh.id} here. ` +
          `Write into Pulumi.yaml the stack that owns ${cluster} in this mesh: mesh.clusters.${cluster}.stack. pulumi stack ls shows which there are.`,
      );
    }
    return stack;
  }

  private stackOf(cluster: string): string {
    return this.mesh.clusters[cluster]?.stack ?? cluster;
  }
}

function isSigningCertificate(value: unknown): boolean {
  return isObject(value) && [value.certificate, value.privateKey].every((one) => typeof one === "string");
}

function isMadeFrom(value: unknown): value is MadeFrom {
  return isObject(value) && isObject(value.clusters) && isObject(value.peers);
}

/** The config cluster as the stack's last run had it. */
function configClusterIn({ outputs: { mesh } }: StackOutputs): string | undefined {
  return isObject(mesh) && typeof mesh.configCluster === "string" ? mesh.configCluster : undefined;
}
