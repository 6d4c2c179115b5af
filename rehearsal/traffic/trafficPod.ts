import * as fs from "node:fs";
import * as http from "node:http";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MissingReference, environment } from "../istio/environment";
import type { Container, Pod } from "../istio/pod";
import { type Report, reportStatus } from "../istio/podStatus";
import { ServiceAccountTokens } from "../istio/serviceAccountTokens";
import { Volumes } from "../istio/volumes";
import { isNotFound } from "../kubernetes/client";
import type { ControlPlane } from "../kubernetes/controlPlane";
import { layout } from "../layout";
import type { TrafficTools } from "../tools/traffic";
import type { DataPlane } from "./dataPlane";
import { type Page, pageOf, pageScript, templateFolder } from "./page";
import { behindSidecar, isSidecar, PROXY, proxyProcess } from "./proxy";

export interface TrafficSurroundings {
  controlPlane: ControlPlane;
  dataPlane: DataPlane;
  tools: TrafficTools;
  /** The cluster's pods see it as `/etc/hosts`. */
  hosts: string;
  warn: (line: string) => void;
}

interface PlayedContainer {
  container: Container;
  root: string;
  log: string;
  volumes: Volumes;
}

/** One pod that carries traffic: its containers are processes in a network namespace that has the pod's address. */
export class TrafficPod {
  private readonly containers: PlayedContainer[];
  private readonly folder: string;
  private readonly stopped = new AbortController();
  private readonly finished: Promise<void>;
  /** Containers whose readiness probe passes, or that have none. */
  private readonly passing = new Set<Container>();
  private reporting: Promise<void> = Promise.resolve();
  private report: Report = { state: "waiting", restarts: 0, startedAt: new Date() };

  constructor(
    readonly pod: Pod,
    private readonly around: TrafficSurroundings,
  ) {
    const { controlPlane } = around;
    const { name, namespace, uid } = pod.metadata;
    this.report.containerID = `process://${uid}`;
    this.folder = path.join(layout.cluster(controlPlane.name), "pods", `${namespace}_${name}`);
    const tokens = new ServiceAccountTokens(controlPlane.client, pod);
    this.containers = pod.spec.containers.map((container) => {
      const root = path.join(this.folder, container.name);
      return {
        container,
        root,
        log: path.join(layout.logs, `${controlPlane.name}-${name}-${container.name}.log`),
        volumes: new Volumes(controlPlane.client, pod, container, root, tokens),
      };
    });
    this.show(true);
    this.finished = this.live().catch((error: unknown) => {
      if (!this.stopped.signal.aborted) {
        this.warn(`is not played any more: ${messageOf(error)} (${uid})`);
      }
    });
  }

  get ready(): boolean {
    return this.report.state === "ready";
  }

  /** Ends it; with time its containers' `preStop` and its proxy's draining come first. The pod's status is left alone. */
  async stop(graceMs: number): Promise<void> {
    this.stopped.abort();
    await this.around.dataPlane.removeSandbox(this.pod.metadata.uid, graceMs).catch(() => undefined);
    await this.finished;
    await this.reporting;
    this.show(false);
    await fs.promises.rm(this.folder, { recursive: true, force: true });
  }

  /** A Secret or ConfigMap has changed. */
  async changed(kind: string, name: string): Promise<void> {
    if (this.containers.some(({ volumes }) => volumes.uses(kind, name))) {
      await this.refresh();
    }
  }

  /** Renews what its mounts hold, tokens that come to their end included. */
  async refresh(): Promise<void> {
    if (!this.stopped.signal.aborted && this.report.state !== "waiting") {
      await this.writeVolumes().catch((error: unknown) => {
        if (!isNotFound(error) && !(error instanceof MissingReference)) {
          this.warn(`its mounts are not up to date: ${messageOf(error)}`);
        }
      });
    }
  }

  /** For `kubectl logs` and `kubectl port-forward`. */
  private show(shown: boolean): void {
    const { dataPlane, controlPlane } = this.around;
    const { name, namespace, uid } = this.pod.metadata;
    for (const { container, log } of this.containers) {
      controlPlane.played.setLog({ namespace, name }, container.name, shown ? log : undefined);
    }
    const dial = (port: number) => dataPlane.connect({ sandbox: uid }, "127.0.0.1", port);
    controlPlane.played.setDial({ namespace, name }, shown ? dial : undefined);
  }

  private async writeVolumes(): Promise<void> {
    for (const { root, volumes } of this.containers) {
      fs.mkdirSync(root, { recursive: true });
      await volumes.write();
    }
  }

  private async live(): Promise<void> {
    const { signal } = this.stopped;
    const { dataPlane, controlPlane, hosts } = this.around;
    const { uid } = this.pod.metadata;
    await this.say({});
    if (!(await this.mounted()) || signal.aborted) {
      return;
    }
    const address = this.pod.status.podIP ?? "";
    await dataPlane.addSandbox({ id: uid, cluster: controlPlane.name, address, hosts });
    await this.say({ state: "running", startedAt: new Date(), reason: undefined, message: undefined });
    await Promise.all(
      this.containers.flatMap((played) => [this.keepRunning(played), this.probe(played.container)]),
    );
  }

  /** False when the pod goes before everything that it mounts is there. */
  private async mounted(): Promise<boolean> {
    while (!this.stopped.signal.aborted) {
      try {
        await this.writeVolumes();
        return true;
      } catch (error) {
        if (isNotFound(error)) {
          return false;
        }
        if (!(error instanceof MissingReference)) {
          throw error;
        }
        await this.say({ state: "waiting", reason: "CreateContainerConfigError", message: error.message });
        await sleep(1000, undefined, { signal: this.stopped.signal }).catch(() => undefined);
      }
    }
    return false;
  }

  private async keepRunning(played: PlayedContainer): Promise<void> {
    const { signal } = this.stopped;
    const { controlPlane, dataPlane } = this.around;
    for (let restarts = 1; !signal.aborted; restarts++) {
      const env = await environment(controlPlane.client, this.pod, played.container);
      const program = this.program(played, env);
      if (!program || signal.aborted) {
        return;
      }
      const { log, root } = played;
      const preStopMs = (played.container.lifecycle?.preStop?.sleep?.seconds ?? 0) * 1000;
      const sandbox = this.pod.metadata.uid;
      const ended = await dataPlane.run({ ...program, sandbox, cwd: root, log, preStopMs });
      if (signal.aborted) {
        return;
      }
      const message = `${played.container.name} has ended with ${ended.code ?? ended.signal}: see ${log}`;
      this.warn(message);
      this.passing.delete(played.container);
      await this.say({ state: "running", restarts: this.report.restarts + 1, message });
      await sleep(Math.min(60, 2 ** restarts) * 1000, undefined, { signal }).catch(() => undefined);
    }
  }

  /** What runs for a container; undefined: nothing does, and it counts as running. */
  private program({ container, root }: PlayedContainer, env: Record<string, string>) {
    if (container.name === PROXY) {
      return proxyProcess(this.pod, container, env, this.around.tools);
    }
    const folder = path.join(root, templateFolder);
    if (!fs.existsSync(folder)) {
      return undefined;
    }
    const names = fs.readdirSync(folder).filter((name) => name.endsWith(".template"));
    const texts = names.map((name) => [name, fs.readFileSync(path.join(folder, name), "utf8")] as const);
    const read = pageOf(Object.fromEntries(texts), env);
    const page: Page = isSidecar(this.pod)
      ? { ...read, host: "127.0.0.1", port: behindSidecar(read.port) }
      : { ...read, host: "0.0.0.0" };
    return {
      command: process.execPath,
      args: [pageScript],
      env: { ...env, REHEARSAL_PAGE: JSON.stringify(page) },
    };
  }

  /**
   * Asks a container's readiness probe: twice a second until it passes, as nobody has to wait for its period here, then every
   * two seconds. It counts as failed as late as a kubelet would say so.
   */
  private async probe(container: Container): Promise<void> {
    const { signal } = this.stopped;
    const { periodSeconds = 10, failureThreshold = 3 } = container.readinessProbe ?? {};
    let passedAt = 0;
    while (!signal.aborted) {
      const passes = await this.passes(container);
      passedAt = passes ? Date.now() : passedAt;
      if (passes) {
        this.passing.add(container);
      } else if (Date.now() - passedAt > failureThreshold * periodSeconds * 1000) {
        this.passing.delete(container);
      }
      const ready = this.passing.size === this.containers.length;
      if (!signal.aborted && ready !== this.ready) {
        await this.say({ state: ready ? "ready" : "running" });
      }
      const pause = this.passing.has(container) ? 2000 : 500;
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  private async passes({ readinessProbe, ports = [] }: Container): Promise<boolean> {
    const probe = readinessProbe?.httpGet;
    if (!probe) {
      return true;
    }
    const port = ports.find(({ name }) => name === probe.port)?.containerPort ?? Number(probe.port);
    const address = this.pod.status.podIP ?? "";
    const timeoutMs = (readinessProbe?.timeoutSeconds ?? 1) * 1000;
    const socket = await this.around.dataPlane.connect(undefined, address, port).catch(() => undefined);
    return (
      socket !== undefined && answers({ socket, host: address, port, path: probe.path ?? "/", timeoutMs })
    );
  }

  private async say(news: Partial<Report>): Promise<void> {
    this.report = { ...this.report, ...news };
    const { client } = this.around.controlPlane;
    const said = this.pod.spec.containers.find(({ name }) => name === PROXY) ?? this.pod.spec.containers[0];
    if (!said) {
      return;
    }
    this.reporting = reportStatus(client, this.pod, said, this.report).catch((error: unknown) => {
      if (!isNotFound(error) && !this.stopped.signal.aborted) {
        this.warn(`its status is not up to date: ${messageOf(error)}`);
      }
    });
    await this.reporting;
  }

  private warn(text: string): void {
    this.around.warn(`pod ${this.pod.metadata.name} of ${this.around.controlPlane.name}: ${text}`);
  }
}

interface Asked {
  socket: import("node:net").Socket;
  host: string;
  port: number;
  path: string;
  timeoutMs: number;
}

function answers({ socket, host, port, path, timeoutMs }: Asked): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { "user-agent": "kube-probe/1.33" };
    const request = http.get({ createConnection: () => socket, host, port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
      response.on("close", () => socket.destroy());
    });
    // As an option it would be for connections that Node makes.
    request.setTimeout(timeoutMs, () => request.destroy());
    request.on("error", () => resolve(false));
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
