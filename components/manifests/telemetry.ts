import { ISTIO_TELEMETRY } from "./istioApi";
import { ISTIO_NAMESPACE } from "./operator";

/**
 * Metrics to Cloud Monitoring beside Prometheus, for every workload of the cluster. Up to Istio 1.22 only: from 1.23 the
 * provider is accepted and does nothing (https://istio.io/latest/news/releases/1.23.x/announcing-1.23/change-notes/).
 */
export function meshDefaultTelemetry() {
  return {
    apiVersion: ISTIO_TELEMETRY,
    kind: "Telemetry",
    metadata: { name: "mesh-default", namespace: ISTIO_NAMESPACE },
    spec: { metrics: [{ providers: [{ name: "stackdriver" }, { name: "prometheus" }] }] },
  };
}
