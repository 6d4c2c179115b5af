import {
  type Availability,
  availabilitySchema,
  inspectWorkload,
  mendWorkload,
  type Workload,
} from "../read/availability";
import { CHARTS, RELEASE } from "../read/charts";
import { bringsProfileGateway, ISTIO_OPERATOR, operatorGateways } from "../read/gateways";
import { type Expect, type Props, resourceRule } from "../rule";
import { at } from "../read/values";
import { ofChart, ofComponent } from "../read/workloads";

const GATEWAYS = ["ingressGateways", "egressGateways"];

export const istioAvailable = resourceRule<Availability>({
  name: "istio-workloads-available",
  displayName: "istiod and gateways survive the loss of a node",
  severity: "high",
  tags: ["istio", "availability"],
  description:
    "Each workload of an IstioOperator and of Istio's istiod and gateway charts has at least two replicas by HPA, a CPU request or " +
    "limit for it, a disruption budget that lets nodes drain, and placement on the nodes meant for it, one replica a node.",
  remediationSteps:
    "In an IstioOperator component's k8s: hpaSpec.minReplicas 2 or more, resources.requests.cpu, podDisruptionBudget " +
    "{minAvailable: 1}, nodeSelector, tolerations, and affinity.podAntiAffinity. In a chart's values (files of values are not " +
    "read): autoscaling and podDisruptionBudget of the gateway chart, autoscaleMin of istiod's, and the placement.",
  url: "https://istio.io/latest/docs/reference/config/istio.operator.v1alpha1/#KubernetesResourcesSpec",
  configSchema: availabilitySchema,
  types: [ISTIO_OPERATOR, ...CHARTS],
  inspect(subject, expect, config) {
    if (subject.type === ISTIO_OPERATOR) {
      inspectOperator(subject.props, expect, config);
      return;
    }
    const workload = ofChart(subject);
    if (workload) {
      inspectWorkload(workload, expect, config);
    }
  },
  // More replicas, and a budget that keeps one of them, hurt nobody. A Chart makes objects that are judged one by one: what its
  // values say was used before.
  mend(subject, config) {
    const { type, props } = subject;
    const workloads =
      type === ISTIO_OPERATOR ? componentsOf(props) : type === RELEASE ? [ofChart(subject)] : [];
    return workloads.map((workload) => workload && mendWorkload(workload, config)).includes(true);
  },
});

function inspectOperator(props: Props, expect: Expect, config: Availability): void {
  expect("spec.components.pilot", () => {
    const pilot = at(props, "spec", "components", "pilot");
    if (at(pilot, "enabled") === false) {
      return undefined;
    }
    if (pilot === undefined) {
      // These profiles bring no istiod; the others one with a single replica.
      const bringsNone = ["empty", "remote", "external"].includes(String(at(props, "spec", "profile")));
      if (bringsNone || at(props, "spec", "values", "pilot") === undefined) {
        return bringsNone ? undefined : "is missing: the profile's istiod has one replica; describe it";
      }
    }
    inspectWorkload(ofPilot(props, pilot), expect, config);
  });
  expect("spec.components.ingressGateways", () =>
    bringsProfileGateway(props)
      ? "has no istio-ingressgateway: the profile's one has one replica; describe it, or write enabled: false"
      : undefined,
  );
  expect("spec.components", () => {
    for (const { field, value } of operatorGateways(props, GATEWAYS)) {
      expect(field, () => inspectWorkload(ofGateway(props, field, value), expect, config));
    }
  });
}

function componentsOf(props: Props): Workload[] {
  const pilot = at(props, "spec", "components", "pilot");
  return [
    ...(at(pilot, "enabled") === false ? [] : [ofPilot(props, pilot)]),
    ...operatorGateways(props, GATEWAYS).map(({ field, value }) => ofGateway(props, field, value)),
  ];
}

function ofPilot(props: Props, pilot: unknown): Workload {
  return ofComponent("spec.components.pilot", pilot, () => at(props, "spec", "values", "pilot"));
}

/** The values of all gateways of one kind stand under the name of the profile's one. */
function ofGateway(props: Props, field: string, gateway: unknown): Workload {
  const name = field.includes("egressGateways") ? "istio-egressgateway" : "istio-ingressgateway";
  return ofComponent(field, gateway, () => at(props, "spec", "values", "gateways", name));
}
