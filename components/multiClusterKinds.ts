import * as pulumi from "@pulumi/pulumi";
import { type ClusterApi, clusterApi } from "./clusterApi";
import { MULTI_CLUSTER_KINDS } from "./manifests/multiClusterIngress";
import { type Observation, poll, type WaitOptions } from "./readiness";

// Google installs the kinds minutes after the feature is enabled; the Kubernetes provider retries for one minute.
const WAIT: WaitOptions = { timeoutSeconds: 1200, pollSeconds: 5, reportSeconds: 30 };

/** Waits, in an update, until the config cluster knows MultiClusterIngress and MultiClusterService. */
export function multiClusterKindsReady(
  args: { cluster: string; kubeconfig: pulumi.Output<string> },
  after: pulumi.CustomResource,
): pulumi.Output<void> {
  const ready = pulumi.all([args.kubeconfig, after.id]).apply(async ([kubeconfig]) => {
    if (pulumi.runtime.isDryRun()) {
      return;
    }
    const api = await clusterApi(kubeconfig);
    await poll(
      `Kinds of the multi-cluster ingress in ${args.cluster}`,
      () => observeKinds(api),
      "Google installs them on the config cluster after the fleet feature is enabled. " +
        "Look at: gcloud container fleet ingress describe",
      WAIT,
    );
  });
  return pulumi.unsecret(ready);
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
