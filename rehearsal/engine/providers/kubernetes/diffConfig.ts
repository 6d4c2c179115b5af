import { parseKubeconfig, type ClusterEntry } from "../../../kubernetes/kubeconfig";
import type { DiffRequest, DiffResult } from "../base";
import { equal, hasUnknown, plain, type Properties, type Value } from "../values";
import { text } from "./object";
import { kubeconfigText } from "./settings";

/** What names the cluster that a provider talks to. */
const clusterKeys = ["kubeconfig", "context", "cluster"];

/**
 * Whether a change of the provider's arguments means another cluster, which replaces the provider and all that it made.
 * The server, its CA and proxy count, users and tokens do not. With an unchanged `clusterIdentifier` it is never another
 * cluster; with a changed one always; giving or dropping one replaces nothing.
 */
export function diffConfig({ olds, news }: Pick<DiffRequest, "olds" | "news">): DiffResult {
  const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
  const changed = names.filter((name) => !equal(olds[name] ?? null, news[name] ?? null));
  if (changed.length === 0) {
    return { changes: false };
  }
  const before = olds.clusterIdentifier ?? undefined;
  const after = news.clusterIdentifier ?? undefined;
  const identified = before !== undefined && after !== undefined;
  const same = identified && equal(before, after);
  const replaces = identified && !same ? ["clusterIdentifier"] : [];
  const answer = (diffs: string[]) => ({ changes: true, diffs, replaces: same ? [] : replaces });

  const unknown = clusterKeys.find((name) => hasUnknown(news[name]));
  if (unknown !== undefined) {
    replaces.push(unknown);
    return answer([unknown]);
  }
  const old = activeCluster(olds);
  const now = activeCluster(news);
  if (old && now && !equal(old as unknown as Value, now as unknown as Value)) {
    replaces.push(...clusterKeys.filter((name) => changed.includes(name)));
  }
  return answer(changed);
}

/** Undefined when the kubeconfig names none, or is none. */
function activeCluster(args: Properties): ClusterEntry | undefined {
  const kubeconfig = plain(args.kubeconfig);
  if (!kubeconfig) {
    return undefined;
  }
  try {
    return parseKubeconfig(kubeconfigText(kubeconfig), {
      context: text(plain(args.context)) || undefined,
      cluster: text(plain(args.cluster)) || undefined,
    }).cluster;
  } catch {
    return undefined;
  }
}
