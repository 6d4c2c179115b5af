import type { Mesh, MeshCluster } from "../config/schema";
import { autoscaling, disruptionBudget, spotPlacement } from "./availability";
import { draining } from "./draining";
import { GATEWAY_NAMESPACE, GATEWAY_RESOURCES, STATUS_PORT } from "./eastWestGateway";
import type { ClusterIdentity } from "./istioOperator";

export const INGRESS_GATEWAY = "istio-ingressgateway";

/** What selects the ingress gateway's pods: its Service, the MultiClusterService and the edge Gateway. */
export const INGRESS_GATEWAY_LABELS = { app: INGRESS_GATEWAY, istio: "ingressgateway" };

/** The port on the pods that the global load balancer sends requests to, over TLS. */
export const INGRESS_TARGET_PORT = 8443;

/** The ports of the ingress gateway's Service, which the MultiClusterService repeats. */
export const INGRESS_PORTS = [
  { name: "status-port", protocol: "TCP", port: STATUS_PORT, targetPort: STATUS_PORT },
  { name: "http2", protocol: "TCP", port: 80, targetPort: 8080 },
  { name: "https", protocol: "TCP", port: 443, targetPort: INGRESS_TARGET_PORT },
];

/** The gateway behind the global load balancer, as an entry of `components.ingressGateways`. */
export function ingressGateway(mesh: Mesh, cluster: ClusterIdentity & Pick<MeshCluster, "namedNeg">) {
  return {
    name: INGRESS_GATEWAY,
    namespace: GATEWAY_NAMESPACE,
    enabled: true,
    label: INGRESS_GATEWAY_LABELS,
    k8s: {
      ...draining(INGRESS_GATEWAY),
      ...(cluster.namedNeg && { serviceAnnotations: namedNegAnnotation(cluster.namedNeg) }),
      service: {
        // Istio's default is LoadBalancer: on GKE a public address per region, past the certificate, the redirect and
        // Cloud Armor at the global one. The global load balancer reaches the pods through network endpoint groups.
        type: "ClusterIP",
        ports: INGRESS_PORTS,
      },
      hpaSpec: autoscaling(mesh.availability),
      podDisruptionBudget: disruptionBudget,
      resources: GATEWAY_RESOURCES,
      ...spotPlacement(mesh.availability, INGRESS_GATEWAY_LABELS),
    },
  };
}

/** https://cloud.google.com/kubernetes-engine/docs/how-to/standalone-neg#naming_negs */
function namedNegAnnotation(name: string): Record<string, string> {
  return { "cloud.google.com/neg": JSON.stringify({ exposed_ports: { "443": { name } } }) };
}
