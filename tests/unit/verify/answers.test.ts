import assert from "node:assert/strict";
import type { MeshSummary } from "../../../components/config/summary";
import {
  adviceFor,
  askedName,
  type Circumstances,
  isConditional,
  statusFinding,
  workloadFinding,
} from "../../../verify/checks/answers";
import type { KubernetesObject } from "../../../verify/objects";

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

describe("answers to requests for the verify workload", () => {
  const clusters = ["us-east1", "us-central1"];
  const answers = (shares: Record<string, number>) =>
    Object.entries(shares).flatMap(([cluster, count]) =>
      Array.from({ length: count }, () => ({ status: 200, body: `answered in ${cluster}` })),
    );
  const others = (status: number, count = 5) => Array.from({ length: count }, () => ({ status, body: "" }));
  const judged = (found: { status: number; body: string }[], known: Partial<Circumstances> = {}) =>
    workloadFinding(found, { clusters, near: false, conditional: [], ...known });

  it("have to come from every cluster", () => {
    assert.deepEqual(judged(answers({ "us-east1": 12, "us-central1": 8 })), {
      status: "ok",
      detail: "of 20 requests: us-east1 12, us-central1 8",
    });
    assert.deepEqual(judged(answers({ "us-east1": 20 }), { silentAdvice: "look" }), {
      status: "failed",
      detail: "of 20 requests none was answered in us-central1: us-east1 20, us-central1 0",
      fix: "look",
    });
  });

  it("are not those of a cluster whose name begins like another's", () => {
    const found = answers({ "us-east1-b": 20 });
    const finding = judged(found, { clusters: ["us-east1", "us-east1-b"] });
    assert.equal(finding.detail, "of 20 requests none was answered in us-east1: us-east1 0, us-east1-b 20");
  });

  it("may all come from the near region with locality, but not from nobody", () => {
    assert.equal(judged(answers({ "us-east1": 20 }), { near: true }).status, "ok");
    assert.equal(judged(answers({ "europe-west1": 20 }), { near: true }).status, "failed");
  });

  it("have no other status", () => {
    assert.deepEqual(judged([...answers({ "us-east1": 15 }), ...others(503)], { advice: "503: look" }), {
      status: "failed",
      detail: "HTTP 200: 15 of 20, HTTP 503: 5 of 20",
      fix: "503: look",
    });
    assert.equal(judged(others(404)).status, "failed");
    assert.equal(judged(others(403)).status, "failed");
  });

  it("say nothing where somebody else answers, or asks who it is", () => {
    for (const status of [200, 302, 401]) {
      const finding = judged(others(status));
      assert.equal(finding.status, "unknown", `${status}`);
      assert.match(finding.detail, /not the verify workload answers/);
    }
    assert.equal(judged([...others(302), ...others(503)]).status, "failed");
  });

  it("say nothing where somebody else's error comes, but for the gateway's own", () => {
    const error = (status: number, body: string, headers: Record<string, string> = {}) => [
      { status, body, headers },
    ];
    const upstream = { "x-envoy-upstream-service-time": "3" };
    assert.equal(judged(error(404, "no such path", { server: "istio-envoy" })).status, "unknown");
    assert.equal(judged(error(503, "busy", upstream)).status, "unknown");
    assert.equal(judged(error(404, "", { server: "istio-envoy" })).status, "failed", "no route");
    assert.equal(judged(error(404, "default backend")).status, "failed", "Google's");
    assert.equal(judged(error(503, "no healthy upstream", { server: "istio-envoy" })).status, "failed");
    const own = { ...upstream, "x-ingress-cluster": "us-east1" };
    assert.equal(judged(error(503, "", own)).status, "failed", "by the workload's own route");
  });

  it("say nothing where a policy refuses some requests and takes others", () => {
    const conditional = ["AuthorizationPolicy istio-gateways/staff"];
    const refused = judged(others(403), { conditional });
    assert.equal(refused.status, "unknown");
    assert.match(refused.detail, /AuthorizationPolicy istio-gateways\/staff may refuse these requests/);
    assert.equal(judged([...others(403), ...others(503)], { conditional }).status, "failed");
  });

  it("are nobody's without the workload: only errors of servers count", () => {
    assert.equal(statusFinding(others(404)).status, "ok");
    assert.equal(statusFinding([...others(404), ...others(503)]).status, "failed");
  });
});

describe("an AuthorizationPolicy", () => {
  const policy = (spec: object): KubernetesObject => ({
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata: { name: "one", namespace: "istio-gateways" },
    spec,
  });

  it("is for all requests without a rule, or with an empty one", () => {
    for (const spec of [{}, { action: "DENY", rules: [{}] }, { selector: { matchLabels: { app: "x" } } }]) {
      assert.ok(!isConditional(policy(spec)));
    }
  });

  it("judges requests by its rules, or has somebody else judge them", () => {
    for (const spec of [
      { rules: [{ from: [{ source: { ipBlocks: ["130.211.0.0/22", "35.191.0.0/16"] } }] }] },
      { action: "DENY", rules: [{ from: [{ source: { notRequestPrincipals: ["*"] } }] }] },
      { rules: [{ when: [{ key: "remote.ip", values: ["203.0.113.0/24"] }] }] },
      { rules: [{ to: [{ operation: { hosts: ["shop.example.com"] } }] }] },
      { action: "CUSTOM", provider: { name: "sso" }, rules: [{}] },
    ]) {
      assert.ok(isConditional(policy(spec)), JSON.stringify(spec));
    }
  });
});
