import assert from "node:assert/strict";
import { RELEASE } from "../../policy/read/charts";
import { SERVICE } from "../../policy/read/gateways";
import { judge, messages } from "./harness";

const rule = "east-west-gateway-internal";

/** Without annotations and ranges an east-west gateway's load balancer has three findings, and another one none. */
describe("what is taken for an east-west gateway", () => {
  for (const [chart, more] of [
    ["gateway", {}],
    ["./charts/gateway", {}],
    ["istio/gateway", {}],
    ["oci://gcr.io/istio-release/charts/gateway", {}],
    ["gateway", { repositoryOpts: { repo: "https://istio-release.storage.googleapis.com/charts" } }],
    ["gateway", { fetchOpts: { repo: "https://istio-release.storage.googleapis.com/charts" } }],
    ["oci://registry.example.com/charts/gateway", { name: "istio-shared" }],
  ] as const) {
    it(`takes ${chart} ${JSON.stringify(more)} for Istio's chart`, () => {
      const props = { name: "shared", chart, values: { networkGateway: "mesh" }, ...more };
      assert.equal(messages(rule, { type: RELEASE, props }).length, 3);
    });
  }

  for (const [chart, more] of [
    ["kong/gateway", {}],
    ["oci://ghcr.io/acme/gateway", {}],
    ["gateway", { repositoryOpts: { repo: "https://charts.konghq.com" } }],
    ["gateway", { fetchOpts: { repo: "https://charts.konghq.com" } }],
    ["gateway", { repo: "kong" }],
  ] as const) {
    it(`takes ${chart} ${JSON.stringify(more)} for somebody else's chart`, () => {
      const props = { name: "shared", chart, values: { networkGateway: "mesh" }, ...more };
      assert.deepEqual(judge(rule, { type: RELEASE, props }), { findings: [] });
      assert.deepEqual(judge("istio-workloads-available", { type: RELEASE, props }), { findings: [] });
    });
  }

  for (const [what, props] of Object.entries({
    "another port before 15443": { spec: { ports: [{ port: 443, targetPort: 15443 }] } },
    "another port before 15443, as text": { spec: { ports: [{ port: 443, targetPort: "15443" }] } },
    "a network's label": { metadata: { labels: { "topology.istio.io/network": "us-east1" } } },
    "a network's label in its selector": { spec: { selector: { "topology.istio.io/network": "us-east1" } } },
    "a port of its own for 15443": { metadata: { labels: { "networking.istio.io/gatewayPort": "443" } } },
  })) {
    it(`knows a Service by ${what}`, () => {
      const external = { ...props, spec: { type: "LoadBalancer", ...("spec" in props ? props.spec : {}) } };
      assert.equal(messages(rule, { type: SERVICE, props: external }).length, 3);
    });
  }

  it("is no Service of other labels and ports", () => {
    const props = {
      metadata: { labels: { app: "shop" } },
      spec: { type: "LoadBalancer", selector: { app: "shop" }, ports: [{ port: 443, targetPort: 8443 }] },
    };
    assert.deepEqual(judge(rule, { type: SERVICE, props }), { findings: [] });
  });
});
