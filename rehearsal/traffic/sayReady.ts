import type { Pod } from "../istio/pod";
import { reportStatus } from "../istio/podStatus";
import type { ApiClient } from "../kubernetes/client";
import { isReady } from "./forwarders";
import { carriesTraffic } from "./proxy";

/** Without traffic nothing runs in these pods: those that an earlier start with traffic left unready are called ready. */
export async function sayReady(client: ApiClient): Promise<void> {
  const pods = ((await client.list("v1", "Pod")) as Pod[]).filter(carriesTraffic);
  const left = pods.filter((pod) => pod.status.podIP && !isReady(pod));
  for (const pod of left) {
    const [container] = pod.spec.containers;
    if (container) {
      await reportStatus(client, pod, container, { state: "ready", restarts: 0, startedAt: new Date() });
    }
  }
}
