import type { ApiObject } from "../../kubernetes/client";
import type { Cloud } from "./cloud";
import { objectOf } from "./ingressLoadBalancer";
import { sooner, type NextLook, type Since } from "./reconciler";

/**
 * Takes load balancers away that no object of the config cluster stands for: another cluster was the config cluster and had the
 * object, and this one has not.
 *
 * @param delays.remove in milliseconds, from the first look that finds none.
 */
export function collectLoadBalancers(
  cloud: Cloud,
  ingresses: ApiObject[],
  { since, log, delays }: { since: Since; log: (line: string) => void; delays: { remove: number } },
): NextLook {
  const wanted = new Set(ingresses.map(objectOf));
  const orphans = cloud
    .derived()
    .filter(({ managedBy, object }) => managedBy === "multiclusteringress" && !wanted.has(object));
  for (const object of wanted) since.forget(`orphan ${object}`);
  let next: NextLook;
  for (const object of new Set(orphans.map((one) => one.object))) {
    const wait = since.wait(`orphan ${object}`, delays.remove);
    if (wait) {
      next = sooner(next, wait);
      continue;
    }
    for (const { id } of orphans.filter((one) => one.object === object)) cloud.removeDerived(id);
    since.forget(`orphan ${object}`);
    log(
      `multi-cluster ingress: the load balancer of ${object} is gone: the config cluster has no such object`,
    );
  }
  return next;
}
