import type { ApiClient } from "../../../../kubernetes/client";
import { isObject, type Value } from "../../values";
import { asKubeObject, at, items, namespaceOf, text, type KubeObject } from "../object";
import { conditionOf, podProblems, statusOf } from "./pods";
import type { Awaiter, Readiness } from "./readiness";

const revision = "deployment.kubernetes.io/revision";

const count = (value: Value, otherwise = 0) => (typeof value === "number" ? value : otherwise);
const status = (object: KubeObject, name: string) => count(at(object, "status", name));

/** The controller has seen this generation, so that the status speaks of it. */
function isObserved(object: KubeObject): boolean {
  return status(object, "observedGeneration") >= count(at(object, "metadata", "generation"));
}

/** Available, and as many pods of the newest revision ready as its ReplicaSet asks for. */
export const deploymentAwaiter: Awaiter = {
  onRead: true,
  check: () => async (deployment, client) => {
    if (!isObserved(deployment)) {
      return { ready: false, problems: ["Minimum number of live Pods was not attained"] };
    }
    const generation = text(at(deployment, "metadata", "annotations", revision));
    const owned = await listOwned(client, deployment, "apps/v1", "ReplicaSet");
    const replicaSet = owned.find((rs) => text(at(rs, "metadata", "annotations", revision)) === generation);
    const wanted = count(at(replicaSet, "spec", "replicas"), 1);
    const ready = count(at(replicaSet, "status", "readyReplicas"));
    const available = statusOf(deployment, "Available") === "True";
    const progressing = conditionOf(deployment, "Progressing");
    const rolledOut =
      generation === "1" ||
      (at(progressing, "status") === "True" && at(progressing, "reason") === "NewReplicaSetAvailable");
    if (replicaSet && available && rolledOut && ready >= wanted) {
      return (await claimsBound(client, deployment)) ?? { ready: true };
    }
    const problems = ["Progressing", "Available"]
      .map((type) => conditionOf(deployment, type))
      .filter((condition) => at(condition, "status") === "False")
      .map((condition) => `[${text(at(condition, "reason"))}] ${text(at(condition, "message"))}`);
    problems.push(
      available
        ? "Minimum number of Pods to consider the application live was not attained"
        : "Minimum number of live Pods was not attained",
    );
    const pods = replicaSet ? await listOwned(client, replicaSet, "v1", "Pod") : [];
    return {
      ready: false,
      status: `Waiting for app ReplicaSet to be available (${ready}/${wanted} Pods available)`,
      problems: [...problems, ...pods.flatMap(podProblems)],
    };
  },
};

/** Undefined when all claims of the pods are bound. */
async function claimsBound(client: ApiClient, deployment: KubeObject): Promise<Readiness | undefined> {
  const volumes = items(at(deployment, "spec", "template", "spec", "volumes"));
  const names = volumes
    .map((volume) => text(at(volume, "persistentVolumeClaim", "claimName")))
    .filter(Boolean);
  const unbound: string[] = [];
  for (const name of names) {
    const claim = await client.get("v1", "PersistentVolumeClaim", name, namespaceOf(deployment));
    if (claim && at(asKubeObject(claim), "status", "phase") !== "Bound") {
      unbound.push(name);
    }
  }
  const problem = `Failed to bind PersistentVolumeClaim(s): "${unbound.join(",")}"`;
  return unbound.length > 0 ? { ready: false, status: problem, problems: [problem] } : undefined;
}

export const statefulSetAwaiter: Awaiter = {
  onRead: true,
  check: () => async (set, client) => {
    if (!isObserved(set)) {
      return { ready: false };
    }
    const wanted = count(at(set, "spec", "replicas"));
    const ready = status(set, "readyReplicas");
    const current = text(at(set, "status", "currentRevision"));
    const target = text(at(set, "status", "updateRevision"));
    const onDelete =
      count(at(set, "metadata", "generation")) > 1 &&
      at(set, "spec", "updateStrategy", "type") === "OnDelete";
    const replicas =
      wanted === status(set, "replicas") &&
      wanted === ready &&
      (onDelete || wanted === status(set, "currentReplicas"));
    const revised = onDelete || (current !== "" && current === target);
    if (replicas && revised) {
      return { ready: true };
    }
    const problems: string[] = [];
    if (!replicas) {
      problems.push(`${ready} out of ${wanted} replicas succeeded readiness checks`);
    }
    if (!revised) {
      problems.push(
        `StatefulSet controller failed to advance from revision "${current}" to revision "${target}"`,
      );
    }
    const pods = await listOwned(client, set, "v1", "Pod");
    return {
      ready: false,
      status: `Waiting for StatefulSet to create Pods (${ready}/${wanted} Pods ready)`,
      problems: [...problems, ...pods.flatMap(podProblems)],
    };
  },
};

export const daemonSetAwaiter: Awaiter = {
  onRead: true,
  check: () => (set) => {
    const wanted = count(at(set, "status", "desiredNumberScheduled"), -1);
    const counts = ["currentNumberScheduled", "updatedNumberScheduled", "numberAvailable", "numberReady"];
    const missing = counts.find((name) => status(set, name) < wanted);
    if (isObserved(set) && wanted >= 0 && !missing) {
      return { ready: true };
    }
    const problem = missing
      ? `${missing}: ${status(set, missing)}/${wanted}`
      : "No desiredNumberScheduled yet";
    return { ready: false, status: problem, problems: [problem] };
  },
};

export const jobAwaiter: Awaiter = {
  onRead: true,
  check: () => (job) => {
    const failure = conditionOf(job, "Failed");
    if (at(failure, "status") === "True") {
      const problem = `[${text(at(failure, "reason"))}] ${text(at(failure, "message"))}`;
      return { ready: false, failed: true, problems: [problem] };
    }
    const ready = statusOf(job, "Complete") === "True";
    return { ready, status: ready ? undefined : "Waiting for Job to complete" };
  },
};

export const replicationControllerAwaiter: Awaiter = {
  timeoutMs: 600_000,
  check: () => (controller) => ({
    ready: count(at(controller, "spec", "replicas")) === at(controller, "status", "availableReplicas"),
  }),
};

async function listOwned(
  client: ApiClient,
  owner: KubeObject,
  apiVersion: string,
  kind: string,
): Promise<KubeObject[]> {
  const labels = at(owner, "spec", "selector", "matchLabels");
  const labelSelector = isObject(labels)
    ? Object.entries(labels)
        .map(([name, value]) => `${name}=${text(value)}`)
        .join(",")
    : "";
  const found = await client.list(apiVersion, kind, { namespace: namespaceOf(owner), labelSelector });
  const uid = at(owner, "metadata", "uid");
  return found
    .map(asKubeObject)
    .filter((object) => items(at(object, "metadata", "ownerReferences")).some((o) => at(o, "uid") === uid));
}
