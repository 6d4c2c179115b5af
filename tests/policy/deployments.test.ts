import assert from "node:assert/strict";
import { testRule } from "./cases";
import { changed, judge, messages, type Resource, UNKNOWN } from "./harness";

const rule = "istio-deployments-available";
const SPOT = "cloud.google.com/gke-spot";
const LABELS = { app: "istio-eastwestgateway", istio: "eastwestgateway" };
const SPREAD = "preferredDuringSchedulingIgnoredDuringExecution";

const deployment: Resource = {
  type: "kubernetes:apps/v1:Deployment",
  name: "gateway",
  props: {
    metadata: { name: "istio-eastwestgateway", namespace: "istio-gateways" },
    spec: {
      selector: { matchLabels: LABELS },
      template: {
        metadata: { labels: { ...LABELS, "istio.io/rev": "1-23-6" } },
        spec: {
          containers: [{ name: "istio-proxy", image: "auto", resources: { requests: { cpu: "100m" } } }],
          nodeSelector: { [SPOT]: "true" },
          tolerations: [{ key: SPOT, operator: "Equal", value: "true", effect: "NoSchedule" }],
          affinity: { podAntiAffinity: { [SPREAD]: [{ weight: 100 }] } },
        },
      },
    },
  },
};

const autoscaler: Resource = {
  type: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
  name: "autoscaler",
  props: {
    metadata: { name: "istio-eastwestgateway", namespace: "istio-gateways" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "istio-eastwestgateway" },
      minReplicas: 2,
      maxReplicas: 5,
    },
  },
};

const budget: Resource = {
  type: "kubernetes:policy/v1:PodDisruptionBudget",
  name: "budget",
  props: {
    metadata: { name: "istio-eastwestgateway", namespace: "istio-gateways" },
    spec: { minAvailable: 1, selector: { matchLabels: LABELS } },
  },
};

const noAutoscaler =
  /has no HorizontalPodAutoscaler: write one in namespace "[\w-]+" whose scaleTargetRef is/;
const noBudget =
  /has no PodDisruptionBudget: write one in namespace "[\w-]+" with minAvailable 1 that selects/;

describe(rule, () => {
  describe("on a Deployment", () => {
    const pod = "spec.template.spec";
    testRule({
      rule,
      compliant: deployment,
      beside: [autoscaler, budget],
      broken: [
        ["metadata.name", "another", noAutoscaler],
        ["spec.template.metadata.labels.app", "another", noBudget],
        [`${pod}.containers[0].resources`, undefined, /containers\[0\]\.resources\.requests\.cpu is missing/],
        [`${pod}.containers[0].resources.requests.cpu`, "0", /write a request, such as 100m/],
        [`${pod}.containers[1]`, { name: "other" }, /containers\[1\]\.resources\.requests\.cpu is missing/],
        [`${pod}.nodeSelector`, undefined, /name the label cloud.google.com\/gke-spot/],
        [`${pod}.tolerations[0].key`, "other", /tolerate the taint cloud.google.com\/gke-spot/],
        [`${pod}.affinity.podAntiAffinity`, undefined, /spread the replicas/],
        [`${pod}.affinity.podAntiAffinity.${SPREAD}`, [], /spread the replicas/],
      ],
      accepted: [[`${pod}.tolerations`, [{ operator: "Exists" }]]],
      others: {
        "another Deployment": { ...deployment, props: { metadata: { name: "shop" }, spec: {} } },
        "Istio's operator": {
          ...deployment,
          props: { spec: { template: { metadata: { labels: { name: "istio-operator" } } } } },
        },
        "an autoscaler alone": autoscaler,
        "a budget alone": budget,
        "a budget that is unknown, of nothing": { ...budget, props: { metadata: UNKNOWN, spec: UNKNOWN } },
      },
    });
  });

  describe("on its HorizontalPodAutoscaler", () => {
    testRule({
      rule,
      compliant: autoscaler,
      beside: [deployment, budget],
      broken: [
        ["metadata.namespace", "elsewhere", noAutoscaler],
        ["spec.scaleTargetRef.name", "another", noAutoscaler],
        ["spec.scaleTargetRef.kind", "StatefulSet", noAutoscaler],
        ["spec.maxReplicas", 1, /its HorizontalPodAutoscaler's spec.maxReplicas is 1: write at least/],
      ],
      accepted: [["spec.minReplicas", 3]],
      others: {},
    });
  });

  describe("on its PodDisruptionBudget", () => {
    const blocked = /its PodDisruptionBudget is .*: it blocks every drain/;
    testRule({
      rule,
      compliant: budget,
      beside: [deployment, autoscaler],
      broken: [
        ["metadata.namespace", undefined, noBudget],
        ["spec.selector.matchLabels.istio", "ingressgateway", noBudget],
        ["spec.selector.matchExpressions", [{ key: "app", operator: "DoesNotExist" }], noBudget],
        [
          "spec.selector.matchExpressions",
          [{ key: "app", operator: "NotIn", values: [LABELS.app] }],
          noBudget,
        ],
        ["spec.selector.matchExpressions", [{ key: "app", operator: "In", values: ["another"] }], noBudget],
        ["spec.minAvailable", 2, blocked],
        ["spec.minAvailable", "51%", blocked],
        ["spec.minAvailable", undefined, /its PodDisruptionBudget is empty/],
        ["spec.maxUnavailable", 0, blocked],
      ],
      accepted: [
        ["spec.minAvailable", "50%"],
        ["spec.maxUnavailable", 1],
        ["spec.selector.matchLabels", undefined],
        ["spec.selector.matchExpressions", [{ key: "app", operator: "In", values: [LABELS.app] }]],
        ["spec.selector.matchExpressions", [{ key: "istio.io/rev", operator: "Exists" }]],
      ],
      others: {},
    });
  });

  it("blames the Deployment for everything", () => {
    const { findings } = judge(rule, [deployment]);
    assert.deepEqual(
      findings.map(({ urn }) => urn.split("::").at(-1)),
      ["gateway", "gateway"],
    );
    assert.match(findings[0]?.message ?? "", noAutoscaler);
    assert.match(findings[1]?.message ?? "", noBudget);
  });

  it("refuses one replica, which is also Kubernetes' default, and the budget that it makes a block", () => {
    for (const minReplicas of [1, undefined]) {
      const props = changed(autoscaler.props, "spec.minReplicas", minReplicas);
      const found = messages(rule, [deployment, { ...autoscaler, props }, budget]);
      assert.equal(found.length, 2);
      assert.match(found[0] ?? "", /its HorizontalPodAutoscaler's spec.minReplicas is 1: write 2 or more/);
      assert.match(found[1] ?? "", /blocks every drain/);
    }
  });

  it("refuses two budgets: Kubernetes evicts no pod that has them", () => {
    const second = { ...budget, props: changed(budget.props, "spec.selector.matchLabels", undefined) };
    assert.match(
      messages(rule, [deployment, autoscaler, budget, second]).join(),
      /has the PodDisruptionBudgets .*: with more than one/,
    );
  });

  it("refuses a budget that blocks whatever an autoscaler would say", () => {
    const props = changed(budget.props, "spec.minAvailable", "100%");
    const found = messages(rule, [deployment, { ...budget, props }]);
    assert.match(found[0] ?? "", noAutoscaler);
    assert.match(found[1] ?? "", /blocks every drain/);
  });

  it("takes an autoscaler of autoscaling/v1", () => {
    const v1 = { ...autoscaler, type: "kubernetes:autoscaling/v1:HorizontalPodAutoscaler" };
    assert.deepEqual(judge(rule, [deployment, v1, budget]), { findings: [] });
  });

  it("takes nothing of another cluster", () => {
    const east = { ...deployment, provider: "east" };
    const others = [autoscaler, budget].map((resource) => ({ ...resource, provider: "central" }));
    assert.equal(messages(rule, [east, ...others]).length, 2);
    const own = others.map((resource) => ({ ...resource, provider: "east" }));
    assert.deepEqual(messages(rule, [east, ...own]), []);
  });

  it("judges the rest while one object is unknown", () => {
    const unknown = { ...budget, props: { ...budget.props, metadata: UNKNOWN } };
    const props = changed(deployment.props, "spec.template.spec.nodeSelector", undefined);
    const { findings, undecided } = judge(rule, [{ ...deployment, props }, autoscaler, unknown]);
    assert.deepEqual(findings.length, 1);
    assert.ok(undecided);
  });

  for (const [what, name, labels, annotations] of [
    ["istiod by its name", "istiod", {}, {}],
    ["istiod by its label", "istiod-1-23-6", { app: "istiod" }, {}],
    ["an ingress gateway", "edge", { istio: "ingressgateway" }, {}],
    ["a gateway by its app", "edge", { app: "istio-edge-gateway" }, {}],
    ["what the operator made", "edge", { "operator.istio.io/component": "EgressGateways" }, {}],
    ["an injected gateway", "edge", { app: "edge" }, { "inject.istio.io/templates": "sidecar, gateway" }],
  ] as const) {
    it(`finds ${what}`, () => {
      const props = { metadata: { name }, spec: { template: { metadata: { labels, annotations } } } };
      assert.match(messages(rule, { ...deployment, props }).join(), noAutoscaler);
    });
  }

  it("takes replicas, label and taint from the configuration", () => {
    const stack = [deployment, autoscaler, budget];
    assert.equal(messages(rule, stack, { minReplicas: 3 }).length, 1);
    assert.equal(messages(rule, stack, { nodeLabel: "pool", taint: "pool" }).length, 2);
    assert.equal(messages(rule, stack, { nodeLabel: "", taint: "" }).length, 0);
  });

  it("looks at each budget as often in a large stack as in a small one", () => {
    let reads = 0;
    const counted = (props: Resource["props"]) =>
      Object.defineProperty({ ...props }, "spec", {
        get: () => {
          reads += 1;
          return props.spec;
        },
      });
    const readsAmong = (size: number) => {
      const stack = Array.from({ length: size }, (_, index) => `istio-${index}-gateway`).flatMap((app) => {
        const named = changed(deployment.props, "metadata.name", app);
        return [
          { ...deployment, props: changed(named, "spec.template.metadata.labels.app", app) },
          { ...autoscaler, props: changed(autoscaler.props, "spec.scaleTargetRef.name", app) },
          { ...budget, props: counted(changed(budget.props, "spec.selector.matchLabels.app", app)) },
        ];
      });
      reads = 0;
      assert.deepEqual(judge(rule, stack), { findings: [] });
      return reads / size;
    };
    assert.equal(readsAmong(100), readsAmong(10));
  });
});
