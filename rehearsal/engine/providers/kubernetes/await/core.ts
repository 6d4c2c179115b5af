import type { ApiClient } from "../../../../kubernetes/client";
import { equal, isObject } from "../../values";
import { asKubeObject, at, items, nameOf, namespaceOf, text, type KubeObject } from "../object";
import type { Awaiter } from "./readiness";

/**
 * How long the endpoints must stay as they are. The real provider waits 10 s; here they change at once, or when the
 * rehearsal's own pods are ready.
 */
const settleMs = 3000;

/**
 * A load balancer's address, and no selected pod that is not ready. A Service that selects no pod at all is ready too, since
 * https://github.com/pulumi/pulumi-kubernetes/issues/605; headless ones, ExternalName and those without a selector do not
 * look at pods.
 */
export const serviceAwaiter: Awaiter = {
  onRead: true,
  check: (made) => {
    let seen: { version: string; since: number } | undefined;
    return async (service, client) => {
      const type = text(at(service, "spec", "type")) || "ClusterIP";
      const addresses = items(at(service, "status", "loadBalancer", "ingress"));
      const addressed = type !== "LoadBalancer" || addresses.length > 0;
      const selector = at(service, "spec", "selector");
      const selects =
        type !== "ExternalName" &&
        at(service, "spec", "clusterIP") !== "None" &&
        isObject(selector) &&
        Object.keys(selector).length > 0;
      if (!selects) {
        return { ready: addressed, status: addressed ? undefined : noAddress, problems: [noAddress] };
      }
      const { version, ready, pending } = await endpointsOf(client, made);
      if (version && seen?.version !== version) {
        seen = { version, since: Date.now() };
      }
      const settled = seen !== undefined && Date.now() - seen.since >= settleMs;
      const problems = [...(ready ? [] : [noPods]), ...(addressed ? [] : [noAddress])];
      return {
        ready: addressed && settled && !pending,
        goodEnough: addressed && !pending,
        status: settled && ready ? "[2/3] Attempting to allocate IP address to Service" : waitingForPods,
        problems,
      };
    };
  },
};

const noAddress = "Service was not allocated an IP address; does your cloud provider support this?";
const noPods =
  "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not match labels on any Pods";
const waitingForPods = "[1/3] Finding Pods to direct traffic to";

async function endpointsOf(client: ApiClient, service: KubeObject) {
  const found = await client.get("v1", "Endpoints", nameOf(service), namespaceOf(service));
  const subsets = found ? items(asKubeObject(found).subsets) : [];
  return {
    version: found ? String(found.metadata.resourceVersion) : "",
    ready: subsets.some((subset) => items(at(subset, "addresses")).length > 0),
    pending: subsets.some((subset) => items(at(subset, "notReadyAddresses")).length > 0),
  };
}

export const ingressAwaiter: Awaiter = {
  onRead: true,
  check: () => (ingress) => {
    const ready = items(at(ingress, "status", "loadBalancer", "ingress")).length > 0;
    const problem = "Ingress .status.loadBalancer field was not updated with a hostname/IP address.";
    return { ready, status: ready ? undefined : problem, problems: [problem] };
  },
};

/** Only a Secret that the token controller fills is waited for, and only for 5 s. */
export const secretAwaiter: Awaiter = {
  timeoutMs: 5000,
  check: () => (secret) => {
    const data = secret.data;
    const filled = isObject(data) && Object.keys(data).length > 0;
    return { ready: secret.type !== "kubernetes.io/service-account-token" || filled };
  },
};

export const volumeAwaiter: Awaiter = {
  timeoutMs: 300_000,
  check: () => (volume) => ({
    ready: ["Available", "Bound"].includes(text(at(volume, "status", "phase"))),
  }),
};

/** Bound; or waiting for its first pod, where the storage class wants that. */
export const claimAwaiter: Awaiter = {
  timeoutMs: 300_000,
  check: () => async (claim, client) => {
    const phase = text(at(claim, "status", "phase"));
    const className = text(at(claim, "spec", "storageClassName"));
    const storageClass = className
      ? await client.get("storage.k8s.io/v1", "StorageClass", className)
      : undefined;
    const lazy = storageClass?.volumeBindingMode === "WaitForFirstConsumer";
    return { ready: phase === "Bound" || (lazy && phase === "Pending") };
  },
};

export const quotaAwaiter: Awaiter = {
  timeoutMs: 60_000,
  check: () => (quota) => ({ ready: equal(at(quota, "spec", "hard"), at(quota, "status", "hard")) }),
};
