import assert from "node:assert/strict";
import { sendsPlainText, switchesOff } from "../../../verify/checks/mutualTls";

describe("the check of mutual TLS", () => {
  const policy = (namespace: string, mode: string, matchLabels?: Record<string, string>) => ({
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name: "default", namespace },
    spec: { mtls: { mode }, ...(matchLabels && { selector: { matchLabels } }) },
  });
  const judged = ["istio-system", "verify"];

  it("finds what switches it off for the mesh, or where requests of other clusters come", () => {
    assert.ok(switchesOff(policy("istio-system", "DISABLE"), judged));
    assert.ok(switchesOff(policy("verify", "DISABLE"), judged));
    assert.ok(switchesOff(policy("verify", "DISABLE", { app: "verify" }), judged));
    const ofPort = { ...policy("verify", "STRICT"), spec: { portLevelMtls: { 8080: { mode: "DISABLE" } } } };
    assert.ok(switchesOff(ofPort, judged));
  });

  it("leaves other modes alone, single pods, and namespaces of others", () => {
    assert.ok(!switchesOff(policy("istio-system", "STRICT"), judged));
    assert.ok(!switchesOff(policy("istio-system", "PERMISSIVE"), judged));
    assert.ok(!switchesOff(policy("verify", "DISABLE", { app: "old" }), judged));
    assert.ok(!switchesOff(policy("theirs", "DISABLE"), judged));
  });

  it("finds rules that send plain text to services of the mesh, and leaves those for others alone", () => {
    const rule = (host: string, mode: string) => ({
      apiVersion: "networking.istio.io/v1",
      kind: "DestinationRule",
      metadata: { name: "mine", namespace: "shop" },
      spec: { host, trafficPolicy: { tls: { mode } } },
    });
    for (const host of ["cart", "cart.shop.svc.cluster.local", "*.local"]) {
      assert.ok(sendsPlainText(rule(host, "DISABLE")), host);
    }
    assert.ok(!sendsPlainText(rule("cart.shop.svc.cluster.local", "ISTIO_MUTUAL")));
    const plain = { portLevelSettings: [{ port: { number: 80 }, tls: { mode: "DISABLE" } }] };
    for (const spec of [{ trafficPolicy: plain }, { subsets: [{ name: "v1", trafficPolicy: plain }] }]) {
      assert.ok(sendsPlainText({ ...rule("cart", "SIMPLE"), spec: { host: "cart", ...spec } }));
    }
    assert.ok(!sendsPlainText(rule("api.example.com", "DISABLE")));
  });
});
