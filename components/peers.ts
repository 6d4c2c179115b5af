import * as pulumi from "@pulumi/pulumi";
import { type Cluster, clusterProvider } from "./cluster";
import { sayName } from "./config/problems";
import type { Mesh } from "./config/schema";
import { isObject } from "./config/schemaProblems";
import { reachProblem, unreachable } from "./peerReach";
import { qualified } from "./stackName";

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

/** What exists once per mesh: exported by the stack that owns the config cluster, and read by the others. */
export interface SharedOutputs {
  /** Id of the VPC; undefined where every cluster exists already. */
  network: pulumi.Output<string | undefined>;
  /** The global address, as text. */
  address: pulumi.Output<string>;
  /** PEM. */
  rootCertificate: pulumi.Output<string>;
  /** By cluster. Secret. */
  intermediates: pulumi.Output<Record<string, SigningCertificate>>;
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
   * What the config cluster's stack made for all.
   *
   * @param clusters those of this stack, which need an intermediate each.
   * @throws when there is none for one of them, and as {@link peers} does.
   */
  async shared(clusters: string[]): Promise<SharedOutputs> {
    const { configCluster } = this.mesh;
    const stack = await this.outputsOf(configCluster);
    const signed = objectOf(stack, "intermediates");
    const unsigned = clusters.filter((cluster) => !isSigningCertificate(signed[cluster]));
    if (unsigned.length > 0) {
      throw missing(stack, `an intermediate certificate for ${unsigned.join(", ")}`);
    }
    const { network } = stack.outputs;
    if (network === undefined && clusters.some((cluster) => !this.mesh.clusters[cluster]?.existing)) {
      throw missing(stack, "network");
    }
    return {
      network: pulumi.output(network === undefined ? undefined : textOf(stack, "network")),
      address: pulumi.output(textOf(stack, "address")),
      rootCertificate: pulumi.output(textOf(stack, "rootCertificate")),
      intermediates: pulumi.secret(signed as Record<string, SigningCertificate>),
    };
  }

  /** @throws when an API server does not answer: what is made there would fail later, when half of this stack is there. */
  async reach(peers: { cluster: string; outputs: ClusterOutputs }[]): Promise<void> {
    await allOf(
      peers.map(async ({ cluster, outputs: { kubeconfig } }) => {
        const problem = await reachProblem(kubeconfig);
        if (problem !== undefined) {
          throw new pulumi.RunError(unreachable(cluster, this.stackOf(cluster), problem));
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
      throw new pulumi.RunError(
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

/** What a stack exports. */
interface StackOutputs {
  /** As people write it after `-s`. */
  stack: string;
  outputs: Record<string, unknown>;
  /** Names of outputs that hold secrets. */
  secret: ReadonlySet<string>;
}

/**
 * Asks the engine, which refuses a StackReference to a stack that is not there with a message of its own, and ends the run.
 * A function's refusal can be explained.
 */
async function readStack(stack: string, cluster: string): Promise<StackOutputs> {
  const name = qualified(stack);
  const read = (await pulumi.runtime
    .invoke("pulumi:pulumi:readStackOutputs", { name })
    .catch((error: unknown) => {
      const said =
        error instanceof Error ? error.message.replace(/^.*returned an error: /, "") : String(error);
      throw new pulumi.RunError(
        said.startsWith("unknown stack")
          ? `Stack ${stack} is not there (${name}), and cluster ${cluster} is to be read in it. Run first: pulumi stack init ${stack}, ` +
              `pulumi up -s ${stack}; then this stack again. If it has another name (pulumi stack ls), write mesh.clusters.${cluster}.stack into Pulumi.yaml.`
          : `Stack ${stack} (${name}) cannot be read: ${said}. See whether this works: pulumi stack output -s ${stack}`,
      );
    })) as { outputs?: Record<string, unknown>; secretOutputNames?: string[] };
  const { outputs = {}, secretOutputNames = [] } = read;
  if (Object.keys(outputs).length === 0) {
    throw new pulumi.RunError(
      `Stack ${stack} has no outputs: it was never deployed, or it was destroyed. ${first(stack)} ` +
        `If ${cluster} is gone for good: take it out of mesh:peers.`,
    );
  }
  return { stack, outputs, secret: new Set(secretOutputNames) };
}

function first(stack: string): string {
  return `Run first: pulumi up -s ${stack}; then this stack again.`;
}

function missing({ stack }: StackOutputs, what: string): pulumi.RunError {
  return new pulumi.RunError(`Stack ${stack} has no output for ${what}. ${first(stack)}`);
}

/** The engine leaves out what it cannot decrypt. */
function unreadable({ stack, secret }: StackOutputs, what: string): pulumi.RunError {
  const key =
    secret.size > 0
      ? `, or its secrets cannot be decrypted here: this stack needs the passphrase or the key of that one (pulumi stack output -s ${stack} --show-secrets)`
      : "";
  return new pulumi.RunError(
    `Stack ${stack} has an output for ${what} that cannot be used: another version of this program made it${key}. ${first(stack)}`,
  );
}

function objectOf(stack: StackOutputs, output: string): Record<string, unknown> {
  const value = stack.outputs[output];
  if (value === undefined) {
    throw missing(stack, output);
  }
  if (!isObject(value) || (stack.secret.has(output) && Object.keys(value).length === 0)) {
    throw unreadable(stack, output);
  }
  return value;
}

function textOf(stack: StackOutputs, output: string): string {
  const value = stack.outputs[output];
  if (value === undefined) {
    throw missing(stack, output);
  }
  if (typeof value !== "string" || value === "") {
    throw unreadable(stack, output);
  }
  return value;
}

function isSigningCertificate(value: unknown): boolean {
  return isObject(value) && [value.certificate, value.privateKey].every((one) => typeof one === "string");
}

/** Everything, or one error with all that is wrong. */
async function allOf<T>(work: Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(work);
  const failed = [
    ...new Set(settled.flatMap((one) => (one.status === "rejected" ? [messageOf(one.reason)] : []))),
  ];
  if (failed.length > 0) {
    throw new pulumi.RunError(
      failed.length === 1 ? String(failed[0]) : ["Other stacks are not ready.", ...failed].join("\n  - "),
    );
  }
  return settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
