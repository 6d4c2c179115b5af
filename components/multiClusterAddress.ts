import * as pulumi from "@pulumi/pulumi";
import type { ClusterAccess } from "./cluster";
import { type ClusterApi, clusterApi } from "./clusterApi";
import { GATEWAY_NAMESPACE } from "./manifests/eastWestGateway";
import { EDGE } from "./manifests/multiClusterIngress";
import { type Observation, poll, type WaitOptions } from "./readiness";

// Google makes the load balancer first, which takes 5 to 10 minutes.
const WAIT: WaitOptions = { timeoutSeconds: 1800, pollSeconds: 5, reportSeconds: 30 };

/**
 * Waits, in an update, until the load balancer of the MultiClusterIngress has its address. `pulumi.com/waitFor` could do it,
 * but its error is "timed out waiting for the condition", and Google's reasons are in the object's events only.
 */
export function multiClusterAddressReady(
  { name, kubeconfig }: ClusterAccess,
  after: pulumi.CustomResource,
): pulumi.Output<void> {
  const ready = pulumi.all([kubeconfig, after.id]).apply(async ([kubeconfig]) => {
    if (pulumi.runtime.isDryRun()) {
      return;
    }
    const api = await clusterApi(kubeconfig);
    await poll(
      `MultiClusterIngress ${GATEWAY_NAMESPACE}/${EDGE} in ${name}`,
      () => observeAddress(api),
      `Google's controller says why in its events. Look at: kubectl --context ${name} -n ${GATEWAY_NAMESPACE} ` +
        `describe multiclusteringress ${EDGE}; gcloud container fleet ingress describe\n` +
        "It goes on by itself. When the cause is mended: pulumi up again.",
      WAIT,
    );
  });
  return pulumi.unsecret(ready);
}

async function observeAddress(api: ClusterApi): Promise<Observation> {
  const ingress = (await api.customObject({
    group: "networking.gke.io",
    version: "v1",
    plural: "multiclusteringresses",
    namespace: GATEWAY_NAMESPACE,
    name: EDGE,
  })) as { status?: { VIP?: string } } | undefined;
  if (!ingress) {
    return { done: false, reason: "it does not exist" };
  }
  return ingress.status?.VIP ? { done: true } : { done: false, reason: "its load balancer has no address" };
}
