import type { ApiClient } from "../../../../kubernetes/client";
import type { ResourceRequest } from "../../base";
import { NotReadyError } from "../errors";
import {
  annotatedTrue,
  annotation,
  annotationOf,
  apiVersionOf,
  asKubeObject,
  at,
  kindOf,
  nameOf,
  refOf,
  type KubeObject,
} from "../object";
import {
  claimAwaiter,
  ingressAwaiter,
  quotaAwaiter,
  secretAwaiter,
  serviceAwaiter,
  volumeAwaiter,
} from "./core";
import { follow } from "./follow";
import { podAwaiter } from "./pods";
import type { Awaiter, Readiness } from "./readiness";
import { parseWaitFor } from "./waitFor";
import {
  daemonSetAwaiter,
  deploymentAwaiter,
  jobAwaiter,
  replicationControllerAwaiter,
  statefulSetAwaiter,
} from "./workloads";

/** Every other kind, custom resources too, is ready at once. */
const awaiters: Record<string, Awaiter> = {
  "apps/v1/DaemonSet": daemonSetAwaiter,
  "apps/v1/Deployment": deploymentAwaiter,
  "apps/v1/StatefulSet": statefulSetAwaiter,
  "batch/v1/Job": jobAwaiter,
  "networking.k8s.io/v1/Ingress": ingressAwaiter,
  "v1/PersistentVolume": volumeAwaiter,
  "v1/PersistentVolumeClaim": claimAwaiter,
  "v1/Pod": podAwaiter,
  "v1/ReplicationController": replicationControllerAwaiter,
  "v1/ResourceQuota": quotaAwaiter,
  "v1/Secret": secretAwaiter,
  "v1/Service": serviceAwaiter,
};

export interface AwaitSpec {
  client: ApiClient;
  inputs: KubeObject;
  /** As the API server answered it. */
  object: KubeObject;
  request: Pick<ResourceRequest, "signal" | "status"> & { timeoutSeconds?: number };
}

/** `customTimeouts`, else `pulumi.com/timeoutSeconds`, else 10 min; in milliseconds. */
export function timeoutOf(inputs: KubeObject, customSeconds: number | undefined): number {
  const annotated = annotationOf(inputs, annotation.timeoutSeconds);
  const seconds = customSeconds || (/^\d+$/.test(annotated) ? Number(annotated) : 600);
  return seconds * 1000;
}

/** Waits for an object that was just written; answers how it is then. @throws NotReadyError */
export async function awaitReady({ client, inputs, object, request }: AwaitSpec): Promise<KubeObject> {
  const awaiter = awaiterOf(inputs, object);
  if (!awaiter) {
    return object;
  }
  const check = awaiter.check(object);
  const { apiVersion, kind, metadata } = refOf(object);
  let latest = object;
  let readiness: Readiness = { ready: false };
  const outcome = await follow(client, object, {
    timeoutMs: awaiter.timeoutMs ?? timeoutOf(inputs, request.timeoutSeconds),
    signal: request.signal,
    until: async () => {
      const found = await client.get(apiVersion, kind, metadata.name, metadata.namespace);
      if (!found) {
        return false;
      }
      latest = asKubeObject(found);
      readiness = await check(latest, client);
      request.status(readiness.status ?? "");
      return readiness.ready || readiness.failed === true;
    },
  });
  request.status("");
  if (readiness.ready || (outcome !== "done" && readiness.goodEnough)) {
    return latest;
  }
  throw new NotReadyError(complaint(outcome, awaiter, nameOf(latest)), latest, readiness.problems);
}

/** What a refresh says about an object of an awaited kind that is not ready now; undefined when it is. */
export async function checkReady(
  client: ApiClient,
  inputs: KubeObject,
  live: KubeObject,
): Promise<NotReadyError | undefined> {
  const awaiter = awaiters[`${apiVersionOf(live)}/${kindOf(live)}`];
  if (!awaiter?.onRead || annotatedTrue(inputs, annotation.skipAwait)) {
    return undefined;
  }
  const { ready, goodEnough, problems } = await awaiter.check(live)(live, client);
  return ready || goodEnough
    ? undefined
    : new NotReadyError(`Resource '${nameOf(live)}' was created but failed to initialize`, live, problems);
}

function awaiterOf(inputs: KubeObject, object: KubeObject): Awaiter | undefined {
  if (annotatedTrue(inputs, annotation.skipAwait)) {
    return undefined;
  }
  const waitFor = annotationOf(object, annotation.waitFor);
  if (waitFor) {
    return { check: () => parseWaitFor(waitFor) };
  }
  const isToken = at(object, "type") === "kubernetes.io/service-account-token";
  const key = `${apiVersionOf(object)}/${kindOf(object)}`;
  return key === "v1/Secret" && !isToken ? undefined : awaiters[key];
}

function complaint(outcome: "done" | "timeout" | "cancelled", awaiter: Awaiter, name: string): string {
  if (outcome === "done") {
    return `Resource '${name}' was created but failed to initialize`;
  }
  if (outcome === "cancelled") {
    return `Resource operation was cancelled for "${name}"`;
  }
  if (awaiter.timeoutMs !== undefined) {
    return `Timeout occurred polling for '${name}'`;
  }
  return awaiter.onRead ? `'${name}' timed out waiting to be Ready` : "timed out waiting for the condition";
}
