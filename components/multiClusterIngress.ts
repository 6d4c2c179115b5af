import * as compute from "@pulumi/gcp/compute";
import type * as gkehub from "@pulumi/gcp/gkehub";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { type Cluster, inside, insideWithTraces } from "./cluster";
import type { Mesh } from "./config/schema";
import { GATEWAY_NAMESPACE } from "./manifests/eastWestGateway";
import {
  EDGE_TLS_SECRET,
  type EdgeCertificate,
  multiClusterIngress,
  multiClusterService,
} from "./manifests/multiClusterIngress";
import { multiClusterAddressReady } from "./multiClusterAddress";
import { multiClusterKindsReady } from "./multiClusterKinds";
import { SelfSignedCertificate } from "./selfSignedCertificate";

export interface MultiClusterIngressArgs {
  project: string;
  mesh: Mesh;
  /** The config cluster. */
  cluster: Cluster;
  /** Its namespace of the gateways. */
  namespace: pulumi.Resource;
  /** The global address, as text. */
  address: pulumi.Input<string>;
  feature: gkehub.Feature;
  /** FrontendConfig and BackendConfig, which the two objects name. */
  configs: pulumi.Resource[];
}

/** The global load balancer in front of the ingress gateways of all clusters. It exists once, in the config cluster. */
export class MultiClusterIngress extends pulumi.ComponentResource {
  /** The global address, once the load balancer has it. */
  readonly address: pulumi.Output<string>;

  constructor(name: string, args: MultiClusterIngressArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:edge:MultiClusterIngress", name, {}, opts);
    const { cluster, namespace, address, feature, configs } = args;
    const traces = insideWithTraces(cluster, { parent: this });

    const { certificate, resources } = this.certificate(name, args);
    const kinds = multiClusterKindsReady({ cluster: cluster.name, kubeconfig: cluster.kubeconfig }, feature);
    const service = new k8s.apiextensions.CustomResource(`${name}-service`, multiClusterService(), {
      ...traces,
      dependsOn: [namespace, ...configs, kinds.apply(() => feature)],
      customTimeouts: { delete: "20m" },
    });
    const ingress = new k8s.apiextensions.CustomResource(name, multiClusterIngress(address, certificate), {
      ...traces,
      dependsOn: [service, ...resources],
      // Google removes the load balancer before it lets the object go.
      customTimeouts: { delete: "30m" },
    });
    const ready = multiClusterAddressReady(
      { cluster: cluster.name, kubeconfig: cluster.kubeconfig },
      ingress,
    );
    this.address = pulumi.all([address, ready]).apply(([text]) => text);

    this.registerOutputs({ address: this.address });
  }

  private certificate(
    name: string,
    { project, mesh, cluster, namespace, feature }: MultiClusterIngressArgs,
  ): { certificate: EdgeCertificate; resources: pulumi.Resource[] } {
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
      const managedName = `${name}-${hash(domains)}`;
      const resource = new compute.ManagedSslCertificate(
        managedName,
        { project, name: managedName, managed: { domains } },
        // Nothing else of it says that the APIs have to be on.
        { parent: this, dependsOn: [feature] },
      );
      return { certificate: { preSharedCertificates: [managedName] }, resources: [resource] };
    }
    const { commonName } = choice.selfSigned;
    const made = new SelfSignedCertificate(name, { commonName, dnsNames: [commonName] }, { parent: this });
    const secret = new k8s.core.v1.Secret(
      `${name}-tls`,
      {
        metadata: { name: EDGE_TLS_SECRET, namespace: GATEWAY_NAMESPACE },
        type: "kubernetes.io/tls",
        stringData: made.tlsSecretData,
      },
      inside(cluster, { parent: this, dependsOn: [namespace] }),
    );
    return { certificate: { secretName: EDGE_TLS_SECRET }, resources: [secret] };
  }
}

function hash(domains: string[]): string {
  return createHash("sha256")
    .update([...domains].sort().join(","))
    .digest("hex")
    .slice(0, 8);
}
