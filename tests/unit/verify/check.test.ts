import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import {
  answer,
  type Check,
  type Finding,
  judge,
  keyOf,
  type Question,
  verdict,
} from "../../../verify/check";
import { formatChecks, formatProblems, summary, wrap } from "../../../verify/table";

describe("a check", () => {
  const pace = { interval: 1, timeout: 0.05 };

  it("passes with what was seen, and fails with each problem once", () => {
    assert.deepEqual(verdict([], "2 of 2"), { status: "ok", detail: "2 of 2" });
    assert.deepEqual(verdict(["a", "b", "a"], "2 of 2"), { status: "failed", detail: "a; b" });
  });

  it("that throws has failed, with the error as detail", async () => {
    const finding = await answer({ ask: () => Promise.reject(new Error("no route")) }, pace);
    assert.deepEqual(finding, { status: "failed", detail: "no route" });
  });

  it("is asked again while there is time, also after an error", async () => {
    const answers: (Finding | Error)[] = [
      new Error("not yet"),
      verdict(["1 of 2"], ""),
      verdict([], "2 of 2"),
    ];
    const ask = () => {
      const next = answers.shift();
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next ?? verdict(["none"], ""));
    };
    assert.equal((await answer({ ask }, { ...pace, wait: 5 })).detail, "2 of 2");
    assert.equal(answers.length, 0);
  });

  it("is asked once by default", async () => {
    let asked = 0;
    const ask = () => Promise.resolve(verdict([String(++asked)], ""));
    assert.equal((await answer({ ask }, pace)).detail, "1");
  });

  it("that does not answer has failed", async () => {
    const ask = () => new Promise<Finding>(() => undefined);
    assert.deepEqual(await answer({ ask }, pace), {
      status: "failed",
      detail: "no answer in 0.1 s (--timeout SECONDS waits longer)",
    });
    assert.match((await answer({ ask, timeouts: 4 }, pace)).detail, /^no answer in 0.2 s/);
  });

  it("has the time that its timeout gives", async () => {
    const ask = () => sleep(300, verdict([], "at last"));
    assert.equal((await answer({ ask }, pace)).status, "failed");
    assert.equal((await answer({ ask }, { ...pace, timeout: 5 })).detail, "at last");
  });
});

describe("judging", () => {
  const question = (
    id: string,
    scope: { cluster: string; other?: string },
    needs: string[] = [],
  ): Question => ({
    id,
    ...scope,
    title: id,
    breaks: "b",
    fix: "f",
    needs,
    ask: () => Promise.reject(new Error()),
  });
  const [good, bad]: Finding[] = [
    { status: "ok", detail: "seen" },
    { status: "failed", detail: "wrong" },
  ];
  const states = (checks: Check[]) => checks.map((check) => `${keyOf(check)}: ${check.status}`);

  it("judges nothing that needs what failed, and names what comes first", () => {
    const questions = [
      question("istiod", { cluster: "east" }),
      question("synced", { cluster: "east", other: "west" }, ["istiod east"]),
      question("endpoints", { cluster: "east", other: "west" }, ["synced east>west"]),
    ];
    const checks = judge(questions, [bad, bad, bad] as Finding[]);
    assert.deepEqual(states(checks), [
      "istiod east: failed",
      "synced east>west: not judged",
      "endpoints east>west: not judged",
    ]);
    assert.deepEqual(checks[2]?.because, ["istiod east"]);
    assert.equal(checks[0]?.fix, "f");
  });

  it("keeps what was seen to hold, and failures of their own", () => {
    const questions = [
      question("a", { cluster: "east" }),
      question("b", { cluster: "east" }, ["a east"]),
      question("c", { cluster: "east" }, ["b east"]),
      question("d", { cluster: "west" }, ["a west", "nobody"]),
    ];
    assert.deepEqual(states(judge(questions, [bad, good, good, bad] as Finding[])), [
      "a east: failed",
      "b east: ok",
      "c east: ok",
      "d west: failed",
    ]);
  });

  it("asks nothing of a cluster that does not answer, on either side of a link", () => {
    const questions = [
      question("cluster", { cluster: "west" }),
      question("x", { cluster: "west" }),
      question("y", { cluster: "east", other: "west" }),
      question("z", { cluster: "east" }),
    ];
    assert.deepEqual(states(judge(questions, [bad, bad, bad, good] as Finding[])), [
      "cluster west: failed",
      "x west: not judged",
      "y east>west: not judged",
      "z east: ok",
    ]);
  });

  it("lets what cannot be seen hide nothing", () => {
    const questions = [question("a", { cluster: "" }), question("b", { cluster: "" }, ["a"])];
    const unseen: Finding = { status: "unknown", detail: "no way" };
    const checks = judge(questions, [unseen, bad as Finding]);
    assert.deepEqual(states(checks), ["a: not judged", "b: failed"]);
    assert.equal(checks[0]?.detail, "no way");
  });
});

describe("the table of checks", () => {
  const check = (overrides: Partial<Check>): Check => ({
    id: "istio-operators",
    cluster: "us-east1",
    title: "Istio is installed",
    status: "ok",
    ok: true,
    detail: "HEALTHY",
    needs: [],
    ...overrides,
  });

  it("says a title once for all clusters, and mesh where there is none", () => {
    const table = formatChecks(
      [
        check({}),
        check({ cluster: "us-central1", status: "failed", detail: "ERROR" }),
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

  it("shows what was not judged, and the way between two clusters", () => {
    const table = formatChecks([check({ other: "us-central1", status: "not judged", detail: "needs x" })], {
      color: false,
      width: 80,
    });
    assert.equal(table, "– Istio is installed  us-east1 > us-central1  needs x");
  });

  it("says of each failure what is wrong, what it breaks, what to do, and what it hides", () => {
    const problems = formatProblems(
      [
        check({ status: "failed", detail: "ERROR", breaks: "all", fix: "mend it" }),
        check({ id: "istiod", status: "not judged", because: ["istio-operators us-east1"] }),
        check({ id: "drain" }),
      ],
      { color: false, width: 80 },
    );
    assert.equal(
      problems,
      [
        "✗ Istio is installed: us-east1",
        "  wrong   ERROR",
        "  breaks  all",
        "  do      mend it",
        "  hides   istiod us-east1",
      ].join("\n"),
    );
  });

  it("counts", () => {
    assert.equal(summary([check({})]), "1 of 1 checks passed.");
    assert.equal(
      summary([check({}), check({ status: "failed" }), check({ status: "not judged" })]),
      "1 of 3 checks passed, 1 failed, 1 not judged.",
    );
  });

  it("colours marks only when asked to", () => {
    const table = formatChecks([check({ status: "failed" })], { color: true, width: 80 });
    assert.ok(table.startsWith("\u001b[31m✗\u001b[0m"));
  });

  it("is empty without checks", () => {
    assert.equal(formatChecks([], { color: false, width: 80 }), "");
  });

  it("breaks words that are too long", () => {
    assert.deepEqual(wrap("ab abcdefgh\ni", 4), ["ab", "abcd", "efgh", "i"]);
  });
});
