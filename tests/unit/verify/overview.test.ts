import assert from "node:assert/strict";
import type { Check } from "../../../verify/check";
import { formatOverview } from "../../../verify/overview";

describe("the overview of checks", () => {
  const check = (change: Partial<Check>): Check => ({
    id: "operator",
    cluster: "us-east1",
    title: "The operator runs",
    status: "ok",
    ok: true,
    detail: "seen",
    needs: [],
    ...change,
  });
  const overview = (...changes: Partial<Check>[]) =>
    formatOverview(changes.map(check), { color: false, width: 80 }).split("\n");

  it("has one line for a check of several clusters, under its subject", () => {
    const lines = overview({}, { cluster: "us-central1" }, { id: "trust-roots", title: "One root" });
    assert.deepEqual(lines, [
      "Each cluster runs Istio",
      "  ✓ The operator runs",
      "",
      "One root of trust: each istiod signs with an intermediate of it",
      "  ✓ One root",
    ]);
  });

  it("says where something failed or was not judged, and nothing of what holds", () => {
    const bad = { ok: false, detail: "no pod" };
    assert.deepEqual(overview({}, { ...bad, cluster: "us-central1", status: "failed" }).slice(1), [
      "  ✗ The operator runs",
      "      us-central1: no pod",
    ]);
    const ways = [
      { ...bad, status: "not judged", other: "us-central1" },
      { ...bad, status: "not judged", cluster: "us-central1", other: "us-east1" },
    ] as const;
    assert.deepEqual(overview(...ways).slice(1), [
      "  – The operator runs",
      "      us-east1 > us-central1, us-central1 > us-east1: no pod",
    ]);
  });

  it("leaves no check out", () => {
    assert.deepEqual(overview({ id: "something-new", title: "New" }), ["And", "  ✓ New"]);
    assert.deepEqual(overview(), [""]);
  });
});
