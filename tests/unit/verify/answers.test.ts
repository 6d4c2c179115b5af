import assert from "node:assert/strict";
import { adviceFor } from "../../../verify/checks/answers";
import { serviceProblems } from "../../../verify/checks/istio";

describe("the advice about answers", () => {
  const central = { name: "us-central1", stack: "us-central1" };
  const advice = (...codes: number[]) =>
    adviceFor(
      codes.map((status) => ({ status })),
      [central],
      { verifyNamespace: "verify" },
    );

  it("says by the status where to look", () => {
    assert.match(advice(404) ?? "", /^404: no VirtualService .*: pulumi up --refresh -s us-central1$/);
    assert.match(advice(403) ?? "", /^403: .*kubectl --context us-central1 get authorizationpolicies -A$/);
    assert.match(
      advice(503) ?? "",
      /^503: .*istioctl --context us-central1 .*-n verify get service,destinationrule/,
    );
    assert.match(advice(200, 404, 503) ?? "", /404: .*; 503: /);
    assert.equal(advice(200, 502), undefined);
  });
});

describe("the check of istiod", () => {
  const slice = (...ready: (boolean | undefined)[]) => ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "istiod-abc" },
    endpoints: ready.map((one) => ({ conditions: { ready: one } })),
  });

  it("wants its Service to lead to a pod", () => {
    assert.deepEqual(serviceProblems([slice(false, true)], "istiod"), []);
    // Undefined is to be taken for true: https://kubernetes.io/docs/reference/kubernetes-api/service-resources/endpoint-slice-v1/
    assert.deepEqual(serviceProblems([slice(undefined)], "istiod"), []);
    assert.match(serviceProblems([], "istiod").join(), /Service istiod leads to no pod/);
    assert.match(serviceProblems([slice(false)], "istiod").join(), /leads to no pod/);
  });
});
