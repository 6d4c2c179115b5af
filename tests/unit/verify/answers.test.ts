import assert from "node:assert/strict";
import { adviceFor } from "../../../verify/checks/answers";

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
