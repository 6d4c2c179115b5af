import assert from "node:assert/strict";
import { testRule } from "./cases";
import { changed, judge, mended, messages, type Resource, UNKNOWN } from "./harness";

const rule = "istio-workloads-available";
const SPOT = "cloud.google.com/gke-spot";

const placement = {
  nodeSelector: { [SPOT]: "true" },
  tolerations: [{ key: SPOT, operator: "Exists" }],
  affinity: {
    podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100 }] },
  },
};

describe(`${rule}, by the values of a chart`, () => {
  const gatewayChart: Resource = {
    type: "kubernetes:helm.sh/v3:Release",
    props: {
      chart: "gateway",
      name: "istio-eastwestgateway",
      values: { autoscaling: { minReplicas: 2 }, podDisruptionBudget: { minAvailable: 1 }, ...placement },
    },
  };

  describe("on a Release of the gateway chart", () => {
    testRule({
      rule,
      compliant: gatewayChart,
      broken: [
        ["values.autoscaling.enabled", false, /values.autoscaling.enabled is false: write true/],
        ["values.autoscaling.maxReplicas", 1, /maxReplicas is 1: write at least minReplicas/],
        ["values.podDisruptionBudget", undefined, /is missing: write {minAvailable: 1}/],
        ["values.podDisruptionBudget", {}, /is empty/],
        ["values.podDisruptionBudget.minAvailable", 2, /blocks every drain/],
        ["values.resources.requests.cpu", "0", /write a request, such as 100m/],
        ["values.nodeSelector", undefined, /name the label/],
        ["values.tolerations", [], /tolerate the taint/],
        ["values.affinity", undefined, /values.affinity.podAntiAffinity is missing: spread the replicas/],
      ],
      mended: ["values.autoscaling.maxReplicas", "values.podDisruptionBudget"],
      accepted: [
        ["values.resources", { limits: { cpu: 2 } }],
        ["values.kind", "DaemonSet"],
      ],
      others: {
        "a DaemonSet, which is on every node": {
          ...gatewayChart,
          props: { chart: "gateway", values: { kind: "DaemonSet" } },
        },
        "a chart of another kind": { ...gatewayChart, props: { chart: "base", values: {} } },
      },
    });

    it("refuses the chart's one replica, and raises it", () => {
      const props = changed(gatewayChart.props, "values.autoscaling", undefined);
      const found = messages(rule, { ...gatewayChart, props });
      assert.match(found[0] ?? "", /values.autoscaling.minReplicas is 1: write 2 or more/);
      assert.match(found[1] ?? "", /blocks every drain/);
      assert.deepEqual(mended(rule, { ...gatewayChart, props }), gatewayChart.props);
    });
  });

  const istiodChart: Resource = {
    type: "kubernetes:helm.sh/v3:Release",
    props: {
      chart: "istiod",
      version: "1.23.6",
      values: { pilot: { autoscaleMin: 2, ...placement }, global: { network: "east" } },
    },
  };

  const flat = (version?: string): Resource => ({
    ...istiodChart,
    props: { chart: "istiod", version, values: { autoscaleMin: 2, ...placement } },
  });

  describe("on a Release of the istiod chart", () => {
    for (const [name, compliant, under] of [
      ["under pilot", istiodChart, "values.pilot"],
      ["at the top, from 1.24 on", flat("1.24.0"), "values"],
    ] as const) {
      describe(name, () => {
        testRule({
          rule,
          compliant,
          broken: [
            [`${under}.autoscaleEnabled`, false, /autoscaleEnabled is false: write true/],
            [`${under}.autoscaleMax`, 1, /autoscaleMax is 1: write at least minReplicas/],
            [
              "values.global.defaultPodDisruptionBudget.enabled",
              false,
              /defaultPodDisruptionBudget.enabled is false: write true/,
            ],
            [`${under}.pdb`, { minAvailable: 2 }, /pdb is {"minAvailable":2}: it blocks every drain/],
            [`${under}.pdb`, { maxUnavailable: 0 }, /blocks every drain/],
            [`${under}.resources.requests.cpu`, "0", /write a request/],
            [`${under}.nodeSelector`, undefined, /name the label/],
            [`${under}.tolerations`, [], /tolerate the taint/],
            [`${under}.affinity`, undefined, /spread the replicas/],
          ],
          mended: [`${under}.autoscaleMax`],
          accepted: [[`${under}.pdb`, { maxUnavailable: 1 }]],
          others: {
            "a cluster of another one's istiod": {
              ...istiodChart,
              props: { chart: "istiod", values: { profile: "remote" } },
            },
            "another cluster's istiod by its switch": {
              ...istiodChart,
              props: { chart: "istiod", values: { istiodRemote: { enabled: true } } },
            },
          },
        });
      });
    }

    it("does not take values at the top for 1.23, which ignores them", () => {
      assert.match(messages(rule, flat("1.23.6")).join(), /values.pilot.autoscaleMin is 1: write 2 or more/);
      const file = { ...flat(), props: { ...flat().props, chart: "./istiod-1.23.6.tgz" } };
      assert.match(messages(rule, file).join(), /values.pilot.autoscaleMin is 1/);
      assert.deepEqual(messages(rule, flat()), []);
    });

    it("takes some values at the top and others under pilot from 1.24 on", () => {
      const mixed = changed(flat("1.30.1").props, "values.autoscaleMin", undefined);
      const props = changed(mixed, "values.pilot.autoscaleMin", 2);
      assert.deepEqual(messages(rule, { ...istiodChart, props }), []);
    });

    it("refuses the chart's one replica, and raises it", () => {
      const props = changed(istiodChart.props, "values.pilot.autoscaleMin", undefined);
      assert.equal(messages(rule, { ...istiodChart, props }).length, 2);
      assert.deepEqual(mended(rule, { ...istiodChart, props }), istiodChart.props);
    });

    it("neither refuses nor passes while the number of replicas is unknown", () => {
      const props = changed(istiodChart.props, "values.pilot.autoscaleMin", UNKNOWN);
      const { findings, undecided } = judge(rule, { ...istiodChart, props });
      assert.deepEqual(findings, []);
      assert.ok(undecided);
    });
  });

  it("holds for both kinds of Chart, whose objects are mended one by one", () => {
    for (const type of ["kubernetes:helm.sh/v3:Chart", "kubernetes:helm.sh/v4:Chart"]) {
      const props = changed(gatewayChart.props, "values.podDisruptionBudget", undefined);
      assert.equal(messages(rule, { type, props }).length, 1);
      assert.equal(mended(rule, { type, props }), undefined);
    }
  });
});
