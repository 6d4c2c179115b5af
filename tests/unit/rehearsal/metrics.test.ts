import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { nodeMetrics, podMetrics } from "../../../rehearsal/kubernetes/metrics/answers";
import { History } from "../../../rehearsal/kubernetes/metrics/history";
import {
  fixedUsage,
  keyOf,
  type MeasuredPod,
  podSamples,
  readySince,
} from "../../../rehearsal/kubernetes/metrics/podSamples";
import { cpuSecondsOf, residentBytes, usageByFolder } from "../../../rehearsal/kubernetes/metrics/usage";

const MiB = 2 ** 20;
const start = Date.parse("2026-01-01T00:00:00Z");

function pod(name: string, containers: string[], state: object = { running: { startedAt: at(0) } }) {
  return {
    metadata: { name, namespace: "gateways", uid: name },
    spec: { nodeName: "node", containers: containers.map((container) => ({ name: container })) },
    status: {
      conditions: [{ type: "Ready", status: "True", lastTransitionTime: at(2) }],
      containerStatuses: containers.map((container) => ({ name: container, state })),
    },
  } as MeasuredPod;
}

function at(seconds: number): string {
  return new Date(start + seconds * 1000).toISOString();
}

function usage(cpuSeconds: number, id = 7) {
  return new Map([["a", { cpuSeconds, memoryBytes: 5 * MiB, id }]]);
}

describe("metrics of a rehearsed cluster's pods", () => {
  it("count the time of a process and of its children that have ended, whatever the program is called", () => {
    const stat = "42 (a (very) odd name) S 1 42 42 0 -1 4194560 1 2 3 4 150 50 20 5 20 0 9 0 1234 5 6";
    assert.equal(cpuSecondsOf(stat), 2.25);
    assert.equal(residentBytes("Name:\tenvoy\nVmRSS:\t   2048 kB\nThreads:\t4\n"), 2 * MiB);
    assert.equal(residentBytes("Name:\tkthreadd\n"), 0);
  });

  it("add up the processes that work in a folder", async () => {
    const proc = fs.mkdtempSync(path.join(os.tmpdir(), "proc-"));
    const process = (id: string, cwd: string, ticks: number) => {
      fs.mkdirSync(path.join(proc, id));
      fs.symlinkSync(cwd, path.join(proc, id, "cwd"));
      fs.writeFileSync(path.join(proc, id, "stat"), `${id} (x) S 1 1 1 0 0 0 0 0 0 0 ${ticks} 0 0 0 20`);
      fs.writeFileSync(path.join(proc, id, "status"), "VmRSS:\t1024 kB\n");
    };
    try {
      process("30", "/pods/one/proxy", 100);
      process("20", "/pods/one/proxy", 50);
      process("40", "/pods/two/page", 10);
      process("50", "/elsewhere", 10);
      const found = await usageByFolder("/pods", proc);
      assert.deepEqual(Object.fromEntries(found), {
        "/pods/one/proxy": { cpuSeconds: 1.5, memoryBytes: 2 * MiB, id: 20 },
        "/pods/two/page": { cpuSeconds: 0.1, memoryBytes: MiB, id: 40 },
      });
      assert.equal((await usageByFolder("/pods", "/no/such/folder")).size, 0);
    } finally {
      fs.rmSync(proc, { recursive: true });
    }
  });

  it("take a container's processes where it has some, and a fixed usage where it has none", () => {
    const own = { cpuSeconds: 3, memoryBytes: 9 * MiB, id: 1 };
    const measured = new Map([
      ["/pods/gateways_proxied/istio-proxy", own],
      ["/pods/gateways_istiod", own],
    ]);
    const [proxied, istiod] = [pod("proxied", ["app", "istio-proxy"]), pod("istiod", ["discovery"])];
    const waiting = pod("waiting", ["app"], { waiting: { reason: "CrashLoopBackOff" } });
    const samples = podSamples([proxied, istiod, waiting], "/pods", measured, start + 60_000);
    assert.deepEqual(Object.fromEntries(samples), {
      "proxied/app": { cpuSeconds: 60 * fixedUsage.cpu, memoryBytes: fixedUsage.memoryBytes, id: 0 },
      "proxied/istio-proxy": own,
      "istiod/discovery": own,
    });
    assert.equal(keyOf(proxied, "app"), "proxied/app");
  });

  it("look back thirty seconds at most, and never less than three", () => {
    const history = new History();
    for (let second = 0; second <= 60; second += 3) {
      history.add(usage(second <= 30 ? second : 30 + (second - 30) / 10), start + second * 1000);
      const rate = history.rate("a", 0);
      assert.equal(rate?.windowMs, second === 0 ? undefined : Math.min(30, second) * 1000);
    }
    const rate = history.rate("a", 0);
    assert.ok(Math.abs((rate?.cpu ?? 0) - 0.1) < 1e-9);
    assert.equal(rate?.memoryBytes, 5 * MiB);
    assert.equal(rate?.at, start + 60_000);
    assert.equal(history.rate("b", 0), undefined);
  });

  it("leave out how a pod started, as the autoscaler does", () => {
    const history = new History();
    [0, 3, 6, 9].forEach((second) => history.add(usage(second === 0 ? 0 : 2.9), start + second * 1000));
    const since = readySince(pod("a", ["app"]));
    assert.equal(since, start + 2000);
    assert.deepEqual(history.rate("a", since), {
      cpu: 0,
      memoryBytes: 5 * MiB,
      at: start + 9000,
      windowMs: 6000,
    });
    assert.equal(history.rate("a", start + 7000), undefined);
    assert.equal(readySince({ ...pod("a", []), status: {} }), 0);
  });

  it("begin anew with a container that has started again, and forget one that is gone", () => {
    const history = new History();
    history.add(usage(50), start);
    history.add(usage(1, 8), start + 3000);
    assert.equal(history.rate("a", 0), undefined);
    history.add(usage(2, 8), start + 8000);
    assert.equal(history.rate("a", 0)?.cpu, 0.2);
    history.add(new Map(), start + 11_000);
    history.add(usage(3, 8), start + 14_000);
    assert.equal(history.rate("a", 0), undefined);
  });

  it("are said as the API's own types say them", () => {
    const rate = { cpu: 0.0255, memoryBytes: 64 * MiB, at: start, windowMs: 9000 };
    const { metadata, ...rest } = podMetrics({ name: "one", namespace: "gateways" }, [{ name: "app", rate }]);
    assert.deepEqual([metadata.name, metadata.namespace], ["one", "gateways"]);
    assert.deepEqual(rest, {
      kind: "PodMetrics",
      apiVersion: "metrics.k8s.io/v1beta1",
      timestamp: at(0),
      window: "9s",
      containers: [{ name: "app", usage: { cpu: "25500000n", memory: "65536Ki" } }],
    });
    const node = nodeMetrics({ name: "node" }, [rate, rate]);
    assert.deepEqual(node.usage, { cpu: "101000000n", memory: `${(400 + 128) * 1024}Ki` });
  });
});
