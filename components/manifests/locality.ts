import type { Mesh } from "../config/schema";
import { ISTIO_NETWORKING } from "./istioApi";
import { ISTIO_NAMESPACE } from "./operator";

/**
 * The mesh-wide default that makes the near region answer while it is healthy: Istio prefers localities only where it may
 * eject endpoints. DestinationRules do not merge, so a service's own rule has to repeat `outlierDetection`.
 *
 * https://istio.io/latest/docs/tasks/traffic-management/locality-load-balancing/failover/
 */
export function localityFailover({ outlierDetection }: Mesh["locality"]) {
  return {
    apiVersion: ISTIO_NETWORKING,
    kind: "DestinationRule",
    metadata: { name: "locality-failover", namespace: ISTIO_NAMESPACE },
    spec: { host: "*.local", trafficPolicy: { outlierDetection } },
  };
}
