import assert from "node:assert/strict";
import { answer, verdict } from "../../../rehearsal/checks/check";
import { columns } from "../../../rehearsal/checks/istioctl";
import { settingsOf } from "../../../rehearsal/checks/settings";
import { formatChecks, wrap } from "../../../rehearsal/checks/table";
import type { Check, Finding } from "../../../rehearsal/checks/check";

describe("a check", () => {
  const question = { id: "trust-roots", cluster: "east", title: "One root", patience: 0 };
  const pace = { interval: 1, limit: 50 };

  it("passes with what was seen, and fails with each problem once", () => {
    assert.deepEqual(verdict([], "2 of 2"), { ok: true, detail: "2 of 2" });
    assert.deepEqual(verdict(["a", "b", "a"], "2 of 2"), { ok: false, detail: "a; b" });
  });

  it("that throws has failed, with the error as detail", async () => {
    const check = await answer({ ...question, ask: () => Promise.reject(new Error("no route")) }, pace);
    assert.deepEqual(check, {
      id: "trust-roots",
      cluster: "east",
      title: "One root",
      ok: false,
      detail: "no route",
    });
  });

  it("is asked again while there is patience, also after an error", async () => {
    const answers: (Finding | Error)[] = [
      new Error("not yet"),
      { ok: false, detail: "1 of 2" },
      { ok: true, detail: "2 of 2" },
    ];
    const ask = () => {
      const next = answers.shift();
      return next instanceof Error
        ? Promise.reject(next)
        : Promise.resolve(next ?? { ok: false, detail: "" });
    };
    const check = await answer({ ...question, patience: 5, ask }, pace);
    assert.equal(check.detail, "2 of 2");
    assert.equal(answers.length, 0);
  });

  it("without patience is asked once", async () => {
    let asked = 0;
    const ask = () => Promise.resolve({ ok: false, detail: String(++asked) });
    assert.equal((await answer({ ...question, ask }, pace)).detail, "1");
  });

  it("that does not answer has failed", async () => {
    const check = await answer({ ...question, ask: () => new Promise(() => undefined) }, pace);
    assert.equal(check.ok, false);
    assert.match(check.detail, /no answer in 0.05 s/);
  });
});

describe("the table of checks", () => {
  const check = (overrides: Partial<Check>): Check => ({
    id: "istio-operators",
    cluster: "us-east1",
    title: "Istio is installed",
    ok: true,
    detail: "HEALTHY",
    ...overrides,
  });

  it("says a title once for all clusters, and mesh where there is none", () => {
    const table = formatChecks(
      [
        check({}),
        check({ cluster: "us-central1", ok: false, detail: "ERROR" }),
        check({ id: "trust-roots", cluster: "", title: "One root", detail: "the same" }),
      ],
      { color: false, width: 80 },
    );
    assert.equal(
      table,
      [
        "✓ Istio is installed  us-east1     HEALTHY",
        "✗                     us-central1  ERROR",
        "✓ One root            mesh         the same",
      ].join("\n"),
    );
  });

  it("continues a long detail under its column, and loses nothing of it", () => {
    const detail = Array.from({ length: 20 }, (_, index) => `word${index}`).join(" ");
    const lines = formatChecks([check({ detail })], { color: false, width: 80 }).split("\n");
    assert.ok(lines.length > 1);
    assert.ok(lines.every((line) => line.length <= 80));
    assert.equal(lines.map((line) => line.slice(32)).join(" "), detail);
  });

  it("puts the detail below where there is no room beside", () => {
    const title = "A title that is rather long for a line";
    const [head, detail] = formatChecks([check({ title })], { color: false, width: 60 }).split("\n");
    assert.equal(head, `✓ ${title}  us-east1`);
    assert.equal(detail, "    HEALTHY");
  });

  it("colours marks only when asked to", () => {
    const table = formatChecks([check({ ok: false })], { color: true, width: 80 });
    assert.ok(table.startsWith("\u001b[31m✗\u001b[0m"));
  });

  it("is empty without checks", () => {
    assert.equal(formatChecks([], { color: false, width: 80 }), "");
  });

  it("breaks words that are too long", () => {
    assert.deepEqual(wrap("ab abcdefgh\ni", 4), ["ab", "abcd", "efgh", "i"]);
  });
});

describe("istioctl's tables", () => {
  it("are read by the columns' places, as cells may be empty", () => {
    const { names, rows } = columns(
      [
        "NAME            SECRET                     STATUS     ISTIOD",
        "us-east1                                   synced     istiod-a",
        "us-central1     istio-system/the-secret    timeout    istiod-a",
        "",
      ].join("\n"),
    );
    assert.deepEqual(names, ["NAME", "SECRET", "STATUS", "ISTIOD"]);
    assert.deepEqual(rows, [
      { NAME: "us-east1", SECRET: "", STATUS: "synced", ISTIOD: "istiod-a" },
      { NAME: "us-central1", SECRET: "istio-system/the-secret", STATUS: "timeout", ISTIOD: "istiod-a" },
    ]);
  });
});

describe("what checks expect", () => {
  const project = (mesh: object) => ({ config: { mesh: { type: "object", value: mesh } } });
  const stacks = [{ config: { "mesh:clusters": ["east"] } }, { config: { "mesh:clusters": ["west"] } }];

  it("comes from the project's and the stacks' configuration", () => {
    const mesh = { clusters: { east: {}, west: { namedNeg: "west-group" } }, verifyWorkload: true };
    assert.deepEqual(settingsOf(project(mesh), stacks), {
      clusters: ["east", "west"],
      verifyNamespace: "verify",
      namedNegs: { west: "west-group" },
      externalEastWest: false,
    });
  });

  it("follows options", () => {
    const verify = (verifyWorkload: unknown) => settingsOf(project({ verifyWorkload }), []).verifyNamespace;
    assert.equal(verify(false), undefined);
    assert.equal(verify(undefined), undefined);
    assert.equal(verify({ enabled: false }), undefined);
    assert.equal(verify({ namespace: "page" }), "page");
    assert.ok(settingsOf(project({ eastWest: { access: "external" } }), []).externalEastWest);
  });
});
