import * as pulumi from "@pulumi/pulumi";
import type { ClusterAccess } from "./cluster";
import { type ClusterApi, clusterApi, type CustomObjectRef, type WritableClusterApi } from "./clusterApi";
import { MULTI_CLUSTER_OBJECTS } from "./manifests/multiClusterIngress";
import { type Observation, poll, type WaitOptions } from "./readiness";

// Google's controller takes 5 to 10 minutes for a load balancer, and says nowhere how long for another config cluster.
const WAIT: WaitOptions = { timeoutSeconds: 1800, pollSeconds: 5, reportSeconds: 30 };

/** `mci.finalizer.networking.gke.io` and `mcs.finalizer.networking.gke.io`: Google's mark on what it reads. */
const GOOGLES = /\.finalizer\.networking\.gke\.io$/;

interface Meta {
  metadata?: { finalizers?: string[]; resourceVersion?: string };
  status?: { VIP?: string };
}

/**
 * Waits, in an update, until Google reads the MultiClusterIngress of the config cluster. Before that the load balancer hangs on
 * the objects of another cluster, and those must stay.
 */
export function ingressRead(
  cluster: ClusterAccess,
  address: pulumi.Input<string>,
  after: pulumi.CustomResource[],
): pulumi.Output<void> {
  const read = pulumi
    .all([cluster.kubeconfig, address, pulumi.all(after.map(({ id }) => id))])
    .apply(async ([kubeconfig, wanted]) => {
      if (pulumi.runtime.isDryRun()) {
        return;
      }
      const api = await clusterApi(kubeconfig);
      await poll(
        `MultiClusterIngress in ${cluster.name}`,
        () => observeIngress(api, wanted),
        "Look at: gcloud container fleet ingress describe; " +
          `kubectl --context ${cluster.name} -n istio-gateways describe multiclusteringress edge`,
        WAIT,
      );
    });
  return pulumi.unsecret(read);
}

export async function observeIngress(api: ClusterApi, address: string): Promise<Observation> {
  const [ref] = MULTI_CLUSTER_OBJECTS;
  const found = ref && ((await api.customObject(ref)) as Meta | undefined);
  if (!found) {
    return { done: false, reason: "it is not there" };
  }
  // A status may be from an earlier time as config cluster; the finalizer went at the end of that time.
  if (!found.metadata?.finalizers?.some((one) => GOOGLES.test(one))) {
    return { done: false, reason: "Google does not read it yet" };
  }
  const { VIP } = found.status ?? {};
  return VIP === address
    ? { done: true }
    : { done: false, reason: VIP ? `it has ${VIP}, not ${address}` : "it has no address yet" };
}

/**
 * Takes Google's finalizers, in an update, from the objects of a cluster that is not the config cluster. Google's controller takes
 * them away when it has removed what belongs to an object, and it reads the config cluster only: objects that stay behind could
 * never be deleted, nor their namespace. Without them the objects stand by, or go without a trace in the load balancer.
 *
 * @param after what says that Google reads another cluster.
 */
export function ingressReleased(cluster: ClusterAccess, after?: pulumi.Output<void>): pulumi.Output<void> {
  const released = pulumi.all([cluster.kubeconfig, after]).apply(async ([kubeconfig]) => {
    if (pulumi.runtime.isDryRun()) {
      return;
    }
    const api = await clusterApi(kubeconfig);
    await poll(
      `MultiClusterIngress that Google does not read any more in ${cluster.name}`,
      () => release(api),
      `Google's finalizers have to go: kubectl --context ${cluster.name} -n istio-gateways edit multiclusteringress edge`,
      { ...WAIT, timeoutSeconds: 120 },
    );
  });
  return pulumi.unsecret(released);
}

/** Done when nothing of Google's holds the objects; those that are not there need nothing. */
export async function release(api: WritableClusterApi): Promise<Observation> {
  for (const ref of MULTI_CLUSTER_OBJECTS) {
    await releaseOne(api, ref);
  }
  return { done: true };
}

async function releaseOne(api: WritableClusterApi, ref: CustomObjectRef): Promise<void> {
  const found = (await api.customObject(ref)) as Meta | undefined;
  const { finalizers = [], resourceVersion = "" } = found?.metadata ?? {};
  const others = finalizers.filter((one) => !GOOGLES.test(one));
  if (others.length < finalizers.length) {
    await api.setFinalizers(ref, resourceVersion, others);
  }
}
