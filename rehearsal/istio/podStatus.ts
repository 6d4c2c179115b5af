import type { ApiClient } from "../kubernetes/client";
import type { Container, Pod } from "./pod";

export type State = "waiting" | "running" | "ready";

export interface Report {
  state: State;
  restarts: number;
  startedAt: Date;
  /** Why it waits: `ContainerCreating`, `CrashLoopBackOff`, ... */
  reason?: string;
  message?: string;
  /** Of the process that plays the container. Without one nothing runs there. */
  containerID?: string;
}

/** Says in a pod's status what has become of the one container that is played; its other containers go along. */
export async function reportStatus(
  client: ApiClient,
  pod: Pod,
  played: Container,
  report: Report,
): Promise<void> {
  const current = (await client.get("v1", "Pod", pod.metadata.name, pod.metadata.namespace)) as
    Pod | undefined;
  if (!current || current.metadata.uid !== pod.metadata.uid) {
    return;
  }
  const ready = report.state === "ready";
  const conditions = (current.status.conditions ?? []).filter(({ type }) => !readiness.includes(type));
  const before = current.status.conditions ?? [];
  for (const type of readiness) {
    const status = ready ? "True" : "False";
    const old = before.find((condition) => condition.type === type);
    const same = old?.status === status && old.lastTransitionTime;
    conditions.push({
      type,
      status,
      lastTransitionTime: same || new Date().toISOString().replace(/\.\d+/, ""),
      ...(ready
        ? {}
        : { reason: "ContainersNotReady", message: `containers with unready status: [${played.name}]` }),
    });
  }
  const containerStatuses = pod.spec.containers.map((container) => ({
    name: container.name,
    image: container.image,
    imageID: "",
    ready,
    started: report.state !== "waiting",
    restartCount: container === played ? report.restarts : 0,
    ...(container === played &&
      report.state !== "waiting" &&
      report.containerID && { containerID: report.containerID }),
    state:
      report.state === "waiting"
        ? { waiting: { reason: report.reason ?? "ContainerCreating", message: report.message } }
        : { running: { startedAt: report.startedAt.toISOString().replace(/\.\d+/, "") } },
  }));
  const created = report.state === "waiting" && report.restarts === 0;
  await client.patch(
    pod,
    { status: { phase: created ? "Pending" : "Running", conditions, containerStatuses } },
    { subresource: "status" },
  );
}

const readiness = ["Ready", "ContainersReady"];
