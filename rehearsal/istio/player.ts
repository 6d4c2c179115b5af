import { setTimeout as sleep } from "node:timers/promises";
import type { ApiObject } from "../kubernetes/client";
import type { Pod } from "./pod";
import { PodProcess, type Surroundings } from "./podProcess";
import { programFor } from "./programs";

export type IstioPlayerOptions = Omit<Surroundings, "warn"> & {
  /** Told when a process ends by itself or a pod cannot be played. Default: standard error. */
  warn?: (line: string) => void;
};

/** How often mounts are looked at for tokens that come to their end, in ms. */
const renewal = 60_000;

/**
 * Runs the real Istio operator and the real istiod for the pods of one cluster that are meant to be these: with the
 * pod's environment, arguments, mounts and service account, and ready when the pod's own probe says so.
 */
export class IstioPlayer {
  private readonly pods = new Map<string, PodProcess>();
  private readonly stopping = new AbortController();
  private readonly ending = new Set<Promise<void>>();
  private readonly around: Surroundings;
  private timer?: NodeJS.Timeout;

  constructor(options: IstioPlayerOptions) {
    this.around = { warn: console.error, ...options };
  }

  /** Pods that are there and all that come are played from now on; does not wait until they are ready. */
  async start(): Promise<void> {
    const { signal } = this.stopping;
    const { client } = this.around.controlPlane;
    await this.releaseLeases();
    client.watch("v1", "Pod", (type, pod) => this.observe(type, pod as Pod), { signal });
    for (const kind of ["Secret", "ConfigMap"]) {
      client.watch("v1", kind, (_type, object) => this.refresh(kind, object), { signal });
    }
    this.timer = setInterval(() => this.pods.forEach((played) => void played.refresh()), renewal);
    this.timer.unref();
  }

  /**
   * Resolves when every pod that is to be played is ready, as after a restart, when their webhooks are needed.
   * @throws Error with the pods that are not, after `timeoutMs` (default 90 s).
   */
  async settled(timeoutMs = 90_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const pods = (await this.around.controlPlane.client.list("v1", "Pod")) as Pod[];
      const waiting = pods.filter((pod) => programFor(pod) && !this.pods.get(pod.metadata.uid)?.ready);
      if (waiting.length === 0) {
        return;
      }
      if (Date.now() > deadline) {
        const names = waiting.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(", ");
        throw new Error(`pods of ${this.around.controlPlane.name} are not ready: ${names}`);
      }
      await sleep(300);
    }
  }

  /** Ends all processes; their pods stay. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearInterval(this.timer);
    const all = [...this.pods.values()].map((played) => played.stop(3000));
    this.pods.clear();
    await Promise.all([...all, ...this.ending]);
  }

  /** The pods that processes play now, of every namespace. */
  get played(): readonly PodProcess[] {
    return [...this.pods.values()];
  }

  /** The pods that are played by istiod, ready ones first. */
  get istiods(): readonly PodProcess[] {
    const all = this.played.filter(({ pod }) => pod.metadata.labels?.app === "istiod");
    return all.sort((a, b) => Number(b.ready) - Number(a.ready));
  }

  /** Operators of a former run are gone with it; a new one, of another name each time, would wait for their leases' end. */
  private async releaseLeases(): Promise<void> {
    const { client } = this.around.controlPlane;
    const leases = await client.list("coordination.k8s.io/v1", "Lease");
    const held = leases.filter(({ metadata }) => metadata.name.startsWith("istio-operator-lock"));
    await Promise.all(held.map((lease) => client.delete(lease)));
  }

  private observe(type: "ADDED" | "MODIFIED" | "DELETED", pod: Pod): void {
    const played = this.pods.get(pod.metadata.uid);
    if (type === "DELETED" || pod.metadata.deletionTimestamp) {
      if (played) {
        this.pods.delete(pod.metadata.uid);
        const ended = played.stop().catch((error: unknown) => this.around.warn(String(error)));
        this.ending.add(ended);
        void ended.then(() => this.ending.delete(ended));
      }
      return;
    }
    const program = programFor(pod);
    if (!program || played || !pod.status.podIP || this.stopping.signal.aborted) {
      return;
    }
    try {
      this.pods.set(pod.metadata.uid, new PodProcess(pod, program, this.around));
    } catch (error) {
      this.around.warn(error instanceof Error ? error.message : String(error));
    }
  }

  private refresh(kind: string, { metadata }: ApiObject): void {
    for (const played of this.pods.values()) {
      if (played.pod.metadata.namespace === metadata.namespace) {
        void played.changed(kind, metadata.name);
      }
    }
  }
}
