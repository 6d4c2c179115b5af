import {
  type Availability,
  availabilitySchema,
  inspectWorkload,
  placement,
  slot,
  type Slot,
} from "../read/availability";
import { clusterOf, Index, namespaceOf, podKeys, selectorKey, selects, textOr } from "../read/pairing";
import { type Expect, type Props, stackRule, type Subject } from "../rule";
import { at, listAt, objectAt, show } from "../read/values";
import { cpuRequest } from "../read/workloads";

const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const BUDGET = "kubernetes:policy/v1:PodDisruptionBudget";
const AUTOSCALERS = [
  "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
  "kubernetes:autoscaling/v1:HorizontalPodAutoscaler",
];

export const istioDeploymentsAvailable = stackRule<Availability>({
  name: "istio-deployments-available",
  displayName: "Deployments of istiod and gateways survive the loss of a node",
  severity: "high",
  tags: ["istio", "availability"],
  description:
    "A Deployment of istiod or of an Istio gateway has in its namespace and cluster (by the same provider) an HPA with at least two " +
    "replicas, and one PodDisruptionBudget that lets nodes drain; each of its containers has a CPU request or limit, and its pods have " +
    "placement on the nodes meant for them, one a node. A proxy of image auto needs the request too: Istio's gateway template " +
    "brings none.",
  remediationSteps:
    "Beside the Deployment write a HorizontalPodAutoscaler that names it in scaleTargetRef, with minReplicas 2 or more, and a " +
    "PodDisruptionBudget of minAvailable 1 that selects its pods; in its template write resources.requests.cpu, nodeSelector, " +
    "tolerations and affinity.podAntiAffinity.",
  url: "https://kubernetes.io/docs/concepts/workloads/pods/disruptions/",
  configSchema: availabilitySchema,
  types: [DEPLOYMENT, BUDGET, ...AUTOSCALERS],
  inspect(subjects, expect, config) {
    const [budgets, autoscalers] = [new Index<Props>(), new Index<Props>()];
    for (const subject of subjects) {
      const { type, props } = subject;
      if (type === BUDGET) {
        const key = () => selectorKey(namespaceOf(props), at(props, "spec", "selector"));
        budgets.add(clusterOf(subject), props, key);
      } else if (AUTOSCALERS.includes(type)) {
        autoscalers.add(clusterOf(subject), props, () => targetKey(props));
      }
    }
    for (const subject of subjects.filter(({ type }) => type === DEPLOYMENT)) {
      expect(subject)("", () => {
        if (isIstios(subject.props)) {
          inspectDeployment(subject, budgets, autoscalers, expect(subject), config);
        }
      });
    }
  },
});

function inspectDeployment(
  subject: Subject,
  budgets: Index<Props>,
  autoscalers: Index<Props>,
  expect: Expect,
  config: Availability,
): void {
  const { props } = subject;
  const cluster = clusterOf(subject);
  let [autoscaler, budget]: (Props | undefined)[] = [];
  expect("", () => {
    const [namespace, name] = [namespaceOf(props), at(props, "metadata", "name")];
    [autoscaler] = autoscalers.find(cluster, [`${namespace} ${String(name)}`], () => true);
    return autoscaler
      ? undefined
      : `has no HorizontalPodAutoscaler: write one in namespace "${namespace}" whose scaleTargetRef is Deployment ${show(name)}, with minReplicas ${config.minReplicas}`;
  });
  expect("", () => {
    const namespace = namespaceOf(props);
    const labels = podLabels(props);
    const found = budgets.find(cluster, podKeys(namespace, labels), ({ spec }) =>
      selects(at(spec, "selector"), labels),
    );
    [budget] = found;
    if (found.length > 1) {
      const names = found.map((one) => at(one, "metadata", "name")).join(", ");
      return `has the PodDisruptionBudgets ${names}: with more than one Kubernetes evicts no pod; leave one`;
    }
    return budget
      ? undefined
      : `has no PodDisruptionBudget: write one in namespace "${namespace}" with minAvailable 1 that selects the pods ${show(labels)}`;
  });
  let cpuRequests: Slot[] = [];
  expect("", () => {
    cpuRequests = listAt(props, "spec", "template", "spec", "containers").map((container, index) =>
      cpuRequest((...path) => slot(container, `spec.template.spec.containers[${index}]`, path)),
    );
  });
  inspectWorkload(
    {
      ...workloadOf(autoscaler, budget),
      cpuRequests,
      ...placement((...path) => slot(props, "", ["spec", "template", "spec", ...path])),
    },
    expect,
    config,
  );
}

function workloadOf(autoscaler?: Props, budget?: Props) {
  const ofAutoscaler = (key: string, standard?: number) => ({
    ...slot(autoscaler, "", ["spec", key], standard),
    field: `its HorizontalPodAutoscaler's spec.${key}`,
  });
  return {
    isScaled: () => autoscaler !== undefined,
    ...(autoscaler && {
      minReplicas: ofAutoscaler("minReplicas", 1),
      maxReplicas: ofAutoscaler("maxReplicas"),
    }),
    ...(budget && { budget: { ...slot(budget, "", ["spec"]), field: "its PodDisruptionBudget" } }),
  };
}

function targetKey(props: Props): string {
  const target = objectAt(props, "spec", "scaleTargetRef");
  return target.kind === "Deployment" ? `${namespaceOf(props)} ${String(target.name)}` : "";
}

function podLabels(props: Props): Props {
  return objectAt(props, "spec", "template", "metadata", "labels");
}

/** By the labels of Istio's charts, the name of an istiod without a revision, and what Istio's injector takes for a gateway. */
function isIstios(props: Props): boolean {
  const labels = podLabels(props);
  const text = (key: string) => textOr(labels[key], "");
  const templates = at(props, "spec", "template", "metadata", "annotations", "inject.istio.io/templates");
  return (
    at(props, "metadata", "name") === "istiod" ||
    text("app") === "istiod" ||
    ["pilot", "istiod"].includes(text("istio")) ||
    /gateway$/.test(text("istio")) ||
    /^istio-.*gateway$/.test(text("app")) ||
    ["Pilot", "IngressGateways", "EgressGateways"].includes(text("operator.istio.io/component")) ||
    textOr(templates, "")
      .split(",")
      .some((template) => template.trim() === "gateway")
  );
}
