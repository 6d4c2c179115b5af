import { at } from "./values";

/** A Helm release: its objects are never seen, its values are all there is. */
export const RELEASE = "kubernetes:helm.sh/v3:Release";

/** Whatever installs a chart. The objects of a Chart are judged one by one too; those of a Release are never seen. */
export const CHARTS = [RELEASE, "kubernetes:helm.sh/v3:Chart", "kubernetes:helm.sh/v4:Chart"];

/** Whether a chart is called so, by its name in a repository, an OCI address or a file's name. */
export function isChart(props: unknown, name: string): boolean {
  const chart = at(props, "chart");
  return typeof chart === "string" && new RegExp(`(^|/)${name}(-\\d[^/]*\\.tgz)?$`).test(chart);
}

/**
 * Whether it is Istio's gateway chart. Others have one of that name too: where a repository is named, it is one of Istio's or a copy
 * of it, or the release is called as Istio's gateways are.
 */
export function isGatewayChart(props: unknown): boolean {
  if (!isChart(props, "gateway")) {
    return false;
  }
  const repositories = [
    repositoryIn(String(at(props, "chart"))),
    at(props, "repo"),
    at(props, "repositoryOpts", "repo"),
    at(props, "fetchOpts", "repo"),
  ].filter(Boolean);
  const names = [at(props, "name"), at(props, "releaseName")];
  return (
    repositories.length === 0 || [...repositories, ...names].some((name) => String(name).includes("istio"))
  );
}

/** What stands before a chart's name: an address, or a repository's name. A folder says nothing of where the chart comes from. */
function repositoryIn(chart: string): string {
  return /^\.{0,2}\//.test(chart) ? "" : chart.slice(0, Math.max(chart.lastIndexOf("/"), 0));
}

/** Istio's minor version, such as 23 for 1.23.6, by the chart's version or its file's name; undefined where neither says it. */
export function istioMinorOf(props: unknown): number | undefined {
  const version = at(props, "version") ?? at(props, "chart");
  const minor = typeof version === "string" ? /(?:^|[^\d.])1\.(\d+)/.exec(version)?.[1] : undefined;
  return minor === undefined ? undefined : Number(minor);
}
