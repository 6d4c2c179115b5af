import * as assert from "node:assert/strict";
import { createProgress, duration, type ProgressOptions } from "../../../rehearsal/progress";

function recorder(options: ProgressOptions & { tty?: boolean } = {}) {
  let text = "";
  const stream = { isTTY: options.tty, columns: 60, write: (chunk: string) => (text += chunk) };
  const progress = createProgress({ env: {}, now: () => 0, ...options, stream });
  return { progress, lines: () => text.split("\n").slice(0, -1), text: () => text };
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("progress", () => {
  describe("without a terminal", () => {
    it("prints a line at the start and at the end of a step and gives its result", async () => {
      let clock = 0;
      const { progress, lines } = recorder({ now: () => clock });
      const result = await progress.step("Build etcd", (say) => {
        say("package 1 of 2");
        clock = 12_300;
        return Promise.resolve("etcd");
      });
      assert.equal(result, "etcd");
      assert.deepEqual(lines(), ["… Build etcd", "✓ Build etcd  12 s"]);
    });

    it("prints a heartbeat with the latest detail while a step runs, and none after it", async () => {
      const { progress, lines } = recorder({ heartbeat: 20 });
      await progress.step("Build etcd", async (say) => {
        say("package 1 of 2");
        await pause(30);
      });
      const count = lines().length;
      assert.equal(lines()[1], "… Build etcd  0.0 s  package 1 of 2");
      await pause(50);
      assert.equal(lines().length, count);
    });

    it("marks a failed step and passes the error on", async () => {
      const { progress, lines } = recorder();
      const failure = new Error("no");
      await assert.rejects(
        progress.step("Build etcd", () => Promise.reject(failure)),
        failure,
      );
      assert.deepEqual(lines(), ["… Build etcd", "✗ Build etcd  0.0 s"]);
    });

    it("indents steps that run inside another, also when several run at once", async () => {
      const { progress, lines } = recorder();
      await progress.step("Clusters", () =>
        Promise.all([
          progress.step("us-east1", () => pause(5)),
          progress.step("us-central1", () => progress.step("etcd", () => pause(15))),
        ]),
      );
      assert.deepEqual(lines(), [
        "… Clusters",
        "  … us-east1",
        "  … us-central1",
        "    … etcd",
        "  ✓ us-east1  0.0 s",
        "    ✓ etcd  0.0 s",
        "  ✓ us-central1  0.0 s",
        "✓ Clusters  0.0 s",
      ]);
    });

    it("prints notes and warnings as they are, with no escape codes", () => {
      const { progress, text } = recorder();
      progress.note("two\nlines");
      progress.warn("careful");
      assert.equal(text(), "two\nlines\n! careful\n");
    });
  });

  describe("on a terminal", () => {
    it("replaces the live line by the finished step, in colour", async () => {
      const { progress, text } = recorder({ tty: true });
      await progress.step("Build", () => Promise.resolve());
      assert.equal(
        text(),
        "… Build  0.0 s\n" + "\x1b[1A\x1b[0J" + "\x1b[32m✓\x1b[0m Build  \x1b[2m0.0 s\x1b[0m\n",
      );
    });

    it("keeps other steps' live lines below what is printed", async () => {
      const { progress, text } = recorder({ tty: true, env: { NO_COLOR: "1" } });
      await progress.step("Outer", () => {
        progress.note("hello");
        return Promise.resolve();
      });
      assert.ok(text().includes("\x1b[1A\x1b[0Jhello\n… Outer  0.0 s\n"), text());
    });

    it("shows no colours with NO_COLOR", async () => {
      const { progress, text } = recorder({ tty: true, env: { NO_COLOR: "1" } });
      await progress.step("Build", () => Promise.resolve());
      assert.ok(!text().includes("\x1b[3"), text());
    });

    it("prints quiet lines when the terminal is dumb", async () => {
      const { progress, text } = recorder({ tty: true, env: { TERM: "dumb" } });
      await progress.step("Build", () => Promise.resolve());
      assert.equal(text(), "… Build\n✓ Build  0.0 s\n");
    });

    it("cuts a live line at the terminal's width and drops control characters from details", async () => {
      const { progress, text } = recorder({ tty: true, env: { NO_COLOR: "1" } });
      await progress.step("Build", (say) => {
        say(`\x1b[31mred\x1b[0m\r\n${"x".repeat(200)}`);
        progress.note("redraw");
        return Promise.resolve();
      });
      const line = text()
        .split("\n")
        .find((candidate) => candidate.includes("xxx"));
      assert.ok(line);
      assert.ok(line.startsWith("… Build  0.0 s  red x"), line);
      assert.equal(line.length, 59);
    });
  });

  it("writes durations for people", () => {
    assert.deepEqual([400, 1000, 59_400, 59_600, 184_000].map(duration), [
      "0.4 s",
      "1 s",
      "59 s",
      "1 min 00 s",
      "3 min 04 s",
    ]);
  });
});
