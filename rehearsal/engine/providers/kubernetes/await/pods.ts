import { at, items, nameOf, namespaceOf, text, type KubeObject } from "../object";
import type { Awaiter, Readiness } from "./readiness";

/** Ready, or done with success. */
export const podAwaiter: Awaiter = {
  onRead: true,
  check: () => (pod) => podReadiness(pod),
};

export function podReadiness(pod: KubeObject): Readiness {
  const phase = text(at(pod, "status", "phase"));
  const ready = phase === "Succeeded" || statusOf(pod, "Ready") === "True";
  const problems = podProblems(pod);
  return { ready, status: ready ? undefined : (problems[0] ?? "Waiting for Pod to become ready"), problems };
}

/** Why a pod is not ready: not scheduled, or what its containers wait for. */
export function podProblems(pod: KubeObject): string[] {
  const prefix = `[Pod ${namespaceOf(pod)}/${nameOf(pod)}]: `;
  const conditions = items(at(pod, "status", "conditions"));
  const unscheduled = conditions.find(
    (condition) => at(condition, "type") === "PodScheduled" && at(condition, "status") === "False",
  );
  if (unscheduled) {
    return [`${prefix}[${text(at(unscheduled, "reason"))}] ${text(at(unscheduled, "message"))}`];
  }
  return ["initContainerStatuses", "containerStatuses"]
    .flatMap((name) => items(at(pod, "status", name)))
    .flatMap((container) => {
      const waiting = at(container, "state", "waiting");
      const stopped = at(container, "state", "terminated");
      const reason = text(at(waiting, "reason")) || text(at(stopped, "reason"));
      const expected = ["", "ContainerCreating", "PodInitializing", "Completed"].includes(reason);
      const message = text(at(waiting, "message")) || text(at(stopped, "message"));
      return expected
        ? []
        : [`${prefix}container "${text(at(container, "name"))}": [${reason}] ${message}`.trimEnd()];
    });
}

/** `True`, `False`, `Unknown`, or empty when there is no such condition. */
export function statusOf(object: KubeObject, type: string): string {
  return text(at(conditionOf(object, type), "status"));
}

export function conditionOf(object: KubeObject, type: string) {
  return items(at(object, "status", "conditions")).find((condition) => at(condition, "type") === type);
}
