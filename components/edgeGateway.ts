import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Cluster, inside } from "./cluster";
import type { Mesh } from "./config/schema";
import type { IstioGateways } from "./istioGateways";
import { GATEWAY_NAMESPACE } from "./manifests/eastWestGateway";
import {
  backendConfig,
  edgeGateway,
  frontendConfig,
  ORIGIN_TLS_SECRET,
} from "./manifests/multiClusterIngress";
import { SelfSignedCertificate } from "./selfSignedCertificate";

export interface EdgeGatewayArgs {
  mesh: Mesh;
  cluster: Cluster;
  gateways: IstioGateways;
  /** Whether the cluster is one of GKE: others do not know FrontendConfig and BackendConfig. */
  onGke: boolean;
  /** Name of the SSL policy of the load balancer; plain, or undefined for Google's default. */
  sslPolicy?: string;
}

/**
 * The mesh's side of the edge, in each cluster: the shared Gateway with its certificate, and how the global load balancer
 * treats requests and backends. Only the config cluster's FrontendConfig and BackendConfig are read; the others are there for
 * the day on which the config cluster moves.
 */
export class EdgeGateway extends pulumi.ComponentResource {
  /** What a MultiClusterIngress names. */
  readonly configs: pulumi.Resource[];

  constructor(name: string, args: EdgeGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:edge:EdgeGateway", name, {}, opts);
    const { mesh, cluster, gateways, onGke, sslPolicy } = args;
    const child = inside(cluster, { parent: this });
    const inNamespace = { ...child, dependsOn: [gateways.namespace] };

    // The load balancer encrypts to its backends and does not verify whom it talks to.
    const certificate = new SelfSignedCertificate(
      `${name}-origin`,
      { commonName: `edge.${cluster.name}`, dnsNames: [`edge.${cluster.name}`] },
      { parent: this },
    );
    const secret = new k8s.core.v1.Secret(
      `${name}-origin`,
      {
        metadata: { name: ORIGIN_TLS_SECRET, namespace: GATEWAY_NAMESPACE },
        type: "kubernetes.io/tls",
        stringData: certificate.tlsSecretData,
      },
      inNamespace,
    );
    new k8s.apiextensions.CustomResource(`${name}-gateway`, edgeGateway(), {
      ...child,
      dependsOn: [secret, gateways.ready],
    });

    this.configs = !onGke
      ? []
      : [
          new k8s.apiextensions.CustomResource(`${name}-frontend`, frontendConfig(sslPolicy), inNamespace),
          new k8s.apiextensions.CustomResource(`${name}-backend`, backendConfig(mesh.ingress), inNamespace),
        ];

    this.registerOutputs({});
  }
}
