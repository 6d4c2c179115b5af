import type { Mesh } from "../config/schema";

/** What an Istio workload needs so that losing a node, or draining one, never takes the last replica. */
export type Availability = Mesh["availability"];

/**
 * Node selector, toleration and anti-affinity that put a workload on spot nodes, one replica a node where there is room.
 *
 * The anti-affinity is preferred, not required: a rolling update of two replicas on two nodes must not wait for a third.
 *
 * @param labels the labels of the workload's own pods.
 */
export function spotPlacement(availability: Availability, labels: Record<string, string>) {
  const { label, taint } = availability.spot;
  return {
    nodeSelector: { [label.key]: label.value },
    tolerations: [{ key: taint.key, operator: "Equal", value: taint.value, effect: taint.effect }],
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: {
              topologyKey: "kubernetes.io/hostname",
              labelSelector: { matchLabels: labels },
            },
          },
        ],
      },
    },
  };
}

/** Scaling by CPU. It does nothing for a container without a CPU request: give `resources.requests.cpu` beside it. */
export function autoscaling(availability: Availability) {
  return {
    minReplicas: availability.minReplicas,
    maxReplicas: availability.maxReplicas,
    metrics: [
      {
        type: "Resource",
        resource: {
          name: "cpu",
          target: { type: "Utilization", averageUtilization: availability.targetCpuUtilization },
        },
      },
    ],
  };
}

/** One replica stays while a node is drained. At `minReplicas: 1` this would block every drain (istio/istio#12602). */
export const disruptionBudget = { minAvailable: 1 };
