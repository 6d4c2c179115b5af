import type { Mesh } from "../config/schema";
import { ISTIO_NETWORKING } from "./istioApi";
import { ISTIO_NAMESPACE } from "./operator";

/** When an endpoint is taken out for a while. */
export type EjectionLimits = Exclude<Mesh["outlierDetection"], false>;

/**
 * The mesh-wide default that takes endpoints out while they fail. istiod knows of a lost region only what its API server said
 * last, so without it requests go there for ever. DestinationRules do not merge: a service's own rule has to repeat it.
 *
 * Istio counts connections that fail or time out as gateway errors, as long as it is not told to split them off; gateway errors
 * count among the 5xx too, of which 0 switches off the counting:
 * https://istio.io/latest/docs/reference/config/networking/destination-rule/#OutlierDetection
 * https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/outlier
 */
export function outlierDetectionRule(outlierDetection: EjectionLimits) {
  return {
    apiVersion: ISTIO_NETWORKING,
    kind: "DestinationRule",
    metadata: { name: "outlier-detection", namespace: ISTIO_NAMESPACE },
    spec: { host: "*.local", trafficPolicy: { outlierDetection } },
  };
}
