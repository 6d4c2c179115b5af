import assert from "node:assert/strict";
import type { MeshSummary } from "../../../components/config/summary";
import { adviceFor, askedName } from "../../../verify/checks/answers";

describe("the name that requests ask for", () => {
  const config = (names: string[], verifyNamespace?: string) =>
    ({ certificateNames: names, verifyNamespace }) as unknown as MeshSummary;

  it("is nobody's where the verify workload takes what is left, and one of the users' where it is off", () => {
    const address = "203.0.113.2";
    assert.equal(askedName({ config: config(["shop.example.com"], "verify"), address }), "verify.invalid");
    assert.equal(askedName({ config: config(["shop.example.com"]), address }), "shop.example.com");
    assert.equal(askedName({ config: config([]), address }), address);
    assert.equal(askedName({ config: config([]) }), undefined);
  });
});

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
