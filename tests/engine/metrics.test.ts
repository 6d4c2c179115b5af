import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { makeCa } from "../../rehearsal/certificates";
import { ControlPlane } from "../../rehearsal/kubernetes/controlPlane";
import { layout } from "../../rehearsal/layout";
import { Processes } from "../../rehearsal/processes";
import { createProgress } from "../../rehearsal/progress";
import { ensureTools, type Tools } from "../../rehearsal/tools";

const NAME = "measured";

/** Uses a tenth of a CPU at most; on a busy machine far less, and still more than what is asked for. */
const work = `setInterval(() => { for (const end = Date.now() + 20; Date.now() < end;); }, 200)`;

describe("metrics of a rehearsed cluster", () => {
  const processes = new Processes();
  const ended: (() => void)[] = [];
  let tools: Tools;
  let plane: ControlPlane;

  before(async () => {
    tools = await ensureTools(createProgress());
    await ControlPlane.wipe(NAME);
    plane = await ControlPlane.start(
      {
        name: NAME,
        podCidr: "10.20.0.0/16",
        serviceCidr: "10.30.0.0/20",
        privateEndpoint: "10.16.0.2",
        dnsEndpoint: "measured.example.com",
        publicCa: makeCa("public"),
        users: [],
      },
      { tools, processes },
    );
    await plane.setNodes([{ name: "node", labels: {}, taints: [], cpu: "4", memory: "16Gi" }]);
    await deploy("idle", { cpu: "100m" });
    await deploy("busy", { cpu: "5m" });
    await deploy("unbounded");
  });

  after(async () => {
    ended.forEach((end) => end());
    await plane?.stop();
    await processes.stopAll();
    await ControlPlane.wipe(NAME);
  });

  it("are what kubectl top shows", async () => {
    const top = await eventually(
      () => kubectl("top", "pods", "-A"),
      (text) => /idle-\S+ +1m +16Mi/.test(text),
    );
    assert.match(top, /default +unbounded-\S+ +1m +16Mi/);
    const selected = await kubectl("top", "pods", "--selector", "app in (idle)", "--containers");
    assert.match(selected, /idle-\S+ +web +1m/);
    assert.doesNotMatch(selected, /busy/);
    assert.match(await kubectl("top", "nodes"), /node +5\dm +1% +4\d\dMi/);
    await assert.rejects(kubectl("top", "pods", "none"), /"default\/none" not found/);
  });

  it("reach an autoscaler, which leaves an idle Deployment alone", async () => {
    const scaler = await scalerOnce("idle", ({ status }) => status === "True");
    assert.equal(scaler.condition.reason, "ValidMetricFound");
    assert.equal(scaler.utilization, 1);
    assert.equal(scaler.wanted, 2);
  });

  it("are no use to an autoscaler of a Deployment without requests", async () => {
    const { condition } = await scalerOnce("unbounded", ({ message }) => /missing request/.test(message));
    assert.equal(condition.status, "False");
    assert.equal(condition.reason, "FailedGetResourceMetric");
  });

  it("are those of a pod's processes, which bring more replicas within their bounds", async () => {
    const pods = await plane.client.list("v1", "Pod", { namespace: "default", labelSelector: "app=busy" });
    assert.equal(pods.length, 2);
    for (const { metadata } of pods) {
      const root = path.join(layout.cluster(NAME), "pods", `default_${metadata.name}`, "web");
      fs.mkdirSync(root, { recursive: true });
      const child = spawn(process.execPath, ["-e", work], { cwd: root, stdio: "ignore" });
      ended.push(() => child.kill("SIGKILL"));
    }
    const { utilization } = await scalerOnce("busy", (_, { wanted }) => wanted === 3);
    assert.ok(utilization > 88, `${utilization}%`);
    await sleep(4000);
    assert.equal((await scalerOf("busy")).wanted, 3);
  });

  async function kubectl(...args: string[]): Promise<string> {
    const all = ["--kubeconfig", plane.kubeconfigPath, ...args];
    return (await promisify(execFile)(tools.kubectl, all, { encoding: "utf8" })).stdout;
  }

  async function deploy(name: string, requests?: { cpu: string }): Promise<void> {
    const container = { name: "web", image: "web", ...(requests ? { resources: { requests } } : {}) };
    await plane.client.create({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: "default" },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [container] } },
      },
    });
    await plane.client.create({
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name, namespace: "default" },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
        minReplicas: 2,
        maxReplicas: 3,
        metrics: [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
          },
        ],
      },
    });
  }

  async function scalerOf(name: string) {
    const scaler = await plane.client.get("autoscaling/v2", "HorizontalPodAutoscaler", name, "default");
    const { conditions = [], currentMetrics = [], desiredReplicas } = (scaler?.status ?? {}) as Status;
    return {
      condition: conditions.find(({ type }) => type === "ScalingActive") ?? none,
      utilization: currentMetrics?.[0]?.resource?.current.averageUtilization ?? 0,
      wanted: desiredReplicas,
    };
  }

  function scalerOnce(
    name: string,
    good: (condition: Condition, scaler: Awaited<ReturnType<typeof scalerOf>>) => boolean,
  ) {
    return eventually(
      () => scalerOf(name),
      (scaler) => good(scaler.condition, scaler),
    );
  }
});

interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
}

const none: Condition = { type: "", status: "", reason: "", message: "" };

interface Status {
  conditions?: Condition[];
  currentMetrics?: { resource?: { current: { averageUtilization?: number } } }[] | null;
  desiredReplicas?: number;
}

/** @throws AssertionError with what was seen last, after 90 s. */
async function eventually<T>(look: () => T | Promise<T>, good: (seen: T) => boolean): Promise<T> {
  const deadline = Date.now() + 90_000;
  for (;;) {
    const seen = await Promise.resolve()
      .then(look)
      .catch((error: unknown) => error as T);
    if (!(seen instanceof Error) && good(seen)) {
      return seen;
    }
    assert.ok(Date.now() < deadline, `never as expected: ${JSON.stringify(seen)} ${String(seen)}`);
    await sleep(1000);
  }
}
