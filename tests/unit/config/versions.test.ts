import assert from "node:assert/strict";
import {
  checkPair,
  ISTIO_LINES,
  minorOf,
  pairWarnings,
  revisionOf,
} from "../../../components/config/versions";

describe("the table of versions", () => {
  it("reads minors and makes revisions", () => {
    assert.deepEqual(["1.33", "v1.33.1", "1.33.5-gke.1080000", "1.23.6"].map(minorOf), [33, 33, 33, 23]);
    assert.ok(Number.isNaN(minorOf("latest")));
    assert.equal(revisionOf("1.23.6"), "1-23-6");
  });

  it("has each line from 1.14 to 1.23 once, with a last patch of the line", () => {
    assert.deepEqual(
      ISTIO_LINES.map(({ minor }) => minor),
      [14, 15, 16, 17, 18, 19, 20, 21, 22, 23],
    );
    for (const { minor, patch, published, endOfLife } of ISTIO_LINES) {
      assert.equal(minorOf(patch), minor);
      assert.ok(published[0] < published[1]);
      assert.match(endOfLife, /^20\d\d-\d\d-\d\d$/);
    }
  });

  it("takes what was published, and what was measured, also by GKE's own version", () => {
    assert.deepEqual(checkPair("1.23.6", "1.30"), { published: true });
    assert.deepEqual(checkPair("1.23.2", "1.33"), { published: false });
    assert.deepEqual(checkPair("1.23.6", "1.33.5-gke.1080000"), { published: false });
    assert.deepEqual(checkPair("1.14.6", "v1.24.17-gke.2472000"), { published: true });
  });

  it("refuses what is between published and measured, and beyond", () => {
    for (const kubernetes of ["1.26", "1.31", "1.34", "1.36.1-gke.1"]) {
      assert.ok(checkPair("1.23.6", kubernetes).problem, kubernetes);
    }
  });

  it("names an Istio that the Kubernetes version takes, or else a Kubernetes version that Istio takes", () => {
    assert.match(checkPair("1.14.6", "1.33").problem ?? "", /write 1\.23\.6, which does$/);
    assert.match(checkPair("1.22.8", "1.29").problem ?? "none", /^none$/);
    assert.match(checkPair("1.20.8", "1.26").problem ?? "none", /^none$/);
    assert.match(checkPair("1.23.6", "1.26").problem ?? "", /write 1\.21\.6, which does$/);
    assert.deepEqual(
      { ...checkPair("1.22.8", "1.35"), problem: undefined },
      { problem: undefined, field: "kubernetes", published: false },
    );
    assert.match(checkPair("1.22.8", "1.35").problem ?? "", /write "1\.30"$/);
  });

  it("says why the article's version does not start on newer Kubernetes", () => {
    assert.match(checkPair("1.14.1", "1.25").problem ?? "", /policy\/v1beta1/);
    assert.doesNotMatch(checkPair("1.14.6", "1.25").problem ?? "", /policy\/v1beta1/);
  });

  it("warns of an end of life only once it has come", () => {
    const on = (today: string) =>
      pairWarnings("1.23.2", "1.30", {
        stackdriver: false,
        releaseChannel: "EXTENDED",
        today: new Date(today),
      });
    assert.deepEqual(on("2025-04-01"), []);
    assert.match(on("2025-05-01").join(), /Write mesh\.istio\.version: 1\.23\.6/);
  });

  it("warns that GKE no longer makes clusters of a version", () => {
    const warnings = pairWarnings("1.14.6", "1.24", { stackdriver: false, releaseChannel: "EXTENDED" });
    assert.ok(warnings.some((line) => line.includes("GKE makes no new clusters")));
  });
});
