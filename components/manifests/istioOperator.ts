import type { Mesh, MeshCluster } from "../config/schema";
import { autoscaling, disruptionBudget, spotPlacement } from "./availability";
import { eastWestGateway } from "./eastWestGateway";
import { ingressGateway } from "./ingressGateway";
import { ISTIO_NAMESPACE } from "./operator";
import { meshConfig } from "./meshConfig";

/** Which cluster a manifest is for. The name is Istio's `clusterName` and the key of the cluster's remote secrets. */
export interface ClusterIdentity {
  name: string;
  /** Istio's network name, equal to the label on the namespace. */
  network: MeshCluster["network"];
}

/**
 * istiod, without gateways: a gateway in this resource would be a proxy that is still connected when the resource is deleted,
 * and the operator waits for those for ever (istio/istio#24197).
 */
export function controlPlane(mesh: Mesh, cluster: ClusterIdentity) {
  return {
    ...header(`control-plane-${mesh.istio.revision}`),
    spec: {
      profile: "default",
      ...release(mesh),
      meshConfig: meshConfig(mesh),
      components: {
        pilot: {
          k8s: {
            hpaSpec: autoscaling(mesh.availability),
            podDisruptionBudget: disruptionBudget,
            // Istio's own defaults, written out: without a CPU request the autoscaler does nothing.
            resources: { requests: { cpu: "500m", memory: "2048Mi" } },
            ...spotPlacement(mesh.availability, { app: "istiod", "istio.io/rev": mesh.istio.revision }),
          },
        },
        ingressGateways: [{ name: "istio-ingressgateway", enabled: false }],
      },
      values: { global: globalValues(mesh, cluster) },
    },
  };
}

/** Both gateways, in one resource that depends on {@link controlPlane} and goes before it. */
export function gateways(mesh: Mesh, cluster: ClusterIdentity & Pick<MeshCluster, "namedNeg">) {
  return {
    ...header(`gateways-${mesh.istio.revision}`),
    spec: {
      profile: "empty",
      ...release(mesh),
      components: { ingressGateways: [eastWestGateway(mesh, cluster), ingressGateway(mesh, cluster)] },
      values: {
        global: globalValues(mesh, cluster),
        // Despite its key this holds for every gateway of the resource: the proxy comes from istiod's injection, and with it
        // the proxy's version, instead of being written into the Deployment.
        gateways: { "istio-ingressgateway": { injectionTemplate: "gateway" } },
      },
    },
  };
}

function header(name: string) {
  return {
    apiVersion: "install.istio.io/v1alpha1",
    kind: "IstioOperator",
    metadata: { name, namespace: ISTIO_NAMESPACE },
  } as const;
}

function release({ istio }: Mesh) {
  return { revision: istio.revision, hub: istio.hub, tag: istio.version };
}

function globalValues(mesh: Mesh, cluster: ClusterIdentity) {
  return { meshID: mesh.id, multiCluster: { clusterName: cluster.name }, network: cluster.network };
}
