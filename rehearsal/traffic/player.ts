import * as fs from "node:fs";
import * as path from "node:path";
import type { Pod } from "../istio/pod";
import type { ApiObject } from "../kubernetes/client";
import { layout } from "../layout";
import { applyWhenTaken, sidecarWithoutCapture, stockEnvoyFilter } from "./additions";
import { CurlPod } from "./curlPod";
import { carriesTraffic, runsCurl } from "./proxy";
import { TrafficPod, type TrafficSurroundings } from "./trafficPod";

/** How often mounts are looked at for tokens that come to their end, in ms. */
const renewal = 60_000;

/** Kubernetes' own `terminationGracePeriodSeconds`. */
const defaultGrace = 30;

/** Runs the pods of one cluster that carry traffic, from each one's creation to its end. */
export class TrafficPlayer {
  private readonly pods = new Map<string, TrafficPod>();
  private readonly curls = new Map<string, CurlPod>();
  /** Pods that are deleted, with what still runs of them. */
  private readonly leaving = new Map<string, TrafficPod | CurlPod | undefined>();
  private readonly ending = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private readonly around: TrafficSurroundings;
  /** Namespaces and apps whose sidecars know that they have to listen themselves. */
  private readonly sidecars = new Set<string>();
  private timer?: NodeJS.Timeout;
  private hosts?: string;

  constructor(around: Omit<TrafficSurroundings, "hosts">) {
    const hosts = path.join(layout.cluster(around.controlPlane.name), "hosts");
    this.around = { ...around, hosts };
  }

  start(): void {
    const { signal } = this.stopping;
    const { client } = this.around.controlPlane;
    this.setHosts({});
    void applyWhenTaken(client, stockEnvoyFilter(), signal);
    client.watch("v1", "Pod", (type, pod) => this.observe(type, pod as Pod), { signal });
    for (const kind of ["Secret", "ConfigMap"]) {
      client.watch("v1", kind, (_type, object) => this.refresh(kind, object), { signal });
    }
    this.timer = setInterval(() => this.pods.forEach((played) => void played.refresh()), renewal);
    this.timer.unref();
  }

  /** Ends all processes; their pods stay. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearInterval(this.timer);
    const all = [this.pods, this.curls, this.leaving].flatMap((pods) => [...pods.values()]);
    this.pods.clear();
    this.curls.clear();
    await Promise.all([...all.map((played) => played?.stop(0)), ...this.ending]);
  }

  /** The pods that are played now. */
  get played(): readonly TrafficPod[] {
    return [...this.pods.values()];
  }

  /** Names that the pods of this cluster can resolve, with their addresses. */
  setHosts(names: Record<string, string>): void {
    const lines = Object.entries({ localhost: "127.0.0.1", ...names }).map(
      ([name, address]) => `${address} ${name}`,
    );
    // In place: the pods have mounted this very file.
    const text = `${lines.join("\n")}\n`;
    if (text !== this.hosts) {
      this.hosts = text;
      fs.writeFileSync(this.around.hosts, text);
    }
  }

  private observe(type: "ADDED" | "MODIFIED" | "DELETED", pod: Pod): void {
    const { uid } = pod.metadata;
    if (type === "DELETED" || pod.metadata.deletionTimestamp) {
      const ended = this.end(pod, type === "DELETED").catch((error: unknown) =>
        this.around.warn(String(error)),
      );
      this.ending.add(ended);
      void ended.then(() => this.ending.delete(ended));
      return;
    }
    if (this.pods.has(uid) || this.curls.has(uid) || !pod.status.podIP || this.stopping.signal.aborted) {
      return;
    }
    if (runsCurl(pod)) {
      this.curls.set(uid, new CurlPod(pod, this.around));
      return;
    }
    if (!carriesTraffic(pod)) {
      return;
    }
    this.addSidecar(pod);
    this.pods.set(uid, new TrafficPod(pod, this.around));
  }

  /**
   * As a kubelet does: what a deleted pod runs has the pod's grace period to end, and then the pod is deleted for good.
   *
   * @param gone it is no longer there, as after `kubectl delete --force`
   */
  private async end(pod: Pod, gone: boolean): Promise<void> {
    const { uid, deletionGracePeriodSeconds = defaultGrace } = pod.metadata;
    if (this.leaving.has(uid) && !gone) {
      return;
    }
    const played = this.pods.get(uid) ?? this.curls.get(uid) ?? this.leaving.get(uid);
    this.pods.delete(uid);
    this.curls.delete(uid);
    this.leaving.set(uid, played);
    await played?.stop(gone ? 0 : deletionGracePeriodSeconds * 1000);
    if (!gone && carriesTraffic(pod) && !this.stopping.signal.aborted) {
      await this.around.controlPlane.client.delete(pod, { gracePeriodSeconds: 0 });
    }
    if (gone) {
      this.leaving.delete(uid);
    }
  }

  private addSidecar(pod: Pod): void {
    const sidecar = sidecarWithoutCapture(pod);
    const key = `${sidecar?.metadata.namespace}/${sidecar?.metadata.name}`;
    if (sidecar && !this.sidecars.has(key)) {
      this.sidecars.add(key);
      void applyWhenTaken(this.around.controlPlane.client, sidecar, this.stopping.signal);
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
