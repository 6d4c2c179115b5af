import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { build, findGo, type RunGo } from "../../../rehearsal/tools/build";
import { find } from "../../../rehearsal/tools/find";
import { lock, tryLock } from "../../../rehearsal/tools/lock";
import { tools, type Tool } from "../../../rehearsal/tools/table";

const tool = (name: Tool) => tools.find((entry) => entry.name === name)!;

describe("tools on this machine", () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "tools-"))));
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  const put = (where: string, name: string, version: string) => {
    fs.mkdirSync(path.join(folder, where), { recursive: true });
    fs.writeFileSync(path.join(folder, where, name), `#!/bin/sh\necho "${version}"\n`, { mode: 0o755 });
    return path.join(folder, where, name);
  };
  const env = (...onPath: string[]) => ({ PATH: onPath.map((name) => path.join(folder, name)).join(":") });
  const except = "/nowhere";

  describe("found outside the cache", () => {
    it("are those of the pinned version, KUBEBUILDER_ASSETS before PATH", async () => {
      put("a", "etcd", "etcd Version: 3.5.1");
      const onPath = put("b", "etcd", "etcd Version: 3.6.4");
      const asset = put("assets", "etcd", "etcd Version: 3.6.4");
      assert.deepEqual(await find(tool("etcd"), { env: env("a", "b"), except }), {
        path: onPath,
        passedOver: [`${path.join(folder, "a", "etcd")} is 3.5.1, needed is 3.6.4`],
      });
      const assets = { ...env("a", "b"), KUBEBUILDER_ASSETS: path.join(folder, "assets") };
      assert.deepEqual(await find(tool("etcd"), { env: assets, except }), { path: asset, passedOver: [] });
    });

    it("may be another version of kubectl within the allowed skew", async () => {
      const kubectl = put("a", "kubectl", "Client Version: v1.34.2");
      assert.equal((await find(tool("kubectl"), { env: env("a"), except })).path, kubectl);
      put("a", "kubectl", "Client Version: v1.30.0");
      assert.equal((await find(tool("kubectl"), { env: env("a"), except })).path, undefined);
    });

    it("are never the rehearsal's own links, nor something else that is called operator", async () => {
      put("own", "kwok", "kwok version v0.7.0");
      put("a", "operator", "1.23.2");
      assert.equal(
        (await find(tool("kwok"), { env: env("own"), except: path.join(folder, "own") })).path,
        undefined,
      );
      assert.equal((await find(tool("operator"), { env: env("a"), except })).path, undefined);
    });

    it("are passed over when they do not run", async () => {
      fs.writeFileSync(put("a", "kwok", ""), "#!/bin/sh\nexit 1\n");
      const { path: found, passedOver } = await find(tool("kwok"), { env: env("a"), except });
      assert.equal(found, undefined);
      assert.match(passedOver.join(), /is of unknown version, needed is 0\.7\.0/);
    });
  });

  describe("the go command", () => {
    const goEnv = (GOVERSION: string, GOTOOLCHAIN: string): RunGo => {
      return () =>
        Promise.resolve(JSON.stringify({ GOVERSION, GOTOOLCHAIN, GOCACHE: "/c", GOMODCACHE: "/m" }));
    };

    it("will do when it is new enough or may fetch a newer one", async () => {
      assert.deepEqual(await findGo(goEnv("go1.26.8", "local")), {
        version: "1.26.8",
        buildCache: "/c",
        moduleCache: "/m",
      });
      assert.equal((await findGo(goEnv("go1.22.0", "auto"))).version, "1.22.0");
    });

    it("is asked for when it is missing or too old", async () => {
      const missing = Object.assign(new Error("spawn go ENOENT"), { code: "ENOENT" });
      await assert.rejects(
        findGo(() => Promise.reject(missing)),
        /There is no "go" on PATH. Install Go 1.26 or newer/,
      );
      await assert.rejects(
        findGo(goEnv("go1.22.0", "local")),
        /is 1\.22\.0 \(GOTOOLCHAIN=local\), needed is 1\.26/,
      );
      await assert.rejects(findGo(goEnv("go1.19.1", "auto")), /needed is 1\.26/);
    });
  });

  describe("a build", () => {
    const scratch = () => path.join(folder, "scratch");
    beforeEach(() => {
      fs.mkdirSync(scratch());
    });

    it("counts packages and puts all programs of the module in place", async () => {
      const calls: string[][] = [];
      const said: string[] = [];
      const runGo: RunGo = (args, source, onErrorLine) => {
        calls.push(args);
        assert.equal(path.basename(source), "istio");
        if (args[0] === "list") {
          onErrorLine?.("go: downloading istio.io/api v1.23.2");
          return Promise.resolve("a/b\nc/d\n");
        }
        onErrorLine?.("a/b");
        onErrorLine?.("c/d");
        for (const name of ["operator", "istioctl"]) fs.writeFileSync(path.join(scratch(), name), name);
        return Promise.resolve("");
      };
      const target = path.join(folder, "cache", "1.23.2");
      const order = { module: "istio" as const, tools: [tool("operator"), tool("istioctl")] };
      await build(order, target, scratch(), (detail) => said.push(detail), runGo);
      assert.deepEqual(fs.readdirSync(target).sort(), ["istioctl", "operator"]);
      assert.deepEqual(said, [
        "looking at the packages",
        "Go modules: 1 fetched, istio.io/api",
        "package 1 of 2",
        "package 2 of 2, linking",
      ]);
      assert.deepEqual(calls[1]?.slice(0, 3), ["build", "-v", "-ldflags"]);
      assert.match(calls[1]?.[3] ?? "", /^-s -w -X istio\.io\/istio\/pkg\/version\.buildVersion=1\.23\.2 /);
      assert.deepEqual(calls[1]?.slice(-2), [
        "istio.io/istio/operator/cmd/operator",
        "istio.io/istio/istioctl/cmd/istioctl",
      ]);
    });

    it("puts nothing in place when it fails", async () => {
      const runGo: RunGo = (args) => {
        if (args[0] === "list") return Promise.resolve("");
        fs.writeFileSync(path.join(scratch(), "etcd"), "half");
        return Promise.reject(new Error("no space left on device"));
      };
      const target = path.join(folder, "cache");
      const order = { module: "etcd" as const, tools: [tool("etcd")] };
      await assert.rejects(build(order, target, scratch(), undefined, runGo), /no space left/);
      assert.ok(!fs.existsSync(target));
    });
  });

  describe("the lock", () => {
    const file = () => path.join(folder, "cache", "lock");

    it("is held by one at a time", async () => {
      const release = await tryLock(file());
      assert.ok(release);
      assert.equal(await tryLock(file()), undefined);
      const waiting = lock(file(), 5);
      await release();
      await (
        await waiting
      )();
      assert.ok(!fs.existsSync(file()));
    });

    it("is taken over from a process that is gone or has not touched it for a minute", async () => {
      fs.mkdirSync(path.dirname(file()));
      // A process number above what any kernel hands out.
      fs.writeFileSync(file(), JSON.stringify({ host: os.hostname(), pid: 2 ** 30 }));
      await (
        await tryLock(file())
      )?.();
      assert.ok(!fs.existsSync(file()));
      fs.writeFileSync(file(), JSON.stringify({ host: "elsewhere", pid: 1 }));
      assert.equal(await tryLock(file()), undefined);
      fs.utimesSync(file(), new Date(), new Date(Date.now() - 61_000));
      const release = await tryLock(file());
      assert.ok(release);
      await release();
    });
  });
});
