import { NoMatchError, isNotFound, type ApiClient } from "../../../kubernetes/client";
import type { DeleteRequest } from "../base";
import { timeoutOf } from "./await";
import { follow } from "./await/follow";
import { fromState } from "./checkpoint";
import { fieldManagerFor, relinquish } from "./fieldManagers";
import { isPatch } from "./kinds";
import {
  annotatedTrue,
  annotation,
  annotationOf,
  asKubeObject,
  at,
  items,
  kindOf,
  parseId,
  refOf,
  text,
  type KubeObject,
} from "./object";
import { reach, type Settings } from "./settings";

/** Kinds that go unwatched with `pulumi.com/skipAwait`; all others are waited for even so. */
const skippable = new Set(
  "Namespace Pod ReplicationController DaemonSet Deployment StatefulSet Job".split(" "),
);
const policies = { orphan: "Orphan", background: "Background" } as const;

export async function remove(settings: Settings, request: DeleteRequest): Promise<void> {
  if (settings.unreachable !== undefined) {
    return removeUnreachable(settings, request);
  }
  const client = reach(settings);
  const { inputs, live, fieldManager } = fromState(request.outputs);
  try {
    if (isPatch(request.type, live)) {
      return await relinquish(client, live, fieldManagerFor(inputs, fieldManager));
    }
    const policy = annotationOf(inputs, annotation.deletionPropagation).toLowerCase();
    const ref = refOf(live);
    ref.metadata.name = parseId(request.id).name || ref.metadata.name;
    await client.delete(ref, {
      propagationPolicy: policy === "orphan" || policy === "background" ? policies[policy] : "Foreground",
    });
    if (!(annotatedTrue(inputs, annotation.skipAwait) && skippable.has(kindOf(live)))) {
      await untilGone(client, request, inputs, live);
    }
  } catch (error) {
    if (!(error instanceof NoMatchError) && !isNotFound(error)) {
      throw error;
    }
  }
}

async function untilGone(
  client: ApiClient,
  request: DeleteRequest,
  inputs: KubeObject,
  live: KubeObject,
): Promise<void> {
  const { apiVersion, kind, metadata } = refOf(live);
  const uid = at(live, "metadata", "uid");
  let last: KubeObject = live;
  const isGone = async () => {
    const found = await client.get(apiVersion, kind, metadata.name, metadata.namespace);
    last = found ? asKubeObject(found) : last;
    const finalizers = items(at(last, "metadata", "finalizers")).map(text);
    request.status(
      `Resource scheduled for deletion${finalizers.length > 0 ? ` (${finalizers.join(", ")})` : ""}`,
    );
    // Another object of the same name is not ours.
    return !found || (uid !== undefined && found.metadata.uid !== uid);
  };
  const done = await follow(client, live, {
    until: isGone,
    timeoutMs: timeoutOf(inputs, request.timeoutSeconds),
    signal: request.signal,
  });
  if (done === "timeout") {
    const finalizers = items(at(last, "metadata", "finalizers"))
      .map(text)
      .join(", ");
    request.log("warning", `finalizers might be preventing deletion (${finalizers})`);
    throw new Error("timed out waiting for the condition");
  }
  if (done === "cancelled") {
    throw new Error(`Resource operation was cancelled for "${metadata.name}"`);
  }
  request.status("");
}

function removeUnreachable(settings: Settings, request: DeleteRequest): void {
  request.log("warning", `configured Kubernetes cluster is unreachable: ${settings.unreachable}`);
  if (settings.deleteUnreachable) {
    request.log(
      "info",
      "configured Kubernetes cluster is unreachable and the `deleteUnreachable` option is enabled. " +
        "Deleting the unreachable resource from Pulumi state",
    );
    return;
  }
  throw new Error(
    "configured Kubernetes cluster is unreachable. If the cluster was deleted, you can remove this resource from " +
      "Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set " +
      'to "true"',
  );
}
