import * as compute from "@pulumi/gcp/compute";
import type * as gkehub from "@pulumi/gcp/gkehub";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { type Cluster, type ClusterAccess, inside, insideWithTraces } from "./cluster";
import type { Mesh } from "./config/schema";
import { GATEWAY_NAMESPACE } from "./manifests/eastWestGateway";
import {
  EDGE_TLS_SECRET,
  type EdgeCertificate,
  multiClusterIngress,
  multiClusterService,
} from "./manifests/multiClusterIngress";
import { MeshError } from "./meshError";
import { multiClusterAddressReady } from "./multiClusterAddress";
import { multiClusterKindsBrought, multiClusterKindsReady } from "./multiClusterKinds";
import { SelfSignedCertificate, type ServingCertificate } from "./selfSignedCertificate";

export interface MultiClusterIngressArgs {
  project: string;
  mesh: Mesh;
  /** The config cluster, or the home cluster, where another is the config cluster. */
  cluster: Cluster;
  /** Its namespace of the gateways. */
  namespace: pulumi.Resource;
  /** The global address, as text. */
  address: pulumi.Input<string>;
  /**
   * How the cluster comes by Google's kinds: by the feature, which comes first then and is waited for; or from another cluster,
   * where the objects have to be there before the feature names this one, or only stand by.
   */
  kinds: { feature: gkehub.Feature } | { from: ClusterAccess };
  /** What has to be there before the two objects, and until they are gone: the FrontendConfig and BackendConfig that they name. */
  dependsOn: pulumi.Resource[];
  /** Outside of the home cluster: the certificate that is made there. Default: it is made here. */
  certificateAtHome?: CertificateAtHome;
}

/** The certificate of the edge is made once, so that it stays the same wherever the MultiClusterIngress is. */
export interface CertificateAtHome {
  /** Name of the home cluster's component, from which the name of a managed certificate is made. */
  name: string;
  /** With `selfSigned`; secret. */
  selfSigned?: pulumi.Input<ServingCertificate>;
}

/**
 * The global load balancer in front of the ingress gateways of all clusters, as Google reads it in the config cluster. In the home
 * cluster the same objects stand by while another is the config cluster.
 */
export class MultiClusterIngress extends pulumi.ComponentResource {
  readonly ingress: k8s.apiextensions.CustomResource;
  /** The global address: once the load balancer has it, or at once where the objects only stand by. */
  readonly address: pulumi.Output<string>;
  /** The edge's certificate, where it is self-signed and made here. The key is secret. */
  readonly selfSigned?: pulumi.Output<ServingCertificate>;

  constructor(name: string, args: MultiClusterIngressArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:edge:MultiClusterIngress", name, {}, opts);
    const { cluster, namespace, address, kinds, dependsOn } = args;
    const traces = insideWithTraces(cluster, { parent: this });

    const { certificate, resources, selfSigned } = this.certificate(name, args);
    this.selfSigned = selfSigned;
    const ready: pulumi.Input<pulumi.Resource> =
      "feature" in kinds
        ? multiClusterKindsReady(cluster, kinds.feature).apply(() => kinds.feature)
        : multiClusterKindsBrought(cluster, kinds.from).apply(() => namespace);
    const service = new k8s.apiextensions.CustomResource(`${name}-service`, multiClusterService(), {
      ...traces,
      dependsOn: [namespace, ...dependsOn, ready],
      customTimeouts: { delete: "20m" },
    });
    this.ingress = new k8s.apiextensions.CustomResource(name, multiClusterIngress(address, certificate), {
      ...traces,
      dependsOn: [service, ...resources],
      // Google removes the load balancer before it lets the object go.
      customTimeouts: { delete: "30m" },
    });
    // Google does not read what stands by: waiting for its address would take for ever.
    const served = "feature" in kinds ? multiClusterAddressReady(cluster, this.ingress) : undefined;
    this.address = pulumi.all([address, served]).apply(([text]) => text);

    this.registerOutputs({ address: this.address });
  }

  private certificate(
    name: string,
    { project, mesh, cluster, namespace, kinds, certificateAtHome }: MultiClusterIngressArgs,
  ): {
    certificate: EdgeCertificate;
    resources: pulumi.Resource[];
    selfSigned?: pulumi.Output<ServingCertificate>;
  } {
    const choice = mesh.ingress.certificate;
    if ("secretName" in choice) {
      return { certificate: { secretName: choice.secretName }, resources: [] };
    }
    if ("preShared" in choice) {
      return { certificate: { preSharedCertificates: choice.preShared }, resources: [] };
    }
    if ("managed" in choice) {
      const { domains } = choice.managed;
      // Its domains cannot change: a new list is a new certificate under a new name, made before the old one goes.
      const managedName = `${certificateAtHome?.name ?? name}-${hash(domains)}`;
      const certificate = { preSharedCertificates: [managedName] };
      if (certificateAtHome) {
        return { certificate, resources: [] };
      }
      const resource = new compute.ManagedSslCertificate(
        managedName,
        { project, name: managedName, managed: { domains } },
        // Nothing else of it says that the APIs have to be on.
        { parent: this, dependsOn: ["feature" in kinds ? kinds.feature : namespace] },
      );
      return { certificate, resources: [resource] };
    }
    const selfSigned = certificateAtHome ? taken(certificateAtHome) : this.made(name, choice.selfSigned);
    const secret = new k8s.core.v1.Secret(
      `${name}-tls`,
      {
        metadata: { name: EDGE_TLS_SECRET, namespace: GATEWAY_NAMESPACE },
        type: "kubernetes.io/tls",
        stringData: { "tls.crt": selfSigned.certificate, "tls.key": pulumi.secret(selfSigned.privateKey) },
      },
      inside(cluster, { parent: this, dependsOn: [namespace] }),
    );
    return { certificate: { secretName: EDGE_TLS_SECRET }, resources: [secret], selfSigned };
  }

  private made(name: string, { commonName }: { commonName: string }): pulumi.Output<ServingCertificate> {
    const { tlsSecretData } = new SelfSignedCertificate(
      name,
      { commonName, dnsNames: [commonName] },
      { parent: this },
    );
    return pulumi.output({ certificate: tlsSecretData["tls.crt"], privateKey: tlsSecretData["tls.key"] });
  }
}

function taken({ name, selfSigned }: CertificateAtHome): pulumi.Output<ServingCertificate> {
  if (!selfSigned) {
    throw new MeshError(
      `${name} has made no certificate: run the home cluster's stack first, then this again.`,
    );
  }
  return pulumi.secret(selfSigned);
}

function hash(domains: string[]): string {
  return createHash("sha256")
    .update([...domains].sort().join(","))
    .digest("hex")
    .slice(0, 8);
}
