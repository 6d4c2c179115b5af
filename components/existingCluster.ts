import * as pulumi from "@pulumi/pulumi";
import { type Cluster, clusterProvider } from "./cluster";
import { PRINT_KUBECONFIG, readKubeconfig } from "./config/kubeconfig";
import type { Mesh } from "./config/schema";
import { MeshError } from "./meshError";

export interface ExistingClusterArgs {
  /** Name of the cluster in the mesh. */
  cluster: string;
  mesh: Mesh;
  /** Its Istio network. */
  network: string;
  /** `https://` and the address at which pods of the other clusters reach its API server. */
  server: string;
  /** How Pulumi reaches it; its `certificate-authority-data` is what the other clusters trust. */
  kubeconfig: pulumi.Input<string>;
}

/** A cluster that somebody else made. Nothing of theirs is touched: it gets the mesh's namespaces, and loses them again. */
export class ExistingCluster extends pulumi.ComponentResource implements Cluster {
  readonly name: string;
  readonly network: string;
  readonly kubeconfig: pulumi.Output<string>;
  readonly provider: Cluster["provider"];
  readonly server: pulumi.Output<string>;
  readonly certificateAuthority: pulumi.Output<string>;

  constructor(name: string, args: ExistingClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:kubernetes:ExistingCluster", name, {}, opts);
    this.name = args.cluster;
    this.network = args.network;
    this.kubeconfig = pulumi.secret(args.kubeconfig);
    this.provider = clusterProvider(
      name,
      { identifier: `${args.mesh.id}/${args.cluster}`, kubeconfig: this.kubeconfig, owned: false },
      { parent: this },
    );
    this.server = pulumi.output(args.server);
    this.certificateAuthority = pulumi.unsecret(
      this.kubeconfig.apply((kubeconfig) => certificateAuthorityOf(args.cluster, kubeconfig)),
    );
    this.registerOutputs({});
  }
}

/**
 * The CA in the current context of a kubeconfig, as base64 of the PEM.
 *
 * @throws when the kubeconfig cannot be used; nothing of what it holds is in the message.
 */
export function certificateAuthorityOf(cluster: string, kubeconfig: string): string {
  const read = readKubeconfig(kubeconfig);
  if (typeof read === "string") {
    throw new MeshError(`The kubeconfig of ${cluster} ${read}. Make it with: ${PRINT_KUBECONFIG}`);
  }
  return read.certificateAuthority;
}
