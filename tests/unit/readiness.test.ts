import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { type Observation, poll, type WaitOptions } from "../../components/readiness";

const QUICK: WaitOptions = { timeoutSeconds: 5, pollSeconds: 0.001, reportSeconds: 60 };

/** Looks that see one thing after the other, and the last one for ever. */
function looks(...seen: (Observation | Error)[]) {
  let count = 0;
  const look = (): Promise<Observation> => {
    const now = seen[Math.min(count++, seen.length - 1)];
    return now instanceof Error ? Promise.reject(now) : Promise.resolve(now ?? { done: true });
  };
  return { look, count: () => count };
}

const missing = (reason: string): Observation => ({ done: false, reason });

/** What was logged while something ran. */
async function logOf(work: () => Promise<unknown>): Promise<string[]> {
  const { log } = console;
  const lines: string[] = [];
  console.log = (line: string) => lines.push(line);
  try {
    await work();
  } finally {
    console.log = log;
  }
  return lines;
}

describe("a wait", () => {
  it("is over at the first look when there is nothing to wait for", async () => {
    const { look, count } = looks({ done: true });
    await poll("It", look, "advice", QUICK);
    assert.equal(count(), 1);
  });

  it("looks until it is done", async () => {
    const { look, count } = looks(missing("a"), missing("b"), { done: true });
    await poll("It", look, "advice", QUICK);
    assert.equal(count(), 3);
  });

  it("goes on when a look fails: an API server may be away for a moment", async () => {
    const { look, count } = looks(new Error("connection refused"), { done: true });
    await poll("It", look, "advice", QUICK);
    assert.equal(count(), 2);
  });

  it("looks again when there is no answer: a connection may hang for ever", async () => {
    let count = 0;
    const look = () =>
      count++ === 0 ? new Promise<Observation>(() => undefined) : Promise.resolve({ done: true } as const);
    await poll("It", look, "advice", { ...QUICK, lookSeconds: 0.02 });
    assert.equal(count, 2);
  });

  it("waits between two looks", async () => {
    const { look } = looks(missing("a"), missing("a"), { done: true });
    const start = Date.now();
    await poll("It", look, "advice", { ...QUICK, pollSeconds: 0.05 });
    assert.ok(Date.now() - start >= 95);
  });
});

describe("a wait that ends without success", () => {
  it("says what it waited for, for how long, what was missing last, and what to look at", async () => {
    const { look } = looks(missing("first reason"), missing("last reason"));
    await assert.rejects(poll("Thing in us-east1", look, "Look there.", { ...QUICK, timeoutSeconds: 0.02 }), {
      message: "Thing in us-east1: not ready after 0 s: last reason\nLook there.",
    });
  });

  it("says what the last look died of", async () => {
    const { look } = looks(new Error("connection refused"));
    await assert.rejects(
      poll("It", look, "advice", { ...QUICK, timeoutSeconds: 0.02 }),
      /not ready after 0 s: connection refused/,
    );
  });

  it("ends in time when there is never an answer", async () => {
    const never = () => new Promise<Observation>(() => undefined);
    await assert.rejects(
      poll("It", never, "advice", { ...QUICK, timeoutSeconds: 0.03, lookSeconds: 0.02 }),
      /not ready after 0 s: the API server did not answer within 0.02 s\nadvice/,
    );
  });

  it("ends at once when waiting longer is useless", async () => {
    const { look, count } = looks(
      missing("a"),
      { done: false, reason: "broken", failed: true },
      { done: true },
    );
    await assert.rejects(poll("It", look, "Look there.", { ...QUICK, timeoutSeconds: 60 }), {
      message: "It: not ready: broken\nLook there.",
    });
    assert.equal(count(), 2);
  });

  it("is an error for people, which the command line shows without a stack", async () => {
    const { look } = looks({ done: false, reason: "broken", failed: true });
    await assert.rejects(poll("It", look, "advice", QUICK), (error) => pulumi.RunError.isInstance(error));
  });
});

describe("the progress of a wait", () => {
  it("is a line in the log now and then, with the time that is left and what is missing", async () => {
    const { look } = looks(missing("a"), missing("b"), missing("c"), { done: true });
    const options = { timeoutSeconds: 900, pollSeconds: 0.02, reportSeconds: 0.01 };
    const lines = await logOf(() => poll("It", look, "advice", options));
    assert.equal(lines.length, 2);
    assert.match(String(lines[0]), /It: waiting, 0 s of 900 s: b$/);
    assert.match(String(lines[1]), /It: waiting, 0 s of 900 s: c$/);
  });

  it("is not more than asked for", async () => {
    const { look } = looks(missing("a"), missing("b"), missing("c"), { done: true });
    assert.deepEqual(await logOf(() => poll("It", look, "advice", QUICK)), []);
  });
});
