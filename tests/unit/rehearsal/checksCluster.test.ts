import assert from "node:assert/strict";
import { issue, makeCa } from "../../../rehearsal/certificates";
import {
  budgetProblems,
  operatorProblems,
  placementProblems,
  scalerProblems,
  selects,
} from "../../../rehearsal/checks/availability";
import { addressProblems, backendFinding, groupProblems } from "../../../rehearsal/checks/edge";
import { credentialProblems, internalProblems, sourceProblems } from "../../../rehearsal/checks/gateways";
import type { BackendHealth, DerivedResource } from "../../../rehearsal/google/controllers";
import type { ApiObject } from "../../../rehearsal/kubernetes/client";

function object(name: string, rest: object, metadata: object = {}): ApiObject {
  return { apiVersion: "v1", kind: "Thing", ...rest, metadata: { name, ...metadata } };
}

describe("checks of availability", () => {
  it("want one budget that allows a disruption", () => {
    const budget = (disruptionsAllowed: number) => object("budget", { status: { disruptionsAllowed } });
    assert.deepEqual(budgetProblems("istiod", [budget(1)]), []);
    assert.match(budgetProblems("istiod", []).join(), /no PodDisruptionBudget/);
    assert.match(budgetProblems("istiod", [budget(0)]).join(), /allows no disruption/);
    assert.match(budgetProblems("istiod", [budget(1), budget(1)]).join(), /2 PodDisruptionBudgets/);
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
    object("scaler", { spec: { minReplicas }, status: { currentReplicas, desiredReplicas } });

  it("want two replicas held, and CPU requests to scale by", () => {
    const good = deployment(2, { cpu: "100m" });
    assert.deepEqual(scalerProblems("istiod", scaler(2, 2), good), []);
    assert.match(scalerProblems("istiod", undefined, good).join(), /no HorizontalPodAutoscaler/);
    assert.match(scalerProblems("istiod", scaler(1, 2), good).join(), /minReplicas 1/);
    assert.match(scalerProblems("istiod", scaler(3, 2, 3), good).join(), /holds 2 and wants 3/);
    assert.match(scalerProblems("istiod", scaler(2, 2), deployment(1, { cpu: "1" })).join(), /1 ready/);
    assert.match(scalerProblems("istiod", scaler(2, 2), deployment(2, {})).join(), /no CPU request/);
  });

  const nodes = new Map([
    ["spot-1", object("spot-1", {}, { labels: { "cloud.google.com/gke-spot": "true" } })],
    ["spot-2", object("spot-2", {}, { labels: { "cloud.google.com/gke-spot": "true" } })],
    ["system", object("system", {})],
  ]);
  const pod = (nodeName?: string) => object("pod", { spec: { nodeName } });

  it("want gateways on different spot nodes, and the operator on another kind", () => {
    assert.deepEqual(placementProblems("gateway", [pod("spot-1"), pod("spot-2")], nodes), []);
    assert.deepEqual(placementProblems("gateway", [pod("spot-1"), pod("spot-1")], nodes), [
      "2 pods of gateway share one node",
    ]);
    assert.match(placementProblems("gateway", [pod("system")], nodes).join(), /no spot node/);
    assert.match(placementProblems("gateway", [pod()], nodes).join(), /on no node/);
    assert.deepEqual(operatorProblems(pod("system"), nodes), []);
    assert.equal(operatorProblems(pod("spot-1"), nodes).length, 1);
  });
});

describe("checks of the gateways", () => {
  const service = (ip: string | undefined, annotations: object, ranges: string[] = []) =>
    object(
      "gateway",
      {
        spec: { loadBalancerSourceRanges: ranges },
        status: { loadBalancer: { ingress: ip ? [{ ip }] : [] } },
      },
      { annotations },
    );
  const internal = {
    "networking.gke.io/load-balancer-type": "Internal",
    "networking.gke.io/internal-load-balancer-allow-global-access": "true",
  };

  it("want an internal address that other regions reach", () => {
    assert.deepEqual(internalProblems(service("10.16.0.64", internal), "10.16.0.0/20"), []);
    assert.deepEqual(internalProblems(service(undefined, internal), "10.16.0.0/20"), ["it has no address"]);
    assert.equal(internalProblems(service("34.1.1.1", {}), "10.16.0.0/20").length, 3);
  });

  it("want it to admit the mesh's pods, and not the world", () => {
    const admits = (...ranges: string[]) =>
      sourceProblems(service("10.16.0.64", {}, ranges), ["10.17.0.0/16"]);
    assert.deepEqual(admits("10.16.0.0/12"), []);
    assert.match(admits().join(), /admits the world/);
    assert.match(admits("0.0.0.0/0").join(), /admits the world/);
    assert.match(admits("10.17.0.0/17").join(), /does not admit the pods in 10\.17\.0\.0\/16/);
  });

  it("want certificates with their keys", () => {
    const ca = makeCa("origin");
    const other = issue(ca, { cn: "other" });
    const secret = (crt: string, key: string) =>
      object("tls", {
        data: {
          "tls.crt": Buffer.from(crt).toString("base64"),
          "tls.key": Buffer.from(key).toString("base64"),
        },
      });
    assert.deepEqual(credentialProblems("tls", secret(ca.certificate, ca.key)), []);
    assert.deepEqual(credentialProblems("tls", undefined), ["Secret tls is not there"]);
    assert.match(credentialProblems("tls", secret("", ca.key)).join(), /lacks tls\.crt/);
    assert.match(credentialProblems("tls", secret(ca.certificate, other.key)).join(), /is not the key/);
    const later = new Date("2200-01-01");
    assert.match(credentialProblems("tls", secret(ca.certificate, ca.key), later).join(), /was valid until/);
  });
});

describe("checks of the edge", () => {
  const derived = (rest: Partial<DerivedResource>): DerivedResource => ({
    id: "id",
    kind: "forwardingRule",
    name: "rule",
    location: "global",
    managedBy: "multiclusteringress",
    cluster: "east",
    object: "MultiClusterIngress a/b",
    uses: [],
    data: { address: "203.0.113.2" },
    ...rest,
  });
  const ingress = (wanted: string, given?: string) =>
    object("edge", { status: { VIP: given } }, { annotations: { "networking.gke.io/static-ip": wanted } });
  const reserved = [{ name: "mesh-edge", address: "203.0.113.2" }];
  const rules = [derived({}), derived({ id: "https" })];

  it("want the reserved address, for HTTP and HTTPS", () => {
    assert.deepEqual(addressProblems(ingress("203.0.113.2", "203.0.113.2"), reserved, rules), []);
    assert.match(addressProblems(ingress("203.0.113.2"), reserved, rules).join(), /no address in its status/);
    assert.match(
      addressProblems(ingress("mesh-edge", "203.0.113.9"), reserved, rules).join(),
      /not reserved \(mesh-edge 203\.0\.113\.2\).*asks for mesh-edge.*no forwarding rules/,
    );
    assert.match(
      addressProblems(ingress("203.0.113.2", "203.0.113.2"), reserved, rules.slice(1)).join(),
      /1 forwarding rule;/,
    );
  });

  const state: BackendHealth = {
    ingress: "a/edge",
    service: "a/edge",
    port: 443,
    cluster: "east",
    healthy: 1,
    total: 2,
    reasons: ["pod b is not ready"],
  };

  it("want one healthy backend in each cluster, and say why others are not", () => {
    assert.deepEqual(backendFinding([state]), {
      ok: true,
      detail: "1 of 2 healthy behind a/edge:443 (pod b is not ready)",
    });
    assert.deepEqual(backendFinding([{ ...state, healthy: 0 }]), {
      ok: false,
      detail: "a/edge:443: pod b is not ready",
    });
    assert.equal(backendFinding([]).ok, false);
  });

  it("want the named group in every zone with nodes", () => {
    const group = derived({
      kind: "networkEndpointGroup",
      name: "west",
      location: "west-a",
      cluster: "west",
    });
    const record = object("west", { status: { conditions: [{ type: "Synced", status: "True" }] } });
    const found = { record, groups: [group], zones: ["west-a"] };
    assert.deepEqual(groupProblems("west", "west", found), []);
    assert.match(groupProblems("west", "west", { ...found, record: undefined }).join(), /there is no/);
    assert.match(
      groupProblems("west", "west", { ...found, zones: ["west-a", "west-b"] }).join(),
      /in west-b/,
    );
    assert.match(groupProblems("west", "east", found).join(), /in west-a/);
  });
});
