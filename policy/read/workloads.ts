import { placement, slot, type Slot, type Workload } from "./availability";
import { CHARTS, isChart, isGatewayChart, istioMinorOf } from "./charts";
import type { Subject } from "../rule";
import { at, isObject, objectAt } from "./values";

/** Up to this minor version istiod's chart reads its values under `pilot` alone, and silently ignores others. */
const LAST_MINOR_WITH_PILOT_ALONE = 23;

/**
 * A component of an IstioOperator, which stands at `field`. `values` are those of the chart behind it, over which the component's
 * k8s is laid.
 */
export function ofComponent(field: string, component: unknown, values: () => unknown): Workload {
  const inK8s = (...path: string[]) => slot(component, field, ["k8s", ...path]);
  const either = (path: string[], inValues = path): Slot => {
    const own = inK8s(...path);
    return { ...own, read: () => own.read() ?? at(values(), ...inValues) };
  };
  return {
    isScaled: () => isObject(at(component, "k8s", "hpaSpec")),
    minReplicas: either(["hpaSpec", "minReplicas"], ["autoscaleMin"]),
    maxReplicas: either(["hpaSpec", "maxReplicas"], ["autoscaleMax"]),
    budget: inK8s("podDisruptionBudget"),
    cpuRequests: [cpuRequest((...path) => either(path))],
    ...placement((...path) => either(path)),
  };
}

/**
 * The CPU request of a container, whose slots `slotAt` makes. Where only a limit is written, Kubernetes copies it:
 * https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
 */
export function cpuRequest(slotAt: (...path: [string, ...string[]]) => Slot): Slot {
  const request = slotAt("resources", "requests", "cpu");
  return { ...request, read: () => request.read() ?? slotAt("resources", "limits", "cpu").read() };
}

/** What a Helm release or a Chart makes, by its values; undefined where it is none of Istio's workloads. */
export function ofChart({ type, props }: Subject): Workload | undefined {
  if (!CHARTS.includes(type)) {
    return undefined;
  }
  if (isGatewayChart(props)) {
    // A DaemonSet has neither autoscaler nor budget: it is on every node.
    return at(props, "values", "kind") === "DaemonSet" ? undefined : ofGatewayChart(props);
  }
  return isChart(props, "istiod") && !isRemote(props) ? ofIstiodChart(props) : undefined;
}

/** Defaults: istio/istio, manifests/charts/gateway/values.yaml. */
function ofGatewayChart(props: unknown): Workload {
  const inValues = (path: string[], standard?: unknown) => slot(props, "", ["values", ...path], standard);
  const enabled = inValues(["autoscaling", "enabled"], true);
  return {
    switches: [enabled],
    isScaled: () => enabled.read() !== false,
    minReplicas: inValues(["autoscaling", "minReplicas"], 1),
    maxReplicas: inValues(["autoscaling", "maxReplicas"], 5),
    budget: inValues(["podDisruptionBudget"]),
    cpuRequests: [inValues(["resources", "requests", "cpu"], "100m")],
    ...placement((...path) => inValues(path)),
  };
}

/** Defaults: istio/istio, manifests/charts/istio-control/istio-discovery/values.yaml. */
function ofIstiodChart(props: unknown): Workload {
  const underPilot = Object.keys(objectAt(props, "values", "pilot"));
  const takesBoth = (istioMinorOf(props) ?? Infinity) > LAST_MINOR_WITH_PILOT_ALONE;
  const inPilot = ([key = "", ...rest]: string[], standard?: unknown): Slot => {
    const above = takesBoth && !underPilot.includes(key) ? [] : ["pilot"];
    return slot(props, "", ["values", ...above, key, ...rest], standard);
  };
  const enabled = inPilot(["autoscaleEnabled"], true);
  const pdb = inPilot(["pdb"]);
  return {
    switches: [enabled, slot(props, "", ["values", "global", "defaultPodDisruptionBudget", "enabled"], true)],
    isScaled: () => enabled.read() !== false,
    minReplicas: inPilot(["autoscaleMin"], 1),
    maxReplicas: inPilot(["autoscaleMax"], 5),
    // Helm lays the values over the chart's own.
    budget: { ...pdb, read: () => ({ minAvailable: 1, ...objectAt(pdb.read()) }) },
    cpuRequests: [inPilot(["resources", "requests", "cpu"], "500m")],
    ...placement((...path) => inPilot(path)),
  };
}

/** Whether the chart connects a cluster to another one's istiod, and makes none. */
function isRemote(props: unknown): boolean {
  return (
    at(props, "values", "profile") === "remote" || at(props, "values", "istiodRemote", "enabled") === true
  );
}
