import assert from "node:assert/strict";
import { exitCode } from "../../../rehearsal/command";
import type { Sent } from "../../../rehearsal/drill/load";
import { measure } from "../../../rehearsal/drill/measure";
import { outages } from "../../../rehearsal/drill/outages";
import { parseDrillOptions, USAGE } from "../../../rehearsal/drill/options";
import { formatDrill, formatJson } from "../../../rehearsal/drill/table";

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

describe("the drill for machines", () => {
  it("says how it was asked for, and what came of each outage", () => {
    const seen = measure([sent(0, 100, { cluster: "us-east1" })], 0, 1000);
    const results = [
      { id: "istiod", title: "istiod", cluster: "us-central1", gone: seen, back: seen, readyAfter: 4 },
    ];
    const options = parseDrillOptions(["--json", "--away", "20"], []);
    const side = { requests: 1, errors: {}, recovered: true, slowest: 0.1, answers: { "us-east1": 1 } };
    assert.deepEqual(JSON.parse(formatJson(options, results)), {
      away: 20,
      rate: 10,
      timeout: 5,
      locality: false,
      results: [{ ...results[0], gone: side, back: side }],
    });
  });
});

describe("what goes in a drill", () => {
  it("is in the cluster that was asked for, but for the config cluster, which the fleet names", () => {
    const traffic = { configCluster: () => "us-east1" };
    assert.deepEqual(
      outages.map((outage) => [outage.id, outage.where?.(traffic)]),
      [
        ["workload", undefined],
        ["ingress-gateway", undefined],
        ["east-west-gateway", undefined],
        ["istiod", undefined],
        ["cluster", undefined],
        ["config-cluster", "us-east1"],
      ],
    );
    for (const { id } of outages) {
      assert.ok(USAGE.includes(id), id);
    }
  });
});

describe("a command of the rehearsal", () => {
  const command = (run: () => Promise<boolean>) => ({
    usage: "Usage: npm run thing",
    parse: (args: string[]) => {
      if (args.includes("--bad")) {
        throw new Error("--bad is no option");
      }
      return { help: args.includes("--help") };
    },
    run,
    afterwards: "Logs are in logs/.",
  });
  const fine = command(() => Promise.resolve(true));

  it("ends with 0 when all is well, 1 when not, and 2 for an option that is none", async () => {
    const { log, error } = console;
    const said: unknown[] = [];
    console.log = console.error = (line: unknown) => void said.push(line);
    try {
      assert.equal(await exitCode(fine, []), 0);
      assert.deepEqual(said, []);
      assert.equal(await exitCode(fine, ["--help"]), 0);
      assert.equal(
        await exitCode(
          command(() => Promise.resolve(false)),
          [],
        ),
        1,
      );
      assert.equal(
        await exitCode(
          command(() => Promise.reject(new Error("no room"))),
          [],
        ),
        1,
      );
      assert.equal(await exitCode(fine, ["--bad"]), 2);
    } finally {
      Object.assign(console, { log, error });
    }
    assert.deepEqual(said, [
      "Usage: npm run thing",
      "\nno room\n\nLogs are in logs/.",
      "--bad is no option\n\nUsage: npm run thing",
    ]);
  });
});

describe("the options of npm run drill", () => {
  it("refuse what is no option, what is no number, and what cannot go", () => {
    assert.throws(() => parseDrillOptions(["--time-out", "2"], []), {
      message: "--time-out is no option: did you mean --timeout? --help lists them",
    });
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
