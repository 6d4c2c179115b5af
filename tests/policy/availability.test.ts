import assert from "node:assert/strict";
import { testRule } from "./cases";
import { changed, messages, type Resource } from "./harness";

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
          [`${field}.podDisruptionBudget.minAvailable`, 0, /keeps no replica/],
          [`${field}.podDisruptionBudget`, { maxUnavailable: 0 }, /blocks every drain/],
          [`${field}.podDisruptionBudget`, { maxUnavailable: "0%" }, /blocks every drain/],
          [`${field}.resources.requests.cpu`, undefined, /the autoscaler does nothing without it/],
          [`${field}.resources.requests.cpu`, "0", /write a request, such as 100m/],
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
        accepted: [
          [`${field}.podDisruptionBudget`, { maxUnavailable: 1 }],
          [`${field}.podDisruptionBudget`, { minAvailable: "50%" }],
          [`${field}.tolerations`, [{ operator: "Exists" }]],
          [`${field}.resources.requests.cpu`, 1],
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
});
