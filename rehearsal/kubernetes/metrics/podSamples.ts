import * as path from "node:path";
import type { Usage } from "./usage";

/** The parts of a pod that count here. */
export interface MeasuredPod {
  metadata: { name: string; namespace: string; uid: string };
  spec: { nodeName?: string; containers: { name: string }[] };
  status?: {
    conditions?: { type: string; status: string; lastTransitionTime?: string }[];
    containerStatuses?: { name: string; state?: { running?: { startedAt: string } } }[];
  };
}

/** What a container without processes is said to use: kwok's pods, and everything on a machine without `/proc`. */
export const fixedUsage = { cpu: 0.001, memoryBytes: 16 * 2 ** 20 };

/**
 * Usage of the pods' running containers, by {@link keyOf}.
 *
 * @param folder where pods that processes play have their roots
 * @param measured by folder
 * @param now in ms
 */
export function podSamples(
  pods: readonly MeasuredPod[],
  folder: string,
  measured: Map<string, Usage>,
  now: number,
): Map<string, Usage> {
  return new Map(
    pods.flatMap((pod) =>
      runningContainers(pod).map(({ name, startedAt }, index) => {
        const root = path.join(folder, `${pod.metadata.namespace}_${pod.metadata.name}`);
        // Pods of Istio's control plane run one container, in the pod's own folder.
        const own = measured.get(path.join(root, name)) ?? (index === 0 ? measured.get(root) : undefined);
        return [keyOf(pod, name), own ?? fixed(now - startedAt)] as const;
      }),
    ),
  );
}

export function keyOf(pod: MeasuredPod, container: string): string {
  return `${pod.metadata.uid}/${container}`;
}

/** When the pod has become ready, in ms; 0 while it is not. */
export function readySince(pod: MeasuredPod): number {
  const ready = pod.status?.conditions?.find(({ type, status }) => type === "Ready" && status === "True");
  return Date.parse(ready?.lastTransitionTime ?? "") || 0;
}

function runningContainers({ status }: MeasuredPod): { name: string; startedAt: number }[] {
  return (status?.containerStatuses ?? []).flatMap(({ name, state }) =>
    state?.running ? [{ name, startedAt: Date.parse(state.running.startedAt) }] : [],
  );
}

function fixed(ageMs: number): Usage {
  return {
    cpuSeconds: (fixedUsage.cpu * Math.max(0, ageMs)) / 1000,
    memoryBytes: fixedUsage.memoryBytes,
    id: 0,
  };
}
