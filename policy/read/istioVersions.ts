import { CHARTS, isChart } from "./charts";
import { ISTIO_OPERATOR } from "./gateways";
import type { Subject } from "../rule";
import { at, listAt } from "./values";
import { minorOf } from "./versions";

export const DEPLOYMENT = "kubernetes:apps/v1:Deployment";

/** All in which somebody can say which Istio runs. */
export const VERSION_TYPES = [ISTIO_OPERATOR, DEPLOYMENT, ...CHARTS];

/** Which Istio a resource asks for, and where it says so. */
export interface IstioVersion {
  field: string;
  /** As it is written. */
  version: string;
  minor: number;
  /** Whether it is installed by the operator that runs in the cluster. */
  operator: boolean;
}

/** The Istio version that a resource names; undefined where it names none, or is no part of Istio. */
export function istioVersionOf(subject: Subject): IstioVersion | undefined {
  const found = read(subject);
  if (!found) {
    return undefined;
  }
  const [field, version, operator] = found;
  const minor = minorOf(version);
  return typeof version === "string" && minor !== undefined ? { field, version, minor, operator } : undefined;
}

/** Third: whether the operator installs it. */
type Found = [field: string, version: unknown, operator: boolean] | undefined;

function read({ type, props }: Subject): Found {
  if (type === ISTIO_OPERATOR) {
    return ofOperator(props);
  }
  return type === DEPLOYMENT ? ofDeployment(props) : ofChart(props);
}

function ofOperator(props: unknown): Found {
  for (const path of [
    ["spec", "tag"],
    ["spec", "values", "global", "tag"],
  ]) {
    const tag = at(props, ...path);
    if (tag !== undefined) {
      return [path.join("."), tag, true];
    }
  }
  // A revision may have any name; one such as 1-23-6 is a version.
  const revision = at(props, "spec", "revision");
  return typeof revision === "string" && /^\d+-\d+-\d+$/.test(revision)
    ? ["spec.revision", revision.replaceAll("-", "."), true]
    : undefined;
}

/** Names of Istio's images, and of the containers in Istio's own manifests: `operator` alone may be anybody's. */
const CONTAINERS: Record<string, string> = { operator: "istio-operator", pilot: "discovery" };

function ofDeployment(props: unknown): Found {
  const path = ["spec", "template", "spec", "containers"];
  for (const [index, container] of listAt(props, ...path).entries()) {
    const [, hub = "", image = "", tag] =
      /^(.*?)([^/:]+):([^:/@]+)(@.*)?$/.exec(String(at(container, "image"))) ?? [];
    const name = CONTAINERS[image];
    if (name !== undefined && (hub.includes("istio") || at(container, "name") === name)) {
      return [`${path.join(".")}[${index}].image`, tag, image === "operator"];
    }
  }
  return undefined;
}

const ISTIO_CHARTS = ["base", "istiod", "gateway", "cni", "ztunnel"];

function ofChart(props: unknown): Found {
  if (!ISTIO_CHARTS.some((name) => isChart(props, name))) {
    return undefined;
  }
  // All of these names but one may be anybody's.
  const chart = String(at(props, "chart"));
  const sources = [chart, at(props, "repositoryOpts", "repo"), at(props, "fetchOpts", "repo")];
  if (!sources.some((source) => String(source).includes("istio"))) {
    return undefined;
  }
  const version = at(props, "version");
  return version === undefined
    ? ["chart", /-(\d[^/]*)\.tgz$/.exec(chart)?.[1], false]
    : ["version", version, false];
}
