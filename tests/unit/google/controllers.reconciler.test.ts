import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import {
  forEach,
  later,
  Reconciler,
  Since,
  sooner,
  stuck,
} from "../../../rehearsal/google/controllers/reconciler";

describe("a reconciler", () => {
  it("takes many pokes as one, and never runs twice at once", async () => {
    let [runs, now, most] = [0, 0, 0];
    const one = new Reconciler(
      "test",
      async () => {
        runs++;
        most = Math.max(most, ++now);
        await sleep(30);
        now--;
        return undefined;
      },
      () => undefined,
    );
    for (let i = 0; i < 20; i++) one.poke();
    await sleep(35);
    one.poke(0);
    assert.ok(!one.settled);
    await sleep(150);
    assert.deepEqual([runs, most, one.settled], [2, 1, true]);
    await one.stop();
  });

  it("looks again when the work asks for it, and after a failure, which it logs", async () => {
    const lines: string[] = [];
    const looks = [later(10), new Error("no luck"), undefined];
    const one = new Reconciler(
      "test",
      () => {
        const look = looks.shift();
        return look instanceof Error ? Promise.reject(look) : Promise.resolve(look);
      },
      (line) => lines.push(line),
    );
    one.poke(0);
    await sleep(400);
    await one.stop();
    assert.deepEqual([looks.length, lines], [0, ["test: no luck"]]);
  });

  it("counts as settled while it only waits for a user", async () => {
    const one = new Reconciler(
      "test",
      () => Promise.resolve(stuck(5000)),
      () => undefined,
    );
    one.poke(0);
    await sleep(30);
    assert.ok(one.settled);
    await one.stop();
  });
});

describe("work on many things", () => {
  it("goes on after a failure, and fails at the end", async () => {
    const done: number[] = [];
    const work = forEach([1, 2, 3], (item) => {
      done.push(item);
      return item === 1 ? Promise.reject(new Error("one")) : Promise.resolve(undefined);
    });
    await assert.rejects(work, /one/);
    assert.deepEqual(done, [1, 2, 3]);
  });

  it("waits for whatever comes first", () => {
    assert.deepEqual(sooner(later(50), stuck(10)), { after: 10, stuck: false });
    assert.deepEqual(sooner(undefined, stuck(10)), stuck(10));
  });

  it("lets time pass from the first look on", async () => {
    const since = new Since();
    assert.ok(since.wait("a", 20));
    await sleep(25);
    assert.equal(since.wait("a", 20), undefined);
    since.forget("a");
    assert.ok(since.wait("a", 20));
  });
});
