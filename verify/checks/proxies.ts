import { setTimeout as sleep } from "node:timers/promises";
import { keyOf, type Question, verdict } from "../check";
import { problemsOfIstiods, type ProxyState } from "../istiod";
import { kubectl, type Mesh } from "../mesh";

/** What istiod sends is taken. A proxy that refuses goes on with what it had, and one that starts anew has nothing. */
export function proxyQuestions(mesh: Mesh): Question[] {
  return mesh.clusters.map((cluster) => ({
    id: "proxies",
    cluster: cluster.name,
    title: "Proxies take what they get",
    breaks: "what they refused does not hold, and pods that start from now on stay unready",
    fix: `istioctl --context ${cluster.name} proxy-status; mostly an EnvoyFilter, or a Secret of a Gateway: ${kubectl(cluster)} get envoyfilters,gateways -A`,
    // A certificate that is none is refused as well.
    needs: ["istiod", "origin-certificate"].map((id) => keyOf({ id, cluster: cluster.name })),
    ask: async () => {
      let known = 0;
      const { problems } = await problemsOfIstiods(cluster, async (istiod) => {
        const first = await istiod.proxies();
        known += first.length;
        if (first.every(({ refused, pending }) => refused.length === 0 && pending.length === 0)) {
          return [];
        }
        // One that is slow to answer has not refused.
        await sleep(PATIENCE);
        return proxyProblems(first, await istiod.proxies());
      });
      return verdict(problems, `${known} proxies`);
    },
  }));
}

/** Milliseconds in which a proxy answers. */
const PATIENCE = 3000;

/** Those that refused, and those that were sent something and have not answered since. */
export function proxyProblems(before: ProxyState[], after: ProxyState[]): string[] {
  return after.flatMap(({ proxy, refused, pending }) => {
    const same = before.find((one) => one.proxy === proxy);
    const silent = pending.filter((one) => same?.pending.includes(one));
    return [
      ...refused.map((error) => `${proxy} refuses: ${error}`),
      ...(silent.length > 0 && refused.length === 0
        ? [`${proxy} has not taken what it was sent: ${silent.map((one) => one.split(" ")[0]).join(", ")}`]
        : []),
    ];
  });
}
