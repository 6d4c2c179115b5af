import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { layout } from "../layout";
import { isNotFound } from "../kubernetes/client";
import type { ControlPlane } from "../kubernetes/controlPlane";
import type { Slot } from "../kubernetes/playedPods";
import type { ManagedProcess, Processes } from "../processes";
import type { Tools } from "../tools";
import { MissingReference, environment } from "./environment";
import type { Pod } from "./pod";
import { type Report, reportStatus } from "./podStatus";
import type { Program } from "./programs";
import { ServiceAccountTokens } from "./serviceAccountTokens";
import { Volumes } from "./volumes";

export interface Surroundings {
  controlPlane: ControlPlane;
  tools: Tools;
  processes: Processes;
  /** HTTPS_PROXY of the pods of this cluster. */
  proxy: string;
  /** PEM file with the authority of the addresses outside. */
  publicCaFile: string;
  /** Added to the environment of every istiod. */
  istiodEnv?: Record<string, string>;
  warn: (line: string) => void;
}

const serviceAccountFolder = "var/run/secrets/kubernetes.io/serviceaccount";

/** One pod played by a process of its own, from its creation to its end. */
export class PodProcess {
  readonly slot: Slot;
  readonly log: string;
  private readonly root: string;
  private readonly tokens: ServiceAccountTokens;
  private readonly volumes: Volumes;
  private readonly stopped = new AbortController();
  private readonly finished: Promise<void>;
  private process?: ManagedProcess;
  private reporting: Promise<void> = Promise.resolve();
  private report: Report = { state: "waiting", restarts: 0, startedAt: new Date() };

  constructor(
    readonly pod: Pod,
    private readonly program: Program,
    private readonly around: Surroundings,
  ) {
    const { controlPlane } = around;
    const { name, namespace, uid } = pod.metadata;
    this.report.containerID = `process://${uid}`;
    this.root = path.join(layout.cluster(controlPlane.name), "pods", `${namespace}_${name}`);
    this.log = path.join(layout.logs, `${controlPlane.name}-${name}.log`);
    this.slot = controlPlane.played.add({ namespace, name, address: pod.status.podIP ?? "", log: this.log });
    this.tokens = new ServiceAccountTokens(controlPlane.client, pod);
    this.volumes = new Volumes(controlPlane.client, pod, program.container, this.root, this.tokens);
    this.finished = this.live().catch((error: unknown) => {
      if (!this.stopped.signal.aborted) {
        around.warn(`pod ${name} of ${controlPlane.name} is not played any more: ${messageOf(error)}`);
      }
    });
  }

  get ready(): boolean {
    return this.report.state === "ready";
  }

  /** Ends the process. The pod's status is left alone: it goes, or the API server does. */
  async stop(graceMs = 5000): Promise<void> {
    this.stopped.abort();
    await this.process?.stop(graceMs);
    await this.finished;
    await this.reporting;
    this.around.controlPlane.played.remove(this.slot);
    await fs.promises.rm(this.root, { recursive: true, force: true });
  }

  /** A Secret or ConfigMap has changed. */
  async changed(kind: string, name: string): Promise<void> {
    if (this.process && this.volumes.uses(kind, name)) {
      await this.refresh();
    }
  }

  /** Renews what its mounts hold, tokens that come to their end included. */
  async refresh(): Promise<void> {
    if (!this.stopped.signal.aborted) {
      await this.writeFiles().catch((error: unknown) => {
        if (!isNotFound(error) && !(error instanceof MissingReference)) {
          this.around.warn(
            `the mounts of pod ${this.pod.metadata.name} are not up to date: ${messageOf(error)}`,
          );
        }
      });
    }
  }

  private async live(): Promise<void> {
    const { signal } = this.stopped;
    await this.say({});
    while (!signal.aborted) {
      const env = await this.prepare();
      if (!env || signal.aborted) {
        return;
      }
      this.process = this.run(env);
      await this.say({ state: "running", startedAt: new Date(), reason: undefined, message: undefined });
      const ended = new AbortController();
      const probing = this.probe(AbortSignal.any([signal, ended.signal]));
      const code = await this.process.exited;
      ended.abort();
      await probing;
      if (signal.aborted) {
        return;
      }
      const restarts = this.report.restarts + 1;
      const message = `${this.program.tool} has ended with ${code ?? "a signal"}: see ${this.log}`;
      this.around.warn(`pod ${this.pod.metadata.name} of ${this.around.controlPlane.name}: ${message}`);
      await this.say({ state: "waiting", restarts, reason: "CrashLoopBackOff", message });
      await sleep(Math.min(60, 2 ** restarts) * 1000, undefined, { signal }).catch(() => undefined);
    }
  }

  /** The environment, once everything that the container refers to is there; undefined when the pod goes before that. */
  private async prepare(): Promise<Record<string, string> | undefined> {
    const { controlPlane } = this.around;
    while (!this.stopped.signal.aborted) {
      try {
        await this.writeFiles();
        return await environment(controlPlane.client, this.pod, this.program.container);
      } catch (error) {
        if (isNotFound(error)) {
          // The pod or its service account is going.
          return undefined;
        }
        if (!(error instanceof MissingReference)) {
          throw error;
        }
        await this.say({ state: "waiting", reason: "CreateContainerConfigError", message: error.message });
        await sleep(1000, undefined, { signal: this.stopped.signal }).catch(() => undefined);
      }
    }
    return undefined;
  }

  private run(env: Record<string, string>): ManagedProcess {
    const { proxy, publicCaFile, processes, tools, controlPlane, istiodEnv } = this.around;
    // It names a file of the container's root; --kubeconfig stands for it.
    delete env.KUBECONFIG;
    return processes.start({
      name: `${controlPlane.name}-${this.pod.metadata.name}`,
      command: tools[this.program.tool],
      args: this.program.args(this.slot, path.join(this.root, "kubeconfig")),
      env: {
        ...env,
        ...(this.program.tool === "pilot-discovery" ? istiodEnv : {}),
        HTTPS_PROXY: proxy,
        NO_PROXY: "127.0.0.1,localhost,::1",
        SSL_CERT_FILE: publicCaFile,
      },
      cwd: this.root,
      log: this.log,
    });
  }

  private async writeFiles(): Promise<void> {
    const { controlPlane } = this.around;
    const folder = path.join(this.root, serviceAccountFolder);
    // As every pod has it, through the projected volume that admission adds:
    // https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken
    await this.volumes.write();
    await fs.promises.mkdir(folder, { recursive: true });
    const kubeconfig = stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: "in-cluster",
          cluster: { server: controlPlane.server, "certificate-authority": path.join(folder, "ca.crt") },
        },
      ],
      users: [{ name: "pod", user: { tokenFile: path.join(folder, "token") } }],
      contexts: [{ name: "in-cluster", context: { cluster: "in-cluster", user: "pod" } }],
      "current-context": "in-cluster",
    });
    // In one step: with half a file, client-go takes http://localhost:8080 for the API server, for good.
    const file = path.join(this.root, "kubeconfig");
    // Of a name of its own: two writes may be under way.
    const unfinished = `${file}.${randomUUID()}`;
    await fs.promises.writeFile(unfinished, kubeconfig, { mode: 0o600 });
    await fs.promises.rename(unfinished, file);
  }

  /** Asks the readiness probe twice a second; a container without one is ready while it runs. */
  private async probe(signal: AbortSignal): Promise<void> {
    const probe = this.program.container.readinessProbe?.httpGet;
    const ports: Record<number, number> = this.slot.ports;
    const port = ports[Number(probe?.port)];
    while (!signal.aborted) {
      const ready = port === undefined || (await answers(port, probe?.path ?? "/"));
      if (!signal.aborted && ready !== this.ready) {
        await this.say({ state: ready ? "ready" : "running" });
      }
      await sleep(500, undefined, { signal }).catch(() => undefined);
    }
  }

  private async say(news: Partial<Report>): Promise<void> {
    this.report = { ...this.report, ...news };
    const { client } = this.around.controlPlane;
    this.reporting = reportStatus(client, this.pod, this.program.container, this.report).catch(
      (error: unknown) => {
        if (!isNotFound(error) && !this.stopped.signal.aborted) {
          this.around.warn(
            `the status of pod ${this.pod.metadata.name} is not up to date: ${messageOf(error)}`,
          );
        }
      },
    );
    await this.reporting;
  }
}

function answers(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get({ port, path, host: "127.0.0.1", timeout: 1000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
