import { bringsProfileGateway, ISTIO_OPERATOR, operatorGateways } from "../gateways";
import { type Expect, resourceRule } from "../rule";
import { at, isObject, listAt, numberIn, objectAt, unless } from "../values";

interface Config {
  minReplicas: number;
  nodeLabel: string;
  taint: string;
}

export const istioAvailable = resourceRule<Config>({
  name: "istio-workloads-available",
  displayName: "istiod and gateways survive the loss of a node",
  severity: "high",
  tags: ["istio", "availability"],
  description:
    "Each workload of an IstioOperator has at least two replicas by HPA, a CPU request for it, a disruption budget that lets " +
    "nodes drain, and placement on the nodes meant for it, one replica a node.",
  remediationSteps:
    "In the component's k8s: hpaSpec.minReplicas 2 or more, resources.requests.cpu, podDisruptionBudget {minAvailable: 1}, " +
    "nodeSelector, tolerations, and affinity.podAntiAffinity.",
  url: "https://istio.io/latest/docs/reference/config/istio.operator.v1alpha1/#KubernetesResourcesSpec",
  configSchema: {
    properties: {
      minReplicas: { type: "integer", default: 2, description: "The least hpaSpec.minReplicas." },
      nodeLabel: {
        type: "string",
        default: "cloud.google.com/gke-spot",
        description: "The label that nodeSelector names; empty: any.",
      },
      taint: {
        type: "string",
        default: "cloud.google.com/gke-spot",
        description: "The key of the taint that is tolerated; empty: any.",
      },
    },
  },
  types: [ISTIO_OPERATOR],
  inspect({ props }, expect, config) {
    expect("spec.components.pilot", () => {
      const pilot = at(props, "spec", "components", "pilot");
      if (at(pilot, "enabled") === false) {
        return undefined;
      }
      if (pilot === undefined) {
        // These profiles bring no istiod; the others one with a single replica.
        const profile = at(props, "spec", "profile");
        const bringsNone = ["empty", "remote", "external"].includes(String(profile));
        return bringsNone ? undefined : "is missing: the profile's istiod has one replica; describe it";
      }
      inspectComponent("spec.components.pilot.k8s", at(pilot, "k8s"), expect, config);
    });
    expect("spec.components.ingressGateways", () =>
      bringsProfileGateway(props)
        ? "has no istio-ingressgateway: the profile's one has one replica; describe it, or write enabled: false"
        : undefined,
    );
    expect("spec.components", () => {
      for (const { field, value } of operatorGateways(props, ["ingressGateways", "egressGateways"])) {
        expect(field, () => inspectComponent(`${field}.k8s`, at(value, "k8s"), expect, config));
      }
    });
  },
});

function inspectComponent(field: string, k8s: unknown, expect: Expect, config: Config): void {
  expect(`${field}.hpaSpec.minReplicas`, () => {
    const min = at(k8s, "hpaSpec", "minReplicas");
    return unless(
      typeof min === "number" && min >= config.minReplicas,
      min,
      `write ${config.minReplicas} or more`,
    );
  });
  expect(`${field}.hpaSpec.maxReplicas`, () => {
    const [min, max] = [at(k8s, "hpaSpec", "minReplicas"), at(k8s, "hpaSpec", "maxReplicas")];
    return unless(
      typeof max === "number" && (typeof min !== "number" || max >= min),
      max,
      "write at least minReplicas",
    );
  });
  expect(`${field}.podDisruptionBudget`, () => budgetProblem(k8s));
  expect(`${field}.resources.requests.cpu`, () => {
    const cpu = at(k8s, "resources", "requests", "cpu");
    return unless(
      cpu !== undefined && numberIn(cpu) > 0,
      cpu,
      "the autoscaler does nothing without it; write a request, such as 100m",
    );
  });
  expect(`${field}.nodeSelector`, () => {
    const selector = objectAt(k8s, "nodeSelector");
    const found = config.nodeLabel ? selector[config.nodeLabel] : Object.keys(selector)[0];
    return unless(found !== undefined, undefined, `name the label ${config.nodeLabel || "of the nodes"}`);
  });
  expect(`${field}.tolerations`, () => {
    const tolerated = listAt(k8s, "tolerations").some((toleration) => {
      const key = at(toleration, "key");
      return !config.taint || key === config.taint || (!key && at(toleration, "operator") === "Exists");
    });
    return unless(tolerated, undefined, `tolerate the taint ${config.taint || "of the nodes"}`);
  });
  expect(`${field}.affinity.podAntiAffinity`, () => {
    const spread = objectAt(k8s, "affinity", "podAntiAffinity");
    const terms = [
      ...listAt(spread, "preferredDuringSchedulingIgnoredDuringExecution"),
      ...listAt(spread, "requiredDuringSchedulingIgnoredDuringExecution"),
    ];
    return unless(terms.length > 0, undefined, "spread the replicas over kubernetes.io/hostname");
  });
}

/** A budget that never admits an eviction blocks every upgrade of the nodes (istio/istio#12602). */
function budgetProblem(k8s: unknown): string | undefined {
  const budget = at(k8s, "podDisruptionBudget");
  if (!isObject(budget)) {
    return "is missing: write {minAvailable: 1}";
  }
  const { minAvailable, maxUnavailable } = budget;
  if (minAvailable === undefined && maxUnavailable === undefined) {
    return "is empty: write {minAvailable: 1}";
  }
  if (maxUnavailable !== undefined) {
    return unless(numberIn(maxUnavailable) > 0, budget, "it blocks every drain; write {maxUnavailable: 1}");
  }
  if (!(numberIn(minAvailable) > 0)) {
    return unless(false, budget, "it keeps no replica; write {minAvailable: 1}");
  }
  const least = at(k8s, "hpaSpec", "minReplicas");
  const blocks =
    typeof minAvailable === "number"
      ? minAvailable >= (typeof least === "number" ? least : Infinity)
      : numberIn(minAvailable) >= 100;
  return unless(
    !blocks,
    budget,
    "it blocks every drain at the least number of replicas; write {minAvailable: 1}",
  );
}
