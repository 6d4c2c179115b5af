import { meshRanges } from "../config/meshRanges";
import type { Mesh } from "../config/schema";
import { autoscaling, disruptionBudget, spotPlacement } from "./availability";
import { draining } from "./draining";
import { ISTIO_NETWORKING, ISTIO_SECURITY } from "./istioApi";
import type { ClusterIdentity } from "./istioOperator";

/**
 * The namespace of both gateways. Not istio-system: a gateway's Role may read every Secret of its own namespace, and there
 * these are `cacerts` and the remote tokens.
 */
export const GATEWAY_NAMESPACE = "istio-gateways";

export const EAST_WEST_GATEWAY = "istio-eastwestgateway";

/** What traffic between clusters enters by: istiod gives every remote endpoint this port at the network's gateway. */
export const EAST_WEST_PORT = 15443;

/** Health checks: https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio */
export const STATUS_PORT = 15021;

/** The gateway for traffic between clusters, as an entry of `components.ingressGateways`. */
export function eastWestGateway(mesh: Mesh, cluster: ClusterIdentity) {
  const labels = {
    app: EAST_WEST_GATEWAY,
    istio: "eastwestgateway",
    "topology.istio.io/network": cluster.network,
  };
  const { env, overlays } = draining(EAST_WEST_GATEWAY);
  return {
    name: EAST_WEST_GATEWAY,
    namespace: GATEWAY_NAMESPACE,
    enabled: true,
    label: labels,
    k8s: {
      // Only endpoints of its own network: without it the gateway would send requests on to other clusters' gateways.
      env: [{ name: "ISTIO_META_REQUESTED_NETWORK_VIEW", value: cluster.network }, ...env],
      overlays,
      serviceAnnotations: loadBalancerAnnotations(mesh.eastWest.access),
      service: {
        type: "LoadBalancer",
        // 15012 and 15017 of Istio's sample are for clusters without a control plane of their own: this mesh has none.
        ports: [
          { name: "status-port", port: STATUS_PORT, targetPort: STATUS_PORT },
          { name: "tls", port: EAST_WEST_PORT, targetPort: EAST_WEST_PORT },
        ],
        // Without it GKE's own firewall rule for the load balancer admits the world.
        loadBalancerSourceRanges: eastWestSourceRanges(mesh),
        // Otherwise nodes put their own address in the place of the caller's, which the AuthorizationPolicy judges.
        ...(mesh.eastWest.access === "external" && { externalTrafficPolicy: "Local" }),
      },
      hpaSpec: autoscaling(mesh.availability),
      podDisruptionBudget: disruptionBudget,
      resources: GATEWAY_RESOURCES,
      ...spotPlacement(mesh.availability, labels),
    },
  };
}

/** The gateway chart's defaults, written out: the autoscaler needs the CPU request. */
export const GATEWAY_RESOURCES = {
  requests: { cpu: "100m", memory: "128Mi" },
  limits: { cpu: "2000m", memory: "1024Mi" },
};

/** Whom the load balancer admits: the mesh's own ranges, or what the user named for an external one. */
export function eastWestSourceRanges(mesh: Mesh): string[] {
  return mesh.eastWest.access === "external" ? mesh.eastWest.sourceRanges : meshRanges(mesh);
}

/**
 * Beside an external gateway: Envoy refuses callers from elsewhere by itself. It holds up to Istio 1.19; from 1.20 on istiod
 * builds these listeners without authorization (istio/istio#46899), and the load balancer's source ranges are all there is.
 */
export function eastWestAuthorizationPolicy(mesh: Mesh) {
  return {
    apiVersion: ISTIO_SECURITY,
    kind: "AuthorizationPolicy",
    metadata: { name: "east-west-sources", namespace: GATEWAY_NAMESPACE },
    spec: {
      selector: { matchLabels: { istio: "eastwestgateway" } },
      action: "ALLOW",
      rules: [
        {
          from: [{ source: { ipBlocks: eastWestSourceRanges(mesh) } }],
          to: [{ operation: { ports: [`${EAST_WEST_PORT}`] } }],
        },
      ],
    },
  };
}

/** https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer-parameters */
function loadBalancerAnnotations(access: Mesh["eastWest"]["access"]): Record<string, string> {
  return access === "external"
    ? {}
    : {
        "networking.gke.io/load-balancer-type": "Internal",
        // The other regions are outside the load balancer's own.
        "networking.gke.io/internal-load-balancer-allow-global-access": "true",
      };
}

/**
 * Offers every service of the mesh at the east-west gateway, still encrypted from workload to workload: the gateway reads
 * only the name in the TLS handshake.
 */
export function crossNetworkGateway() {
  return {
    apiVersion: ISTIO_NETWORKING,
    kind: "Gateway",
    metadata: { name: "cross-network-gateway", namespace: GATEWAY_NAMESPACE },
    spec: {
      selector: { istio: "eastwestgateway" },
      servers: [
        {
          port: { number: EAST_WEST_PORT, name: "tls", protocol: "TLS" },
          tls: { mode: "AUTO_PASSTHROUGH" },
          hosts: ["*.local"],
        },
      ],
    },
  };
}
