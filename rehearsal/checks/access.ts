import { type Finding, type Question, verdict } from "../../verify/check";
import { decoded } from "../../verify/objects";
import { ApiClient } from "../kubernetes/client";
import { parseKubeconfig, transportOptions } from "../kubernetes/kubeconfig";
import { type CheckedCluster, type CheckedMesh, ISTIO_NAMESPACE } from "./mesh";

/** Whether Google's rules let one cluster's pods to the control plane of another. */
export function accessQuestions({ clusters }: CheckedMesh): Question[] {
  return clusters.flatMap((from) =>
    clusters
      .filter((to) => to !== from)
      .map((to) => ({
        id: "control-plane-access",
        cluster: from.name,
        other: to.name,
        title: "Pods reach the other's API",
        breaks: `istiod of ${from.name} cannot watch ${to.name}`,
        fix: "global access and authorized networks of the cluster; refusals are in logs/network.log",
        ask: () => access(from, to),
      })),
  );
}

/** With the kubeconfig in the remote secret, from the place of the cluster's pods in the network. */
async function access(from: CheckedCluster, to: CheckedCluster): Promise<Finding> {
  const name = `istio-remote-secret-${to.name}`;
  const secret = await from.client.get("v1", "Secret", name, ISTIO_NAMESPACE);
  const kubeconfig = parseKubeconfig(decoded(secret)[to.name] ?? "");
  const remote = new ApiClient({ ...transportOptions(kubeconfig), proxy: from.proxy });
  try {
    const { gitVersion } = await remote.request<{ gitVersion: string }>("GET", "/version");
    return verdict([], `${kubeconfig.cluster.server}: Kubernetes ${gitVersion}`);
  } finally {
    await remote.close();
  }
}
