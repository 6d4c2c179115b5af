import type { Mesh } from "../config/schema";
import { GATEWAY_NAMESPACE } from "./eastWestGateway";
import { ISTIO_NETWORKING } from "./istioApi";
import { EDGE } from "./multiClusterIngress";

/** A service of which one cluster's replicas are asked for by name. */
export type Route = Mesh["routes"][number];

/** The DNS name under which a cluster's own replicas answer. */
export function routeHost(route: Pick<Route, "name">, cluster: string, domain: string): string {
  return `${route.name}-${cluster}.${domain}`;
}

/**
 * One subset per cluster, by the label that istiod gives to every endpoint. It stands with the gateways, which are the ones
 * that have to know the subsets, and in every cluster: the far east-west gateway chooses by the subset's name in the handshake
 * (istio/istio#40673). It replaces the mesh-wide rule of `mesh.outlierDetection` for this service, and so repeats it.
 */
export function clusterSubsets(route: Route, outlierDetection: Mesh["outlierDetection"]) {
  return {
    apiVersion: ISTIO_NETWORKING,
    kind: "DestinationRule",
    metadata: { name: route.name, namespace: GATEWAY_NAMESPACE },
    spec: {
      host: serviceHost(route),
      ...(outlierDetection && { trafficPolicy: { outlierDetection } }),
      subsets: route.clusters.map((cluster) => ({
        name: cluster,
        labels: { "topology.istio.io/cluster": cluster },
      })),
    },
  };
}

/** Sends the requests for one cluster's name to that cluster, whichever region's ingress gateway they came in by. */
export function clusterVirtualService(route: Route, cluster: string, domain: string) {
  return {
    apiVersion: ISTIO_NETWORKING,
    kind: "VirtualService",
    metadata: { name: `${route.name}-${cluster}`, namespace: GATEWAY_NAMESPACE },
    spec: {
      hosts: [routeHost(route, cluster, domain)],
      gateways: [`${GATEWAY_NAMESPACE}/${EDGE}`],
      http: [
        {
          route: [
            { destination: { host: serviceHost(route), subset: cluster, port: { number: route.port } } },
          ],
        },
      ],
    },
  };
}

function serviceHost({ service, namespace }: Route): string {
  return `${service}.${namespace}.svc.cluster.local`;
}
