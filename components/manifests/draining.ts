/**
 * For how many seconds the global load balancer lets requests end that are under way at an endpoint that leaves
 * (https://cloud.google.com/load-balancing/docs/enabling-connection-draining). Its pod has to live as long.
 */
export const CONNECTION_DRAINING_SECONDS = 60;

/**
 * For how many seconds a gateway that is to stop takes new requests. Its readiness fails at once, and the load balancer sends it
 * nothing any more after two health checks, 5 s each, and the time in which Google tells its proxies. Istio's own 5 s end
 * before that: what is sent meanwhile fails (kubernetes/ingress-gce#769, istio/istio#26302).
 */
const ACCEPTING_SECONDS = 20;

/**
 * A gateway that stops goes on for {@link ACCEPTING_SECONDS}, then until nothing is connected to it any more
 * (istio/istio, `pkg/envoy/agent.go`), and is killed when its grace period is over. Kubernetes' own 30 s would cut requests off
 * (istio/istio#25575). A spot node that is taken back leaves it 15 s:
 * https://cloud.google.com/kubernetes-engine/docs/concepts/spot-vms#termination-graceful-shutdown
 *
 * @param name of the gateway's Deployment
 */
export function draining(name: string) {
  return {
    env: [
      { name: "EXIT_ON_ZERO_ACTIVE_CONNECTIONS", value: "true" },
      { name: "MINIMUM_DRAIN_DURATION", value: `${ACCEPTING_SECONDS}s` },
    ],
    // The gateway chart has no value for it.
    overlays: [
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        name,
        patches: [
          {
            path: "spec.template.spec.terminationGracePeriodSeconds",
            value: ACCEPTING_SECONDS + CONNECTION_DRAINING_SECONDS,
          },
        ],
      },
    ],
  };
}
