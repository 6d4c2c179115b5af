import type * as kubernetes from "@kubernetes/client-node" with { "resolution-mode": "import" };
import * as fs from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import type { Duplex } from "node:stream";
import { getProxyForUrl } from "proxy-from-env";
import { late } from "../late";
import type { KubernetesObject } from "../objects";
import { collectionPath, type Kind, type NewObject } from "./kinds";
import { podStream } from "./podStream";
import { TunnelAgent } from "./tunnel";

/** The API server refused. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export interface RequestOptions {
  query?: Record<string, string>;
  body?: unknown;
  headers?: Record<string, string>;
}

/** What a check asks of a cluster. */
export interface Api {
  /** @throws ApiError */
  request<T>(method: string, path: string, options?: RequestOptions): Promise<T>;
  /** Undefined where the object, or its kind, does not exist. */
  get(
    apiVersion: string,
    kind: Kind,
    name: string,
    namespace?: string,
  ): Promise<KubernetesObject | undefined>;
  /** Empty where the kind does not exist. */
  list(
    apiVersion: string,
    kind: Kind,
    options?: { namespace?: string; labelSelector?: string },
  ): Promise<KubernetesObject[]>;
  create(
    object: NewObject,
    options?: { dryRun?: boolean; headers?: Record<string, string> },
  ): Promise<KubernetesObject>;
  delete(apiVersion: string, kind: Kind, name: string, namespace?: string): Promise<void>;
  /** A connection to a port of a pod, by the API server and the pod's kubelet: the port may listen on the pod's loopback only. */
  dial(namespace: string, pod: string, port: number): Promise<Duplex>;
}

/** One cluster's API server, by a kubeconfig with its credential plugin and the environment's proxy. */
export class ClusterClient implements Api {
  private readonly agent: http.Agent;
  private readonly forward: kubernetes.PortForward;
  private signedIn: Promise<unknown> | undefined;

  private constructor(
    private readonly config: kubernetes.KubeConfig,
    client: typeof kubernetes,
    private readonly server: URL,
    private readonly timeout: number,
  ) {
    this.agent = server.protocol === "http:" ? new http.Agent({ keepAlive: true }) : new TunnelAgent(timeout);
    this.forward = new client.PortForward(withHandshakeTimeout(config, timeout));
  }

  /**
   * @param timeout seconds that an answer may take.
   * @throws when the kubeconfig names no cluster.
   */
  static async fromKubeconfig(kubeconfig: string, timeout: number): Promise<ClusterClient> {
    const client = await import("@kubernetes/client-node");
    const config = new client.KubeConfig();
    config.loadFromString(kubeconfig);
    const cluster = config.getCurrentCluster();
    if (!cluster) {
      throw new Error("its kubeconfig has no current context");
    }
    const proxy = getProxyForUrl(cluster.server);
    Object.assign(
      cluster,
      proxy && { proxyUrl: proxy },
      !cluster.caData && !cluster.caFile && trustedRoots(),
    );
    return new ClusterClient(config, client, new URL(cluster.server), timeout);
  }

  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const { agent: _, ...connection } = await this.connection();
    const query = new URLSearchParams(options.query).toString();
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    return new Promise((resolve, reject) => {
      const request = (this.server.protocol === "http:" ? http : https).request(
        {
          ...connection,
          agent: this.agent,
          host: this.server.hostname,
          port: this.server.port || (this.server.protocol === "http:" ? 80 : 443),
          method,
          path: `${this.server.pathname.replace(/\/$/, "")}${path}${query && `?${query}`}`,
          headers: {
            ...connection.headers,
            accept: "application/json",
            ...(body === undefined ? {} : { "content-type": "application/json" }),
            ...options.headers,
          },
          timeout: this.timeout * 1000,
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.on("error", reject);
          answer.on("end", () => {
            const text = Buffer.concat(chunks).toString("utf8");
            const code = answer.statusCode ?? 0;
            if (code < 400) {
              resolve((text === "" ? undefined : JSON.parse(text)) as T);
            } else {
              reject(new ApiError(code, messageIn(text) ?? `${method} ${path}: HTTP ${code}`));
            }
          });
        },
      );
      request.on("timeout", () => request.destroy(new Error(late("no answer", this.timeout))));
      request.on("error", (error) =>
        reject(new Error(`${this.server.host}: ${error.message}`, { cause: error })),
      );
      request.end(body);
    });
  }

  get(apiVersion: string, kind: Kind, name: string, namespace?: string) {
    const path = `${collectionPath(apiVersion, kind, namespace)}/${encodeURIComponent(name)}`;
    return this.request<KubernetesObject>("GET", path).catch(unlessMissing);
  }

  async list(
    apiVersion: string,
    kind: Kind,
    { namespace, labelSelector }: { namespace?: string; labelSelector?: string } = {},
  ): Promise<KubernetesObject[]> {
    const found = await this.request<{ items?: KubernetesObject[] | null }>(
      "GET",
      collectionPath(apiVersion, kind, namespace),
      { query: labelSelector ? { labelSelector } : {} },
    ).catch(unlessMissing);
    return (found?.items ?? []).map((item) => ({ ...item, apiVersion, kind }));
  }

  create(
    object: NewObject,
    { dryRun, headers }: { dryRun?: boolean; headers?: Record<string, string> } = {},
  ): Promise<KubernetesObject> {
    const path = collectionPath(object.apiVersion, object.kind, object.metadata.namespace);
    return this.request("POST", path, { body: object, headers, query: dryRun ? { dryRun: "All" } : {} });
  }

  async delete(apiVersion: string, kind: Kind, name: string, namespace?: string): Promise<void> {
    const path = `${collectionPath(apiVersion, kind, namespace)}/${encodeURIComponent(name)}`;
    await this.request("DELETE", path, { query: { gracePeriodSeconds: "0" } }).catch(unlessMissing);
  }

  async dial(namespace: string, pod: string, port: number): Promise<Duplex> {
    await this.connection();
    return podStream(this.forward, { namespace, pod, port }, this.timeout);
  }

  close(): void {
    this.agent.destroy();
  }

  private async connection(): Promise<https.RequestOptions> {
    // The plugin is asked once, not by each of the first requests.
    this.signedIn ??= this.config.applyToHTTPSOptions({});
    await this.signedIn;
    const options: https.RequestOptions = {};
    await this.config.applyToHTTPSOptions(options);
    return options;
  }
}

/** The websocket of a forwarded port takes its options from here, and would wait for its handshake for ever. */
function withHandshakeTimeout(config: kubernetes.KubeConfig, timeout: number): kubernetes.KubeConfig {
  const own = Object.create(config) as kubernetes.KubeConfig;
  own.applyToHTTPSOptions = async (options) => {
    await config.applyToHTTPSOptions(options);
    Object.assign(options, { handshakeTimeout: timeout * 1000 });
  };
  return own;
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof ApiError) || error.status !== 404) {
    throw error;
  }
}

function messageIn(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { message?: string }).message;
  } catch {
    return text.trim() || undefined;
  }
}

/** As kubectl does, the file in SSL_CERT_FILE is trusted in the place of the roots of the system. */
function trustedRoots(): { caFile?: string } {
  const file = process.env.SSL_CERT_FILE;
  return file && fs.existsSync(file) ? { caFile: file } : {};
}
