import assert from "node:assert/strict";
import { addressProblems, backendFinding, groupProblems } from "../../../rehearsal/checks/google";
import type { BackendHealth, DerivedResource } from "../../../rehearsal/google/controllers";
import type { ApiObject } from "../../../rehearsal/kubernetes/client";

function object(name: string, rest: object, metadata: object = {}): ApiObject {
  return { apiVersion: "v1", kind: "Thing", ...rest, metadata: { name, ...metadata } };
}

describe("checks of what Google has made", () => {
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
      status: "ok",
      detail: "1 of 2 healthy behind a/edge:443 (pod b is not ready)",
    });
    assert.deepEqual(backendFinding([{ ...state, healthy: 0 }]), {
      status: "failed",
      detail: "a/edge:443: pod b is not ready",
    });
    assert.equal(backendFinding([]).status, "failed");
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
