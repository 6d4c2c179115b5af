import { X509Certificate } from "node:crypto";
import * as http from "node:http";
import type { Duplex } from "node:stream";
import * as tls from "node:tls";
import { type KubernetesObject, labelOf } from "./objects";
import { type MeshCluster, readyIstiods } from "./mesh";
import { messageOf } from "./check";

/** `/debug/clusterz`: one entry per cluster whose API server this istiod reads, its own included. */
export interface ClusterState {
  id: string;
  syncStatus: string;
}

/** One entry of `/debug/syncz`. From Istio 1.23 on it has `resources`, and by them says what a proxy refused. */
interface SyncStatus {
  proxy?: string;
  resources?: Record<string, { lastError?: string }>;
  [field: string]: unknown;
}

/** What a proxy has made of what it was sent. */
export interface ProxyState {
  /** `<pod>.<namespace>` */
  proxy: string;
  /** Its own words. */
  refused: string[];
  /** What was sent and is not acknowledged: a kind and a nonce. */
  pending: string[];
}

/** `/debug/networkz`: a gateway by which a network is reached; `Addr` is an address or a host name. */
export interface NetworkGateway {
  Network: string;
  Cluster: string;
  Addr: string;
  Port: number;
}

export interface Endpoint {
  Addresses?: string[];
  /** Up to Istio 1.23. */
  Address?: string;
  Network?: string;
}

/** `/debug/endpointShardz`: service -> namespace -> endpoints, by the cluster that they come from. */
type EndpointShards = Record<string, Record<string, { Shards?: Record<string, Endpoint[]> } | null>>;

/** One istiod, reached on its pod's loopback: there the debug pages ask for no token. */
export class Istiod {
  constructor(
    private readonly cluster: MeshCluster,
    readonly pod: KubernetesObject,
  ) {}

  get name(): string {
    return this.pod.metadata.name;
  }

  clusters(): Promise<ClusterState[]> {
    return this.debug<ClusterState[]>("clusterz", []);
  }

  networkGateways(): Promise<NetworkGateway[]> {
    return this.debug<NetworkGateway[]>("networkz", []);
  }

  /** A service's endpoints as this istiod knows them, by cluster. `service` is its full name. */
  async endpoints(service: string, namespace: string): Promise<Record<string, Endpoint[]>> {
    const all = await this.debug<EndpointShards>("endpointShardz", {});
    const shards = all[service]?.[namespace]?.Shards ?? {};
    // A shard is named `<registry>/<cluster>`.
    return Object.fromEntries(
      Object.entries(shards).map(([shard, list]) => [shard.replace(/^[^/]*\//, ""), list]),
    );
  }

  async proxies(): Promise<ProxyState[]> {
    return (await this.debug<SyncStatus[]>("syncz", [])).map(proxyState);
  }

  dial(port: number): Promise<Duplex> {
    return this.cluster.api.dial(this.pod.metadata.namespace ?? "", this.name, port);
  }

  /** A name that its certificate has. */
  get serverName(): string {
    const revision = labelOf(this.pod, "istio.io/rev");
    const service = revision && revision !== "default" ? `istiod-${revision}` : "istiod";
    return `${service}.${this.pod.metadata.namespace}.svc`;
  }

  /** The chain that it shows on port 15012: its certificate, then the intermediate that signed it, and so on. */
  async servedChain(): Promise<X509Certificate[]> {
    // The chain is what is asked for; whether it holds is the caller's question.
    const socket = await secured(await this.dial(15012), {
      servername: this.serverName,
      rejectUnauthorized: false,
    });
    const chain = chainOf(socket);
    socket.destroy();
    return chain;
  }

  private async debug<T>(page: string, empty: T): Promise<T> {
    const stream = await this.dial(15014);
    try {
      const text = await new Promise<string>((resolve, reject) => {
        stream.on("error", reject);
        const request = http.get({ createConnection: () => stream, path: `/debug/${page}` }, (answer) => {
          let body = "";
          answer.setEncoding("utf8");
          answer.on("data", (part: string) => (body += part));
          answer.on("error", reject);
          answer.on("end", () =>
            answer.statusCode === 200
              ? resolve(body)
              : reject(new Error(`/debug/${page} answers ${answer.statusCode}: ${body.trim()}`)),
          );
        });
        request.on("error", reject);
      });
      return (JSON.parse(text) as T | null) ?? empty;
    } finally {
      stream.destroy();
    }
  }
}

/** @param status of one proxy in `/debug/syncz`. */
export function proxyState(status: SyncStatus): ProxyState {
  const kinds = ["cluster", "listener", "route", "endpoint"];
  const errors = Object.values(status.resources ?? {}).flatMap(({ lastError }) => lastError?.trim() || []);
  return {
    proxy: status.proxy ?? "",
    refused: [...new Set(errors)],
    pending: kinds.flatMap((kind) => {
      const [sent, acked] = [status[`${kind}_sent`], status[`${kind}_acked`]];
      return typeof sent === "string" && sent !== "" && sent !== acked ? [`${kind} ${sent}`] : [];
    }),
  };
}

/** TLS over a stream. */
export function secured(stream: Duplex, options: tls.ConnectionOptions): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ ...options, socket: stream });
    // Errors may come more than once, and after the handshake: then they are those of whoever reads.
    stream.on("error", reject);
    socket.on("error", reject);
    socket.once("close", () => reject(new Error("the connection was closed during the TLS handshake")));
    socket.once("secureConnect", () => resolve(socket));
  });
}

/** What the other side of a connection has shown, leaf first. */
export function chainOf(socket: tls.TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next: tls.DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (next?.raw && next.fingerprint256 !== chain.at(-1)?.fingerprint256) {
    chain.push(new X509Certificate(next.raw));
    next = next.issuerCertificate;
  }
  return chain;
}

/** Asks each ready istiod of the cluster; the problems of all, each with the pod's name. @throws when none is ready */
export async function problemsOfIstiods(
  cluster: MeshCluster,
  ask: (istiod: Istiod) => Promise<string[]>,
): Promise<{ problems: string[]; count: number }> {
  const pods = await readyIstiods(cluster);
  const problems = pods.map(async (pod) => {
    const istiod = new Istiod(cluster, pod);
    const found = await ask(istiod).catch((error: unknown) => [messageOf(error)]);
    return found.map((problem) => `${istiod.name}: ${problem}`);
  });
  return { problems: (await Promise.all(problems)).flat(), count: pods.length };
}
