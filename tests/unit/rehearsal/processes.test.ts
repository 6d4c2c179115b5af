import * as assert from "node:assert";
import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Processes } from "../../../rehearsal/processes";

describe("processes of the rehearsal", function () {
  this.timeout(20_000);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "processes-"));
  const processes = new Processes({ handleSignals: false });
  after(async () => {
    await processes.stopAll();
    fs.rmSync(folder, { recursive: true });
  });

  const shell = (name: string, script: string) =>
    processes.start({
      name,
      command: "/bin/sh",
      args: ["-c", script],
      log: path.join(folder, `${name}.log`),
    });

  it("keeps the output in the log and says the exit code", async () => {
    const child = shell("speaks", "echo out; echo err >&2; exit 3");
    assert.strictEqual(await child.exited, 3);
    assert.strictEqual(fs.readFileSync(child.log, "utf8"), "out\nerr\n");
  });

  it("adds to the log of a process that is started again", async () => {
    await shell("again", "echo one").exited;
    const second = shell("again", "echo two");
    await second.exited;
    assert.strictEqual(fs.readFileSync(second.log, "utf8"), "one\ntwo\n");
  });

  it("stops a process with its children, even one that will not listen", async () => {
    const child = shell("deaf", "trap '' TERM; sleep 60 & echo $!; while :; do sleep 1; done");
    const grandchild = Number(await line(child.log));
    await child.stop(300);
    assert.strictEqual(await child.exited, null);
    await gone(grandchild);
  });

  it("names a command that is not there", () => {
    assert.throws(
      () =>
        processes.start({ name: "etcd", command: "/nowhere/etcd", args: [], log: path.join(folder, "x") }),
      /etcd cannot be started: is \/nowhere\/etcd there/,
    );
  });

  for (const [event, end] of [
    ["Ctrl-C", (host: ChildProcess) => host.kill("SIGINT")],
    ["SIGTERM", (host: ChildProcess) => host.kill("SIGTERM")],
    ["a closed terminal", (host: ChildProcess) => host.kill("SIGHUP")],
    ["kill -9", (host: ChildProcess) => host.kill("SIGKILL")],
    ["an uncaught error", (host: ChildProcess) => host.stdin?.write("throw\n")],
    ["a plain exit", (host: ChildProcess) => host.stdin?.write("exit\n")],
  ] as const) {
    it(`leaves nothing behind after ${event}`, async () => {
      const log = path.join(folder, `${event}.log`);
      const host = spawn(process.execPath, ["--require", require.resolve("tsx/cjs"), fixture, log], {
        stdio: ["pipe", "ignore", "ignore"],
      });
      const child = Number(await line(log));
      const exited = new Promise((resolve) => host.once("exit", resolve));
      end(host);
      await exited;
      await gone(child);
    });
  }

  const fixture = path.join(__dirname, "../../fixtures/rehearsal/host.ts");

  async function line(file: string): Promise<string> {
    for (;;) {
      const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
      if (text.endsWith("\n")) {
        return text.trim();
      }
      await sleep(20);
    }
  }

  async function gone(pid: number): Promise<void> {
    const isThere = () => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    for (let attempt = 0; isThere(); attempt++) {
      assert.ok(attempt < 100, `process ${pid} is still there`);
      await sleep(50);
    }
  }
});
