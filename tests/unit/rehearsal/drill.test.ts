import assert from "node:assert/strict";
import type { Sent } from "../../../rehearsal/drill/load";
import { measure } from "../../../rehearsal/drill/measure";
import { parseDrillOptions } from "../../../rehearsal/drill/options";
import { formatDrill } from "../../../rehearsal/drill/table";

const sent = (sentAt: number, endedAt: number, more: Partial<Sent> = {}): Sent => ({
  region: "us-east1",
  sentAt,
  endedAt,
  ...more,
});

describe("what clients saw of an outage", () => {
  it("counts from the request that it met on its way to the last one that was sent before the return", () => {
    const found = measure(
      [
        sent(100, 900, { cluster: "us-east1" }),
        sent(900, 1100, { error: "502" }),
        sent(4000, 9000, { error: "timeout" }),
        sent(9000, 9050, { cluster: "us-east1" }),
        sent(20_000, 26_000, { error: "timeout" }),
      ],
      1000,
      20_000,
    );
    assert.deepEqual(found, {
      requests: 3,
      errors: { "502": 1, timeout: 1 },
      lastErrorAfter: 3,
      recovered: true,
      slowest: 0.05,
      answers: { "us-east1": 1 },
    });
  });

  it("is not over while requests failed in the last five seconds", () => {
    const failing = [sent(16_000, 16_500, { error: "502" })];
    assert.equal(measure(failing, 0, 20_000).recovered, false);
    assert.equal(measure(failing, 0, 22_000).recovered, true);
  });

  it("is a table with a line for the end and one for the return", () => {
    const gone = measure([sent(0, 100, { error: "502" }), sent(0, 100, { cluster: "us-east1" })], 0, 1000);
    const back = measure([sent(2000, 2100, { cluster: "us-central1" })], 1000, 20_000);
    const lines = formatDrill([
      { id: "workload", title: "the workload", cluster: "us-east1", gone, back, readyAfter: 4 },
    ])
      .split("\n")
      .map((line) => line.replace(/ +/g, " "));
    assert.deepEqual(lines.slice(2), [
      "| the workload goes | 2 | 1 × 502 | 0.0 s, not over | 0.1 s | us-east1 100 % |",
      "| … comes back, ready after 4.0 s | 1 | none | | 0.1 s | us-central1 100 % |",
    ]);
  });
});

describe("the options of npm run drill", () => {
  it("refuse what is no number, and what cannot go", () => {
    assert.throws(
      () => parseDrillOptions(["--away", "soon"], []),
      /--away is "soon": write a number from 10/,
    );
    assert.throws(
      () => parseDrillOptions(["--only", "node"], ["workload", "cluster"]),
      /node is none of workload, cluster/,
    );
  });
});
