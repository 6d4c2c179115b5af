import * as pulumi from "@pulumi/pulumi";
import type { ClusterAccess } from "./cluster";
import { type ClusterApi, clusterApi, type WritableClusterApi } from "./clusterApi";
import { MULTI_CLUSTER_KINDS } from "./manifests/multiClusterIngress";
import { type Observation, poll, type WaitOptions } from "./readiness";

// Google installs the kinds minutes after the feature is enabled; the Kubernetes provider retries for one minute.
const WAIT: WaitOptions = { timeoutSeconds: 1200, pollSeconds: 5, reportSeconds: 30 };

/** Waits, in an update, until the config cluster knows MultiClusterIngress and MultiClusterService. */
export function multiClusterKindsReady(
  cluster: ClusterAccess,
  after: pulumi.CustomResource,
): pulumi.Output<void> {
  const ready = pulumi.all([cluster.kubeconfig, after.id]).apply(async ([kubeconfig]) => {
    if (pulumi.runtime.isDryRun()) {
      return;
    }
    const api = await clusterApi(kubeconfig);
    await poll(
      `Kinds of the multi-cluster ingress in ${cluster.name}`,
      () => observeKinds(api),
      "Google installs them on the config cluster after the fleet feature is enabled. " +
        "Look at: gcloud container fleet ingress describe",
      WAIT,
    );
  });
  return pulumi.unsecret(ready);
}

/**
 * Brings the kinds, in an update, from a cluster that Google has given them to. Google installs them on the config cluster only,
 * and the objects have to be in the next config cluster before it becomes that. They stay Google's: what is there already is left
 * alone, and they are in no state, so nothing here changes or deletes them.
 */
export function multiClusterKindsBrought(to: ClusterAccess, from: ClusterAccess): pulumi.Output<void> {
  const ready = pulumi.all([to.kubeconfig, from.kubeconfig]).apply(async ([target, source]) => {
    if (pulumi.runtime.isDryRun()) {
      return;
    }
    const api = await clusterApi(target);
    await poll(
      `Kinds of the multi-cluster ingress in ${to.name}`,
      () => bringKinds(api, () => clusterApi(source), from.name),
      `They are taken from ${from.name}, where Google installed them. A mesh begins with one cluster as home cluster and config ` +
        "cluster: docs/shapes.md",
      WAIT,
    );
  });
  return pulumi.unsecret(ready);
}

/** Brings what is missing; with nothing missing the other cluster is not asked. */
export async function bringKinds(
  api: WritableClusterApi,
  source: () => Promise<ClusterApi>,
  name: string,
): Promise<Observation> {
  for (const kind of MULTI_CLUSTER_KINDS) {
    if (await api.customResourceDefinition(kind)) continue;
    const found = await (await source()).customResourceDefinition(kind);
    if (!found) {
      return { done: false, failed: true, reason: `${kind} is neither here nor in ${name}` };
    }
    await api.createCustomResourceDefinition({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: kind },
      spec: found.spec,
    });
  }
  return observeKinds(api);
}

export async function observeKinds(api: ClusterApi): Promise<Observation> {
  for (const name of MULTI_CLUSTER_KINDS) {
    const definition = await api.customResourceDefinition(name);
    const established = definition?.status?.conditions?.some(
      ({ type, status }) => type === "Established" && status === "True",
    );
    if (!established) {
      return { done: false, reason: `${name} ${definition ? "is not established" : "is not installed"}` };
    }
  }
  return { done: true };
}
