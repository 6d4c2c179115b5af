import assert from "node:assert/strict";
import { testRule } from "./cases";
import { changed, judge, mended, messages, type Resource } from "./harness";

const SPOT = "cloud.google.com/gke-spot";

const k8s = {
  hpaSpec: { minReplicas: 2, maxReplicas: 5 },
  podDisruptionBudget: { minAvailable: 1 },
  resources: { requests: { cpu: "100m" } },
  nodeSelector: { [SPOT]: "true" },
  tolerations: [{ key: SPOT, operator: "Equal", value: "true", effect: "NoSchedule" }],
  affinity: {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 100, podAffinityTerm: { topologyKey: "kubernetes.io/hostname" } },
      ],
    },
  },
};

const operator: Resource = {
  type: "kubernetes:install.istio.io/v1alpha1:IstioOperator",
  props: {
    spec: {
      profile: "default",
      components: {
        pilot: { k8s },
        ingressGateways: [{ name: "istio-ingressgateway", enabled: true, k8s }],
        egressGateways: [{ name: "istio-egressgateway", enabled: true, k8s }],
      },
    },
  },
};

const rule = "istio-workloads-available";

describe(rule, () => {
  for (const component of ["pilot", "ingressGateways[0]", "egressGateways[0]"]) {
    describe(`on ${component}`, () => {
      const field = `spec.components.${component}.k8s`;
      testRule({
        rule,
        compliant: operator,
        broken: [
          [`${field}.hpaSpec.minReplicas`, undefined, /minReplicas is missing: write 2 or more/],
          [`${field}.hpaSpec.maxReplicas`, 1, /maxReplicas is 1: write at least minReplicas/],
          [`${field}.podDisruptionBudget`, undefined, /is missing: write {minAvailable: 1}/],
          [`${field}.podDisruptionBudget`, {}, /is empty/],
          [`${field}.podDisruptionBudget.minAvailable`, 2, /blocks every drain/],
          [`${field}.podDisruptionBudget.minAvailable`, "100%", /blocks every drain/],
          [`${field}.podDisruptionBudget.minAvailable`, "51%", /blocks every drain/],
          [`${field}.podDisruptionBudget.minAvailable`, 0, /keeps no replica/],
          [`${field}.podDisruptionBudget`, { maxUnavailable: 0 }, /blocks every drain/],
          [`${field}.podDisruptionBudget`, { maxUnavailable: "0%" }, /blocks every drain/],
          [`${field}.resources.requests.cpu`, undefined, /the autoscaler does nothing without it/],
          [`${field}.resources.requests.cpu`, "0", /write a request, such as 100m/],
          [`${field}.resources`, { requests: { cpu: "0" }, limits: { cpu: "1" } }, /write a request/],
          [`${field}.resources`, { limits: { memory: "1Gi" } }, /the autoscaler does nothing without it/],
          [`${field}.nodeSelector`, undefined, /name the label cloud.google.com\/gke-spot/],
          [`${field}.nodeSelector`, { disk: "ssd" }, /name the label/],
          [`${field}.tolerations`, [], /tolerate the taint/],
          [`${field}.tolerations[0].key`, "other", /tolerate the taint cloud.google.com\/gke-spot/],
          [`${field}.affinity.podAntiAffinity`, undefined, /spread the replicas/],
          [
            `${field}.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution`,
            [],
            /spread the replicas/,
          ],
        ],
        mended: [`${field}.hpaSpec.minReplicas`, `${field}.hpaSpec.maxReplicas`],
        accepted: [
          [`${field}.podDisruptionBudget`, { maxUnavailable: 1 }],
          [`${field}.podDisruptionBudget`, { minAvailable: "50%" }],
          [`${field}.tolerations`, [{ operator: "Exists" }]],
          [`${field}.resources.requests.cpu`, 1],
          // Kubernetes takes it for the request.
          [`${field}.resources`, { limits: { cpu: "500m" } }],
        ],
        others: {
          "a Deployment": { type: "kubernetes:apps/v1:Deployment", props: { spec: { replicas: 1 } } },
          "gateways alone": {
            ...operator,
            props: { spec: { profile: "empty", components: { ingressGateways: [{ k8s }] } } },
          },
          "what is switched off": {
            ...operator,
            props: {
              spec: { components: { pilot: { enabled: false }, ingressGateways: [{ enabled: false }] } },
            },
          },
        },
      });
    });
  }

  it("refuses the istiod of a profile, which has one replica", () => {
    const props = changed(operator.props, "spec.components.pilot", undefined);
    assert.match(messages(rule, { ...operator, props }).join(), /pilot is missing: the profile's istiod/);
  });

  it("refuses the ingress gateway of a profile, which has one replica", () => {
    const props = changed(operator.props, "spec.components.ingressGateways", []);
    assert.match(messages(rule, { ...operator, props }).join(), /the profile's one has one replica/);
  });

  it("refuses one replica once, for what it is: its budget blocks drains as well", () => {
    const props = changed(operator.props, "spec.components.pilot.k8s.hpaSpec.minReplicas", 1);
    assert.deepEqual(
      messages(rule, { ...operator, props }).map((text) => text.split(" ")[0]),
      ["spec.components.pilot.k8s.hpaSpec.minReplicas", "spec.components.pilot.k8s.podDisruptionBudget"],
    );
  });

  it("takes replicas, label and taint from the configuration", () => {
    assert.equal(messages(rule, operator, { minReplicas: 3 }).length, 3);
    assert.equal(messages(rule, operator, { nodeLabel: "pool", taint: "pool" }).length, 6);
    assert.equal(messages(rule, operator, { nodeLabel: "", taint: "" }).length, 0);
  });

  it("takes what stands in the values of the chart behind a component", () => {
    const { hpaSpec: _, podDisruptionBudget, ...rest } = k8s;
    const values = { autoscaleMin: 2, autoscaleMax: 5, ...rest };
    const components = {
      pilot: { k8s: { podDisruptionBudget } },
      ingressGateways: [{ name: "istio-ingressgateway", k8s: { podDisruptionBudget } }],
    };
    const gateways = { "istio-ingressgateway": values };
    const props = { spec: { components, values: { pilot: values, gateways } } };
    assert.deepEqual(judge(rule, { ...operator, props }), { findings: [] });
    const single = changed(props, "spec.values.pilot.autoscaleMin", 1);
    assert.match(messages(rule, { ...operator, props: single })[0] ?? "", /minReplicas is 1: write 2/);
    const alone = changed(single, "spec.components.pilot", undefined);
    assert.match(messages(rule, { ...operator, props: alone })[0] ?? "", /minReplicas is 1: write 2/);
  });

  describe("mends", () => {
    const field = "spec.components.ingressGateways[0].k8s";
    const mendedAt = (path: string, value: unknown, config?: { minReplicas: number }) =>
      mended(rule, { ...operator, props: changed(operator.props, path, value) }, config);

    for (const missing of [undefined, {}]) {
      it(`a budget that is ${missing ? "empty" : "missing"}`, () => {
        assert.deepEqual(mendedAt(`${field}.podDisruptionBudget`, missing), operator.props);
      });
    }

    it("no budget that somebody wrote", () => {
      assert.equal(mendedAt(`${field}.podDisruptionBudget`, { maxUnavailable: 0 }), undefined);
    });

    it("no missing budget where one replica would block the nodes", () => {
      const path = `${field}.podDisruptionBudget`;
      const alone = changed(operator.props, `${field}.hpaSpec`, { minReplicas: 1, maxReplicas: 5 });
      const bare = { ...operator, props: changed(alone, path, undefined) };
      assert.equal(mended(rule, bare, { minReplicas: 1 }), undefined);
      assert.deepEqual(mended(rule, bare), operator.props);
    });

    it("replicas to the number of the configuration, with the most of them", () => {
      const props = mendedAt(`${field}.hpaSpec`, { minReplicas: 1, maxReplicas: 2 }, { minReplicas: 3 });
      assert.ok(props);
      assert.deepEqual(messages(rule, { ...operator, props }, { minReplicas: 3 }), []);
    });

    it("no autoscaler that is not described: nobody knows how many replicas it may make", () => {
      assert.equal(mendedAt(`${field}.hpaSpec`, undefined), undefined);
    });

    it("nothing of what is switched off", () => {
      const props = { spec: { components: { pilot: { enabled: false, k8s: { hpaSpec: {} } } } } };
      assert.equal(mended(rule, { ...operator, props }), undefined);
    });
  });
});
