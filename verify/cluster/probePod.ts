import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { late } from "../late";
import { at, type KubernetesObject, listAt, numberAt, textAt } from "../objects";
import { type Api, ApiError } from "./client";
import type { NewObject } from "./kinds";

export interface Probe {
  namespace: string;
  /** With `curl` in it. */
  image: string;
  url: string;
  /** Seconds that an answer may take. */
  timeout: number;
}

/** What a pod found at a URL; `unknown` where the pod did not get as far. */
export type ProbeResult = { connected: boolean; detail: string } | { unknown: string };

/**
 * Opens a connection from a pod of the cluster, which is made for it and deleted afterwards. Whether anybody takes it is the
 * question; what is answered is not.
 */
export async function probe(api: Api, probe: Probe): Promise<ProbeResult> {
  const name = `verify-check-${randomBytes(4).toString("hex")}`;
  const { namespace, timeout } = probe;
  // Most of it is for the start.
  const seconds = 3 * timeout;
  try {
    await api.create(podFor(name, probe));
  } catch (error) {
    if (error instanceof ApiError) {
      // A quota, an admission policy, a webhook: what they say is nothing about the way.
      return { unknown: `the API server takes no pod ${namespace}/${name}: ${error.message}` };
    }
    throw error;
  }
  try {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const pod = await api.get("v1", "Pod", name, namespace);
      const result = resultOf(pod, timeout);
      if (result) {
        return result;
      }
      if (Date.now() > deadline) {
        const reason = textAt(listAt(pod, "status.containerStatuses")[0], "state.waiting.reason");
        return {
          unknown: `${late(`pod ${namespace}/${name} did not end`, seconds)}: ${reason ?? textAt(pod, "status.phase") ?? "no status"}`,
        };
      }
      await sleep(400);
    }
  } finally {
    await api.delete("v1", "Pod", name, namespace);
  }
}

/** https://everything.curl.dev/cmdline/exitcode.html: what says that nobody took the connection. */
function noConnection(code: number, timeout: number): string | undefined {
  const meanings: Record<number, string> = {
    6: "its name is not known",
    7: "nobody takes the connection",
    28: late("no answer", timeout),
  };
  return meanings[code];
}

/** Undefined while the pod has not ended. @param timeout seconds that it waited for an answer */
export function resultOf(pod: KubernetesObject | undefined, timeout: number): ProbeResult | undefined {
  const [status] = listAt(pod, "status.containerStatuses");
  const ended = at(status, "state.terminated");
  const code = numberAt(ended, "exitCode");
  if (code !== undefined) {
    const reason = textAt(ended, "reason") ?? "";
    if (code >= 125 || reason === "ContainerCannotRun" || reason === "StartError") {
      return { unknown: `the pod's command did not run: ${textAt(ended, "message") ?? reason}` };
    }
    const none = noConnection(code, timeout);
    return none ? { connected: false, detail: none } : { connected: true, detail: "answers" };
  }
  // A pod that runs has a container; a node that is only played has none.
  if (at(status, "state.running") && !textAt(status, "containerID")) {
    return { unknown: `node ${textAt(pod, "spec.nodeName")} runs no containers` };
  }
  return undefined;
}

function podFor(name: string, { namespace, image, url, timeout }: Probe): NewObject {
  const command = ["curl", "-sk", "-o", "/dev/null", "--max-time", `${timeout}`, url];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      labels: { "app.kubernetes.io/name": "verify-check", "sidecar.istio.io/inject": "false" },
    },
    spec: {
      restartPolicy: "Never",
      activeDeadlineSeconds: 4 * timeout,
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      containers: [
        {
          name: "curl",
          image,
          command,
          resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "64Mi" } },
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
            runAsUser: 1337,
            seccompProfile: { type: "RuntimeDefault" },
          },
        },
      ],
    },
  };
}
