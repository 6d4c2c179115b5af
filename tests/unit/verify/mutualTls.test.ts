import assert from "node:assert/strict";
import { sendsPlainText, switchesOff } from "../../../verify/checks/mutualTls";

describe("the check of mutual TLS", () => {
  const policy = (namespace: string, mode: string, matchLabels?: Record<string, string>) => ({
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name: "default", namespace },
    spec: { mtls: { mode }, ...(matchLabels && { selector: { matchLabels } }) },
  });
  const judged = "verify";

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
    assert.ok(!switchesOff(policy("istio-gateways", "DISABLE"), judged), "gateways take none");
    assert.ok(!switchesOff(policy("istio-system", "DISABLE", { istio: "ingressgateway" }), judged));
  });

  it("finds rules that send plain text to all of the mesh, or to the verify workload, and leaves others alone", () => {
    const rule = (host: string, mode: string) => ({
      apiVersion: "networking.istio.io/v1",
      kind: "DestinationRule",
      metadata: { name: "mine", namespace: "shop" },
      spec: { host, trafficPolicy: { tls: { mode } } },
    });
    for (const host of [
      "verify.verify.svc.cluster.local",
      "verify.verify",
      "*.local",
      "*.svc.cluster.local",
    ]) {
      assert.ok(sendsPlainText(rule(host, "DISABLE")), host);
    }
    assert.ok(!sendsPlainText(rule("verify.verify.svc.cluster.local", "ISTIO_MUTUAL")));
    for (const host of [
      "api.example.com",
      "db.corp.local",
      "kubernetes.default.svc.cluster.local",
      "verify",
      "*.shop.svc.cluster.local",
    ]) {
      assert.ok(!sendsPlainText(rule(host, "DISABLE")), host);
    }
    const plain = { portLevelSettings: [{ port: { number: 80 }, tls: { mode: "DISABLE" } }] };
    for (const spec of [{ trafficPolicy: plain }, { subsets: [{ name: "v1", trafficPolicy: plain }] }]) {
      const host = "verify.verify.svc.cluster.local";
      assert.ok(sendsPlainText({ ...rule(host, "SIMPLE"), spec: { host, ...spec } }));
    }
  });
});
