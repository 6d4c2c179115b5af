import { ConnectionError, type ApiClient } from "../../../../kubernetes/client";
import { refOf, type KubeObject } from "../object";

export interface FollowOptions {
  /** Asked after each change of the object, and each second, as it may depend on other objects too. */
  until: () => Promise<boolean>;
  timeoutMs: number;
  signal: AbortSignal;
}

/** Waits until something holds for an object. A broken connection does not end the wait; any other error does. */
export async function follow(
  client: ApiClient,
  object: KubeObject,
  { until, timeoutMs, signal }: FollowOptions,
): Promise<"done" | "timeout" | "cancelled"> {
  const { apiVersion, kind, metadata } = refOf(object);
  const deadline = AbortSignal.timeout(timeoutMs);
  const stop = new AbortController();
  let wake = () => {};
  const onAbort = () => wake();
  deadline.addEventListener("abort", onAbort);
  signal.addEventListener("abort", onAbort);
  client.watch(apiVersion, kind, () => wake(), {
    namespace: metadata.namespace,
    fieldSelector: `metadata.name=${metadata.name}`,
    signal: stop.signal,
  });
  try {
    for (;;) {
      let timer: NodeJS.Timeout | undefined;
      // Made before the question is asked: a change in between counts.
      const change = new Promise<void>((resolve) => {
        wake = resolve;
        timer = setTimeout(resolve, 1000);
      });
      try {
        if (await holds(until)) {
          return "done";
        }
        if (signal.aborted) {
          return "cancelled";
        }
        if (deadline.aborted) {
          return "timeout";
        }
        await change;
      } finally {
        clearTimeout(timer);
      }
    }
  } finally {
    stop.abort();
    deadline.removeEventListener("abort", onAbort);
    signal.removeEventListener("abort", onAbort);
  }
}

async function holds(until: () => Promise<boolean>): Promise<boolean> {
  try {
    return await until();
  } catch (error) {
    if (error instanceof ConnectionError) {
      return false;
    }
    throw error;
  }
}
