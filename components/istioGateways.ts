import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Cluster, inside, insideWithTraces } from "./cluster";
import type { Mesh, MeshCluster } from "./config/schema";
import type { IstioControlPlane } from "./istioControlPlane";
import { istioReady } from "./istioReadiness";
import {
  crossNetworkGateway,
  EAST_WEST_GATEWAY,
  eastWestAuthorizationPolicy,
  GATEWAY_NAMESPACE,
} from "./manifests/eastWestGateway";
import { INGRESS_GATEWAY } from "./manifests/ingressGateway";
import { gateways } from "./manifests/istioOperator";
import { checkIstioOperator } from "./manifests/istioOperatorSchema";

export interface IstioGatewaysArgs {
  mesh: Mesh;
  cluster: Cluster;
  config: Pick<MeshCluster, "namedNeg">;
  controlPlane: IstioControlPlane;
}

/** The east-west gateway and the ingress gateway of one cluster, in a namespace of their own. */
export class IstioGateways extends pulumi.ComponentResource {
  readonly namespace: k8s.core.v1.Namespace;
  /** The IstioOperator resource, once both gateways are ready and the east-west one has its address. */
  readonly ready: pulumi.Output<pulumi.Resource>;

  constructor(name: string, args: IstioGatewaysArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:istio:IstioGateways", name, {}, opts);
    const { mesh, cluster, config, controlPlane } = args;

    // Deleting the namespace waits for everything in it: for the load balancer of the east-west gateway, and for the named
    // NEG, which would otherwise stay behind and keep the VPC from being deleted.
    const traces = insideWithTraces(cluster, { parent: this });
    this.namespace = new k8s.core.v1.Namespace(
      `${name}-${GATEWAY_NAMESPACE}`,
      { metadata: { name: GATEWAY_NAMESPACE } },
      { ...traces, dependsOn: opts?.dependsOn, customTimeouts: { delete: "20m" } },
    );

    const restrictions =
      mesh.eastWest.access === "external"
        ? [
            new k8s.apiextensions.CustomResource(
              `${name}-east-west-sources`,
              eastWestAuthorizationPolicy(mesh),
              inside(cluster, { parent: this, dependsOn: [this.namespace, controlPlane.ready] }),
            ),
          ]
        : [];

    const resource = checkIstioOperator(
      gateways(mesh, { name: cluster.name, network: cluster.network, namedNeg: config.namedNeg }),
    );
    const operated = new k8s.apiextensions.CustomResource(`${name}-gateways`, resource, {
      ...traces,
      dependsOn: [this.namespace, controlPlane.ready, ...restrictions],
      customTimeouts: { delete: "10m" },
    });
    const healthy = istioReady(
      {
        cluster: cluster.name,
        kubeconfig: cluster.kubeconfig,
        name: resource.metadata.name,
        revision: mesh.istio.revision,
        deployments: [EAST_WEST_GATEWAY, INGRESS_GATEWAY].map((gateway) => ({
          namespace: GATEWAY_NAMESPACE,
          name: gateway,
        })),
        // Until istiod of the other clusters knows this address it takes the pods here for reachable directly.
        loadBalancers: [{ namespace: GATEWAY_NAMESPACE, name: EAST_WEST_GATEWAY }],
      },
      operated,
    );
    this.ready = healthy.apply(() => operated);

    new k8s.apiextensions.CustomResource(
      `${name}-cross-network-gateway`,
      crossNetworkGateway(),
      inside(cluster, { parent: this, dependsOn: this.ready }),
    );

    this.registerOutputs({});
  }
}
