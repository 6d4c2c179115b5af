import assert from "node:assert/strict";
import { proxyProblems } from "../../../verify/checks/proxies";
import { proxyState } from "../../../verify/istiod";

describe("the check of the proxies", () => {
  const LISTENER = "type.googleapis.com/envoy.config.listener.v3.Listener";
  const sent = (more: object = {}) =>
    proxyState({ proxy: "gateway-1.istio-gateways", cluster_sent: "a", cluster_acked: "a", ...more });

  it("says nothing of a proxy that took everything, or was sent nothing of a kind", () => {
    const state = sent({ route_sent: "", resources: { [LISTENER]: {} } });
    assert.deepEqual(state, { proxy: "gateway-1.istio-gateways", refused: [], pending: [] });
    assert.deepEqual(proxyProblems([state], [state]), []);
  });

  it("says what a proxy refuses, in its own words", () => {
    const state = sent({
      listener_sent: "2",
      listener_acked: "1",
      resources: { [LISTENER]: { lastError: "script load error\n" } },
    });
    assert.deepEqual(proxyProblems([state], [state]), [
      "gateway-1.istio-gateways refuses: script load error",
    ]);
    assert.deepEqual(proxyProblems([state], [sent()]), [], "it has taken something better since");
  });

  it("takes one that stays silent for one that refuses, and not one that is sent something else meanwhile", () => {
    const silent = (nonce: string) => sent({ listener_sent: nonce, listener_acked: "1" });
    assert.deepEqual(proxyProblems([silent("2")], [silent("2")]), [
      "gateway-1.istio-gateways has not taken what it was sent: listener",
    ]);
    assert.deepEqual(proxyProblems([silent("2")], [silent("3")]), []);
    assert.deepEqual(proxyProblems([], [silent("3")]), []);
  });
});
