import * as assert from "node:assert/strict";
import type { Progress } from "../../../rehearsal/progress";
import { checkDisk } from "../../../rehearsal/tools/disk";
import { ensureTools, type Sources } from "../../../rehearsal/tools/index";
import { makePlan, planText } from "../../../rehearsal/tools/plan";
import { tools, type Tool } from "../../../rehearsal/tools/table";

const linux = { os: "linux", arch: "amd64" };

interface Fakes {
  onPath?: Tool[];
  inCache?: Tool[];
  downloadable?: Tool[];
  check?: () => Promise<void>;
  /** What another rehearsal puts into the cache while this one waits for it. */
  other?: Tool[];
}

function setUp(fakes: Fakes) {
  const log: string[] = [];
  const said: string[] = [];
  const cached = new Set(fakes.inCache ?? []);
  const sources: Sources = {
    platform: linux,
    cores: 2,
    cache: "/cache",
    find: ({ name }) =>
      Promise.resolve({
        path: fakes.onPath?.includes(name) ? `/bin/${name}` : undefined,
        passedOver: name === "pulumi" ? ["/bin/pulumi is 2.0.0, needed is 3"] : [],
      }),
    cached: ({ name }) => Promise.resolve(cached.has(name) ? `/cache/${name}` : undefined),
    check: fakes.check ?? (() => Promise.resolve()),
    download: ({ name }) => {
      log.push(`download ${name}`);
      if (!fakes.downloadable?.includes(name)) return Promise.reject(new Error("example.com: refused"));
      cached.add(name);
      return Promise.resolve();
    },
    build: ({ module, tools: some }) => {
      log.push(`build ${module}: ${some.map((tool) => tool.name).join(" ")}`);
      for (const { name } of some) cached.add(name);
      return Promise.resolve();
    },
    tryLock: () => {
      if (fakes.other) return Promise.resolve(undefined);
      log.push("lock");
      return Promise.resolve(release);
    },
    lock: () => {
      log.push("wait");
      for (const name of fakes.other ?? []) cached.add(name);
      return Promise.resolve(release);
    },
  };
  const release = () => {
    log.push("release");
    return Promise.resolve();
  };
  const progress: Progress = {
    step: async (title, work) => {
      said.push(`step ${title}`);
      return work(() => undefined);
    },
    note: (line) => said.push(`note ${line}`),
    warn: (line) => said.push(`warn ${line}`),
  };
  return { sources, progress, log, said };
}

const all = tools.map((tool) => tool.name);
const allBut = (...names: Tool[]) => all.filter((name) => !names.includes(name));

describe("ensureTools", () => {
  it("takes what is on PATH before what is in the cache, and writes nothing when all is there", async () => {
    const { sources, progress, log, said } = setUp({ onPath: ["kubectl"], inCache: all });
    const found = await ensureTools(progress, sources);
    assert.deepEqual(Object.keys(found).sort(), [...all].sort());
    assert.equal(found.kubectl, "/bin/kubectl");
    assert.equal(found.etcd, "/cache/etcd");
    assert.deepEqual(log, []);
    assert.deepEqual(said, ["step Find the programs"]);
  });

  it("tries the download first and builds what did not come", async () => {
    const { sources, progress, log, said } = setUp({
      inCache: allBut("etcd", "istioctl"),
      downloadable: ["etcd"],
    });
    const found = await ensureTools(progress, sources);
    assert.equal(found.istioctl, "/cache/istioctl");
    assert.deepEqual(log, ["lock", "download etcd", "download istioctl", "build istio: istioctl", "release"]);
    assert.deepEqual(said.slice(-2), [
      "warn example.com: refused; built instead",
      "step Build istioctl 1.23.2",
    ]);
  });

  it("builds all programs of a module in one go, and says each refusal once", async () => {
    const { sources, progress, log, said } = setUp({});
    await ensureTools(progress, sources);
    assert.deepEqual(
      log.filter((line) => line.startsWith("build")),
      [
        "build etcd: etcd",
        "build kubernetes: kube-apiserver kube-controller-manager kube-scheduler kubectl",
        "build kwok: kwok",
        "build pulumi: pulumi",
        "build istio: operator pilot-discovery istioctl",
      ],
    );
    assert.equal(said.filter((line) => line.startsWith("warn")).length, 1);
  });

  it("says the plan before it writes anything, with what was found and not used", async () => {
    const { sources, progress, log, said } = setUp({
      inCache: allBut("pulumi", "kwok"),
      check: () => Promise.reject(new Error("no Go")),
    });
    await assert.rejects(ensureTools(progress, sources), /no Go/);
    assert.deepEqual(log, []);
    assert.equal(said[1], "note Not on this machine yet: kwok 0.7.0, pulumi 3.259.0.");
    assert.ok(said.includes("note   not used   /bin/pulumi is 2.0.0, needed is 3"), said.join("\n"));
  });

  it("waits for another rehearsal and takes what that one has made", async () => {
    const { sources, progress, log } = setUp({ inCache: allBut("kwok"), other: ["kwok"] });
    assert.equal((await ensureTools(progress, sources)).kwok, "/cache/kwok");
    assert.deepEqual(log, ["wait", "release"]);
  });

  it("releases the lock when a build fails", async () => {
    const { sources, progress, log } = setUp({ inCache: allBut("kwok") });
    sources.build = () => Promise.reject(new Error("does not compile"));
    await assert.rejects(ensureTools(progress, sources), /does not compile/);
    assert.deepEqual(log, ["lock", "release"]);
  });
});

describe("the plan", () => {
  it("of a first run names downloads, builds, time and disk", () => {
    const text = planText(makePlan(tools, linux, 2), { cache: "/cache", passedOver: [] });
    assert.deepEqual(text, [
      "Not on this machine yet: etcd 3.6.4, kube-apiserver 1.33.1, kube-controller-manager 1.33.1, kube-scheduler 1.33.1, kubectl 1.33.1, kwok 0.7.0, pulumi 3.259.0, operator 1.23.2, pilot-discovery 1.23.2, istioctl 1.23.2.",
      "  download   etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubectl, pulumi, istioctl: 464 MB; what does not come is built",
      "  build      kwok, operator, pilot-discovery, with Go from the modules in rehearsal/tools",
      "  time       about 5 min, or 11 min if everything has to be built",
      "  disk       811 MB in /cache, and up to 10.0 GB in Go's own caches for what is built",
      "Later runs find all of it there.",
    ]);
  });

  it("leaves out what does not apply", () => {
    const kwok = tools.filter((tool) => tool.name === "kwok");
    assert.deepEqual(planText(makePlan(kwok, linux, 4), { cache: "/cache", passedOver: [] }), [
      "Not on this machine yet: kwok 0.7.0.",
      "  build      kwok, with Go from the modules in rehearsal/tools",
      "  time       about 35 s",
      "  disk       67 MB in /cache, and up to 1.2 GB in Go's own caches for what is built",
      "Later runs find all of it there.",
    ]);
  });
});

describe("the check for disk space", () => {
  const free = (device: number, megabytes: number) => Promise.resolve({ device, megabytes });

  it("adds up what goes onto one file system", async () => {
    const needs = [
      { folder: "/cache", megabytes: 600 },
      { folder: "/go", megabytes: 600 },
    ];
    await assert.rejects(
      checkDisk(needs, () => free(1, 1000)),
      /Not enough disk space: 1\.2 GB may be needed for \/cache, \/go, 1\.0 GB are free\..*XDG_CACHE_HOME/,
    );
    await checkDisk(needs, (folder) => free(folder === "/go" ? 1 : 2, 1000));
  });

  it("knows this machine's disk, also for a folder that does not exist yet", async () => {
    await checkDisk([{ folder: "/no/such/folder", megabytes: 0 }]);
  });
});
