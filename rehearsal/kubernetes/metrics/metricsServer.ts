import * as fs from "node:fs";
import * as http from "node:http";
import * as path from "node:path";
import type { Duplex } from "node:stream";
import * as tls from "node:tls";
import type { KeyPair } from "../../certificates";
import { ApiError, type ApiClient, type ApiObject } from "../client";
import { listOf, nodeMetrics, notFound, podMetrics, resources, root } from "./answers";
import { History, type Rate } from "./history";
import { metricsObjects } from "./objects";
import { keyOf, type MeasuredPod, podSamples, readySince } from "./podSamples";
import { usageByFolder } from "./usage";

type Pod = MeasuredPod & ApiObject;

/** How often usage is measured, in ms. */
const interval = 3000;

/**
 * The cluster's metrics server: what its pods' processes use, as `metrics.k8s.io`. Only the API server can reach it, and has
 * asked before whether the caller may.
 */
export class MetricsServer {
  private readonly server = http.createServer((request, response) => void this.serve(request, response));
  private readonly context: tls.SecureContext;
  private readonly pods = new Map<string, Pod>();
  private readonly history = new History();
  private readonly stopping = new AbortController();
  private timer?: NodeJS.Timeout;

  /** @param folder the cluster's; pods that processes play have theirs in `pods/` */
  constructor(
    private readonly client: ApiClient,
    private readonly folder: string,
    pair: KeyPair,
  ) {
    this.context = tls.createSecureContext({ cert: pair.certificate, key: pair.key });
  }

  /** Measures from now on, and registers the API. */
  async start(): Promise<void> {
    const { signal } = this.stopping;
    this.client.watch("v1", "Pod", (type, pod) => this.observe(type, pod as Pod), { signal });
    this.timer = setInterval(() => void this.measure(), interval);
    this.timer.unref();
    for (const object of metricsObjects) {
      await this.client.apply(object, { fieldManager: "rehearsal", force: true });
    }
  }

  stop(): void {
    this.stopping.abort();
    clearInterval(this.timer);
  }

  /** Takes a connection that the API server has opened to the Service. */
  accept(connection: Duplex): void {
    const secure = new tls.TLSSocket(connection, { isServer: true, secureContext: this.context });
    secure.on("error", () => connection.destroy());
    this.server.emit("connection", secure);
  }

  private observe(type: string, pod: Pod): void {
    if (type === "DELETED") {
      this.pods.delete(pod.metadata.uid);
    } else {
      this.pods.set(pod.metadata.uid, pod);
    }
  }

  private async measure(): Promise<void> {
    const folder = path.join(fs.realpathSync(this.folder), "pods");
    const measured = await usageByFolder(folder);
    const now = Date.now();
    this.history.add(podSamples([...this.pods.values()], folder, measured, now), now);
  }

  private async serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { status, body } = await this.answer(new URL(request.url ?? "/", "http://metrics")).catch(
      (error: unknown) => ({
        status: error instanceof ApiError ? error.status : 500,
        body: error instanceof ApiError ? error.body : String(error),
      }),
    );
    const text = typeof body === "string" ? body : JSON.stringify(body);
    response.writeHead(status, { "content-type": "application/json" }).end(text);
  }

  private async answer({ pathname, searchParams }: URL): Promise<{ status: number; body: unknown }> {
    const found = (body: unknown) => ({ status: 200, body });
    const missing = (resource: string, name: string) => ({ status: 404, body: notFound(resource, name) });
    if (pathname === root) {
      return found(resources);
    }
    const [, namespace, resource = "", name] =
      new RegExp(`^${root}(?:/namespaces/([^/]+))?/(pods|nodes)(?:/([^/]+))?$`).exec(pathname) ?? [];
    if (resource === "") {
      return missing("resource", pathname);
    }
    const selected = await this.select(resource === "pods" ? "Pod" : "Node", namespace, name, searchParams);
    const items = selected.flatMap((object): object[] =>
      resource === "pods" ? this.podMetrics(object as Pod) : this.nodeMetrics(object),
    );
    if (name === undefined) {
      return found(listOf(resource === "pods" ? "PodMetrics" : "NodeMetrics", items));
    }
    const [item] = items;
    return item ? found(item) : missing(resource, [namespace, name].filter(Boolean).join("/"));
  }

  /** Selectors are the API server's to understand. */
  private async select(
    kind: "Pod" | "Node",
    namespace: string | undefined,
    name: string | undefined,
    query: URLSearchParams,
  ): Promise<ApiObject[]> {
    if (name !== undefined) {
      const object = await this.client.get("v1", kind, name, namespace);
      return object ? [object] : [];
    }
    return this.client.list("v1", kind, {
      namespace,
      labelSelector: query.get("labelSelector") ?? undefined,
      fieldSelector: query.get("fieldSelector") ?? undefined,
    });
  }

  /** Nothing for a pod of which not every container has been measured. */
  private podMetrics(pod: Pod) {
    const containers = pod.spec.containers.flatMap(({ name }) => {
      const rate = this.rateOf(pod, name);
      return rate ? [{ name, rate }] : [];
    });
    const complete = containers.length > 0 && containers.length === pod.spec.containers.length;
    return complete ? [podMetrics(pod.metadata, containers)] : [];
  }

  private nodeMetrics(node: ApiObject) {
    const pods = [...this.pods.values()].filter(({ spec }) => spec.nodeName === node.metadata.name);
    const rates = pods.flatMap((pod) =>
      pod.spec.containers.flatMap(({ name }) => this.rateOf(pod, name) ?? []),
    );
    const now: Rate = { cpu: 0, memoryBytes: 0, at: Date.now(), windowMs: interval };
    return [nodeMetrics(node.metadata, [...rates, now])];
  }

  private rateOf(pod: Pod, container: string): Rate | undefined {
    return this.history.rate(keyOf(pod, container), readySince(pod));
  }
}
