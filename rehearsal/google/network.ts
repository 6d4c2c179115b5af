import * as http from "node:http";
import * as net from "node:net";
import { freePort } from "../ports";
import { decide, internet, type ClusterRoute, type Decision } from "./routing";

export { decide, internet, type ClusterRoute, type Decision } from "./routing";

/** A connection that a client asked for. */
export interface Attempt {
  at: Date;
  /** `internet`, or the cluster whose pods call. */
  from: string;
  /** `host:port` as the client wrote it. */
  target: string;
  decision: Decision;
}

/** A connection to an address on the internet, by somebody else; undefined: nobody has that address. */
export type Elsewhere = (host: string, port: number) => Promise<net.Socket> | undefined;

/**
 * The network between clients and control planes, as a CONNECT proxy on loopback with one listener per point of view.
 * Refusals answer 403 (a rule of Google's forbids it) or 502 (nothing is there), with the reason as status text and body.
 */
export class RehearsedNetwork {
  /** The newest 200 refusals. */
  readonly refusals: Attempt[] = [];
  private readonly clusters = new Map<string, ClusterRoute>();
  private readonly listeners = new Map<string, Promise<{ server: http.Server; url: string }>>();
  private readonly sockets = new Set<net.Socket>();
  private closed = false;
  private elsewhere: Elsewhere = () => undefined;

  /** @param log takes one line for each refusal */
  constructor(private readonly log: (line: string) => void = () => undefined) {}

  /** Adds a cluster or changes what is known about it. */
  setCluster(route: ClusterRoute): void {
    this.clusters.set(route.name, route);
  }

  removeCluster(name: string): void {
    this.clusters.delete(name);
  }

  /** What clients on the internet reach besides control planes. */
  setElsewhere(elsewhere: Elsewhere): void {
    this.elsewhere = elsewhere;
  }

  routes(): ClusterRoute[] {
    return [...this.clusters.values()];
  }

  /**
   * The proxy's address (`http://127.0.0.1:<port>`) for a point of view; the listener is made at the first call.
   * A cluster may ask for its listener before the cluster is known here: decisions are made for each connection.
   *
   * @param from `internet` or a cluster's name
   * @param port a fixed port; by default a free one
   */
  async proxyFor(from: string = internet, port?: number): Promise<string> {
    if (this.closed) throw new Error("the rehearsed network is closed");
    let listener = this.listeners.get(from);
    if (!listener) {
      listener = this.listen(from, port);
      this.listeners.set(from, listener);
      listener.catch(() => this.listeners.delete(from));
    }
    return (await listener).url;
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const socket of this.sockets) socket.destroy();
    const listeners = await Promise.allSettled(this.listeners.values());
    for (const listener of listeners)
      if (listener.status === "fulfilled")
        await new Promise((resolve) => listener.value.server.close(() => resolve(undefined)));
    this.listeners.clear();
  }

  private async listen(from: string, wanted?: number): Promise<{ server: http.Server; url: string }> {
    const port = wanted ?? (await freePort());
    const server = http.createServer((request, response) => {
      const reason = `this proxy only tunnels: ${request.method} ${request.url} is not CONNECT`;
      this.log(`network: from ${from}: ${reason}`);
      response.writeHead(403, { "content-type": "text/plain" }).end(`${reason}\n`);
    });
    server.on("connection", (socket) => this.track(socket));
    server.on("connect", (request, socket: net.Socket, head) =>
      this.tunnel(from, request.url ?? "", socket, head),
    );
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => resolve());
    });
    return { server, url: `http://127.0.0.1:${port}` };
  }

  private tunnel(from: string, target: string, client: net.Socket, head: Buffer): void {
    client.on("error", () => client.destroy());
    const [, host = "", port = ""] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(target) ?? [];
    const refuse = (status: 403 | 502, reason: string) =>
      this.refuse({ at: new Date(), from, target, decision: { allowed: false, status, reason } }, client);
    const opening = from === internet ? this.elsewhere(host, Number(port)) : undefined;
    if (opening) {
      opening.then(
        (upstream) => this.join(client, upstream, head),
        (error: Error) => refuse(502, `${target}: ${error.message}`),
      );
      return;
    }
    const decision = decide(this.routes(), from, host, Number(port));
    if (!decision.allowed) {
      refuse(decision.status, decision.reason);
      return;
    }
    const upstream = net.connect(decision.port, "127.0.0.1");
    const failed = (error: Error) =>
      refuse(
        502,
        `${target}: the control plane of cluster ${decision.cluster} does not answer (${error.message})`,
      );
    upstream.once("error", failed);
    upstream.once("connect", () => {
      upstream.off("error", failed);
      this.join(client, upstream, head);
    });
    client.on("close", () => upstream.destroy());
  }

  private join(client: net.Socket, upstream: net.Socket, head: Buffer): void {
    this.track(upstream);
    upstream.on("error", () => client.destroy());
    upstream.on("close", () => client.destroy());
    client.on("close", () => upstream.destroy());
    if (client.destroyed) {
      upstream.destroy();
      return;
    }
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    if (head.length > 0) upstream.write(head);
    upstream.setNoDelay(true);
    client.setNoDelay(true);
    upstream.pipe(client).pipe(upstream);
  }

  private refuse(attempt: Attempt, client: net.Socket): void {
    const { decision } = attempt;
    if (decision.allowed) return;
    const { status, reason } = decision;
    this.refusals.push(attempt);
    if (this.refusals.length > 200) this.refusals.shift();
    this.log(`network: from ${attempt.from}: ${status} ${reason}`);
    // Clients print the status text (Go's: `Forbidden`-like text after the code), so the reason goes there too.
    client.end(
      `HTTP/1.1 ${status} ${reason.replace(/[^\x20-\x7e]/g, " ")}\r\n` +
        `content-type: text/plain\r\ncontent-length: ${Buffer.byteLength(reason) + 1}\r\nconnection: close\r\n\r\n${reason}\n`,
    );
  }

  private track(socket: net.Socket): void {
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
  }
}
