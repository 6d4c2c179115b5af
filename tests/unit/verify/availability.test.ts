import assert from "node:assert/strict";
import {
  metricProblems,
  placementProblems,
  scalerAdvice,
  scalerProblems,
  cordonProblems,
} from "../../../verify/checks/availability";
import { budgetAdvice, budgetProblems } from "../../../verify/checks/drain";
import { askedOf, changes } from "../../../verify/checks/operatorMade";
import { selects } from "../../../verify/checks/workloads";
import type { Mesh } from "../../../verify/mesh";
import { labelOf, type KubernetesObject } from "../../../verify/objects";

function object(name: string, rest: object, metadata: object = {}): KubernetesObject {
  return { apiVersion: "v1", kind: "Thing", ...rest, metadata: { name, ...metadata } };
}

describe("checks of availability", () => {
  it("want one budget that allows a disruption", () => {
    const budget = (disruptionsAllowed: number) => object("budget", { status: { disruptionsAllowed } });
    assert.deepEqual(budgetProblems("istiod", [budget(1)]), []);
    assert.match(budgetProblems("istiod", []).join(), /no PodDisruptionBudget/);
    assert.match(budgetProblems("istiod", [budget(0)]).join(), /allows no disruption/);
    assert.match(budgetProblems("istiod", [budget(1), budget(1)]).join(), /2 PodDisruptionBudgets/);
    const lax = object("budget", { status: { disruptionsAllowed: 2, desiredHealthy: 0 } });
    assert.match(budgetProblems("istiod", [lax]).join(), /keeps no replica/);
  });

  const cluster = { name: "east" };
  const mesh = { config: { revision: "1-23-6" } } as Mesh;
  const operators = {
    namespace: "istio-system",
    labels: { "install.operator.istio.io/owning-resource": "control-plane" },
  };

  it("name the budget to delete: never the operator's, where there are two", () => {
    const own = object("istiod", {}, operators);
    const other = object("mine", {}, { namespace: "istio-system" });
    const remove = "kubectl --context east -n istio-system delete pdb";
    assert.equal(budgetAdvice(cluster, mesh, [other, own]), `one budget per workload: ${remove} mine`);
    assert.match(
      budgetAdvice(cluster, mesh, [own]),
      new RegExp(`the operator makes it again: ${remove} istiod;`),
    );
    const restart =
      "kubectl --context east -n istio-operator rollout restart deployment istio-operator-1-23-6";
    assert.equal(budgetAdvice(cluster, mesh, []), `the operator makes its own: ${restart}`);
    assert.equal(
      budgetAdvice(cluster, mesh, [other]),
      `${remove} mine; the operator makes its own: ${restart}`,
    );
  });

  it("know whether a selector takes a pod", () => {
    const labels = { app: "istiod", rev: "1" };
    const budget = (matchLabels: object) => object("budget", { spec: { selector: { matchLabels } } });
    assert.ok(selects(budget({ app: "istiod" }), "spec.selector.matchLabels", labels));
    assert.ok(!selects(budget({ app: "verify" }), "spec.selector.matchLabels", labels));
    assert.ok(!selects(budget({}), "spec.selector.matchLabels", labels));
  });

  const deployment = (readyReplicas: number, requests: object) =>
    object("istiod", {
      spec: { template: { spec: { containers: [{ name: "discovery", resources: { requests } }] } } },
      status: { readyReplicas },
    });
  const scaler = (minReplicas: number, currentReplicas: number, desiredReplicas = currentReplicas) =>
    object("scaler", { spec: { minReplicas, metrics: [{}] }, status: { currentReplicas, desiredReplicas } });

  it("want two replicas held, and CPU requests to scale by", () => {
    const good = deployment(2, { cpu: "100m" });
    assert.deepEqual(scalerProblems("istiod", scaler(2, 2), good), []);
    assert.match(scalerProblems("istiod", undefined, good).join(), /no HorizontalPodAutoscaler/);
    assert.match(scalerProblems("istiod", scaler(1, 2), good).join(), /minReplicas 1/);
    const held = scaler(2, 2);
    Object.assign(held.spec as object, { behavior: { scaleUp: { selectPolicy: "Disabled" } } });
    assert.match(scalerProblems("istiod", held, good).join(), /never scales up/);
    assert.match(scalerProblems("istiod", scaler(3, 2, 3), good).join(), /holds 2 and wants 3/);
    assert.match(scalerProblems("istiod", scaler(2, 2), deployment(1, { cpu: "1" })).join(), /1 ready/);
    assert.match(scalerProblems("istiod", scaler(2, 2), deployment(2, {})).join(), /no CPU request/);
  });

  it("want a node of each kind that takes pods", () => {
    const node = (name: string, unschedulable?: boolean) => object(name, { spec: { unschedulable } });
    const isSpot = ({ metadata }: KubernetesObject) => metadata.name.startsWith("spot");
    const nodes = [node("spot-1", true), node("spot-2"), node("other-1")];
    assert.deepEqual(cordonProblems(nodes, isSpot), []);
    assert.deepEqual(cordonProblems([node("spot-1", true), node("other-1")], isSpot), [
      "all 1 spot nodes are cordoned: a pod that goes is not replaced",
    ]);
    assert.deepEqual(cordonProblems([node("spot-1")], isSpot), []);
  });

  it("name what to delete: the autoscaler, or the Deployment", () => {
    const place = { namespace: "istio-system", name: "istiod" };
    const named = (one: KubernetesObject) => ({ ...one, metadata: { ...one.metadata, ...place } });
    const advice = (one: KubernetesObject | undefined, requests: object) =>
      scalerAdvice(
        cluster,
        mesh,
        { ...place, deployment: named(deployment(2, requests)) },
        one && named(one),
      );
    const remove = "kubectl --context east -n istio-system delete";
    assert.match(advice(scaler(1, 2), { cpu: "1" }), new RegExp(`again: ${remove} hpa istiod;`));
    assert.match(advice(scaler(2, 2), {}), new RegExp(`again: ${remove} deployment istiod;`));
    assert.match(advice(scaler(2, 1), { cpu: "1" }), /describe hpa,deployment istiod/);
    assert.match(advice(undefined, {}), /rollout restart deployment istio-operator-1-23-6/);
  });

  it("believe an autoscaler that says it sees nothing", () => {
    const says = (status: string) =>
      object("scaler", {
        status: { conditions: [{ type: "ScalingActive", status, reason: "r", message: "m" }] },
      });
    assert.deepEqual(metricProblems(says("True")), []);
    assert.deepEqual(metricProblems(says("False")), ["scaler: r: m"]);
  });

  const nodes = new Map([
    ["spot-1", object("spot-1", {}, { labels: { "cloud.google.com/gke-spot": "true" } })],
    ["spot-2", object("spot-2", {}, { labels: { "cloud.google.com/gke-spot": "true" } })],
    ["system", object("system", {})],
  ]);
  const pod = (nodeName?: string) => object("pod", { spec: { nodeName } });
  const isSpot = (node: KubernetesObject | undefined) =>
    labelOf(node, "cloud.google.com/gke-spot") === "true";

  it("want gateways on different spot nodes", () => {
    assert.deepEqual(placementProblems("gateway", [pod("spot-1"), pod("spot-2")], nodes, isSpot), []);
    assert.deepEqual(placementProblems("gateway", [pod("spot-1"), pod("spot-1")], nodes, isSpot), [
      "2 pods of gateway share one node",
    ]);
    assert.match(placementProblems("gateway", [pod("system")], nodes, isSpot).join(), /no spot node/);
    assert.match(placementProblems("gateway", [pod()], nodes, isSpot).join(), /on no node/);
  });
});

describe("the check of what the operator made", () => {
  const resource = object("gateways", {
    spec: {
      components: {
        pilot: {
          k8s: { hpaSpec: { minReplicas: 2, maxReplicas: 5 }, podDisruptionBudget: { minAvailable: 1 } },
        },
        ingressGateways: [
          { name: "off", enabled: false },
          {
            name: "gateway",
            namespace: "gateways",
            enabled: true,
            k8s: {
              hpaSpec: { minReplicas: 2 },
              serviceAnnotations: { "networking.gke.io/load-balancer-type": "Internal" },
              service: { type: "LoadBalancer", ports: [{ name: "tls", port: 15443, targetPort: 15443 }] },
            },
          },
        ],
      },
    },
  });

  it("knows what an IstioOperator asks for", () => {
    assert.deepEqual(
      askedOf(resource, "istiod-1").map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`),
      [
        "HorizontalPodAutoscaler istio-system/istiod-1",
        "PodDisruptionBudget istio-system/istiod-1",
        "HorizontalPodAutoscaler gateways/gateway",
        "PodDisruptionBudget gateways/gateway",
        "Service gateways/gateway",
      ],
    );
  });

  it("compares these fields, and no others", () => {
    const service = askedOf(resource, "istiod-1").at(-1);
    const live = (port: number, annotations: object) =>
      object(
        "gateway",
        {
          kind: "Service",
          spec: {
            type: "LoadBalancer",
            clusterIP: "10.0.0.1",
            ports: [{ name: "tls", port, targetPort: 15443, nodePort: 30000 }],
          },
        },
        { namespace: "gateways", annotations },
      );
    const internal = { "networking.gke.io/load-balancer-type": "Internal" };
    assert.deepEqual(changes(live(15443, { ...internal, other: "is theirs" }), service?.fields ?? {}), []);
    assert.deepEqual(changes(live(443, {}), service?.fields ?? {}), [
      "Service gateways/gateway: metadata.annotations.networking.gke.io/load-balancer-type is missing, not Internal",
      "Service gateways/gateway: spec.ports.0.port is 443, not 15443",
    ]);
  });
});
