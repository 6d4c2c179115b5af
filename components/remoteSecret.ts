import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Cluster, inside } from "./cluster";
import { remoteKubeconfig } from "./manifests/kubeconfig";
import { readerToken, remoteSecretMetadata } from "./manifests/remoteSecret";

export interface RemoteSecretArgs {
  /** The cluster that is watched. */
  of: Cluster;
  /** The cluster whose istiod watches. */
  reader: Cluster;
  /** istiod of both clusters: it brings the account and its rights, and the namespace. */
  dependsOn: pulumi.Input<pulumi.Input<pulumi.Resource>[]>;
}

/** Lets istiod of one cluster watch another: a token there, and a Secret with a kubeconfig here. */
export class RemoteSecret extends pulumi.ComponentResource {
  constructor(name: string, args: RemoteSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:istio:RemoteSecret", name, {}, opts);
    const { of, reader, dependsOn } = args;

    const token = new k8s.core.v1.Secret(
      `${name}-token`,
      readerToken(reader.name),
      inside(of, { parent: this, dependsOn }),
    );
    const kubeconfig = pulumi
      .all([of.server, of.certificateAuthority, token.data])
      .apply(([server, certificateAuthority, data]) =>
        remoteKubeconfig({ name: of.name, server, certificateAuthority, token: decode(data.token) }),
      );
    new k8s.core.v1.Secret(
      `${name}-kubeconfig`,
      {
        metadata: remoteSecretMetadata(of.name),
        stringData: { [of.name]: pulumi.secret(kubeconfig) },
      },
      inside(reader, { parent: this, dependsOn }),
    );

    this.registerOutputs({});
  }
}

/** A Secret holds base64, a kubeconfig the token itself. */
function decode(token: string | undefined): string {
  if (!token) {
    throw new Error(
      "Kubernetes made no token for istio-reader-service-account: does the account exist in istio-system?",
    );
  }
  return Buffer.from(token, "base64").toString("utf8");
}
