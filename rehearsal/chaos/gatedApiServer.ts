import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import * as tls from "node:tls";
import { type Ca, issue } from "../certificates";
import { freePort } from "../ports";
import type { ApiCall, Gate, Reply } from "./gate";

export interface GatedApiServerSpec {
  cluster: string;
  /** The host name under which clients know the API server, and the authority that they trust for it. */
  dnsEndpoint: string;
  publicCa: Ca;
  /** The API server itself, on loopback. */
  port: number;
  ca: string;
  gate: Gate;
}

export interface GatedApiServer {
  /** On 127.0.0.1. */
  port: number;
  close(): void;
}

/**
 * An API server's DNS endpoint with a gate in front of it, as Google's front end stands before a control plane: TLS ends
 * here. Watches and streams to pods go through as they are.
 */
export async function gateApiServer(spec: GatedApiServerSpec): Promise<GatedApiServer> {
  const { certificate, key } = issue(spec.publicCa, { cn: spec.dnsEndpoint, dns: [spec.dnsEndpoint] });
  const agent = new https.Agent({ keepAlive: true, ca: spec.ca });
  const server = https.createServer({ cert: certificate, key }, (request, response) => {
    void answer(spec, agent, request, response).catch(() => response.destroy());
  });
  server.requestTimeout = 0;
  // An API server keeps idle connections for minutes; Node.js for 5 s, and a client that comes then finds a closed one.
  server.keepAliveTimeout = 180_000;
  const streams = new Set<Duplex>();
  server.on("upgrade", (request, socket, head) => {
    streams.add(socket.on("close", () => streams.delete(socket)));
    passOn(spec, request, socket, head);
  });
  const port = await freePort();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
      streams.forEach((socket) => socket.destroy());
      agent.destroy();
    },
  };
}

async function answer(
  { cluster, port, gate }: GatedApiServerSpec,
  agent: https.Agent,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "https://127.0.0.1");
  const body = await bytes(request);
  const forward = (signal?: AbortSignal) =>
    new Promise<http.IncomingMessage>((resolve, reject) => {
      const { method, headers } = request;
      https
        // Without a server name: Node.js would take that of the Host header, which is the endpoint's and not this server's.
        .request(
          { host: "127.0.0.1", servername: "", port, method, path: request.url, headers, agent, signal },
          resolve,
        )
        .on("error", reject)
        .end(body);
    });
  if (/^(1|true)$/.test(url.searchParams.get("watch") ?? "")) {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const watched = await forward(gone.signal);
    response.writeHead(watched.statusCode ?? 500, watched.headers);
    watched.on("error", () => response.destroy()).pipe(response);
    return;
  }
  const reply = await gate(callOf(cluster, request.method ?? "GET", url), async () => {
    const answered = await forward();
    return { status: answered.statusCode ?? 500, headers: answered.headers, body: await bytes(answered) };
  });
  if (!reply) {
    request.socket.destroy();
    return;
  }
  send(response, reply);
}

/** A request that becomes a stream, such as a forwarded port, byte by byte. */
function passOn(
  { port, ca }: GatedApiServerSpec,
  { method, url, rawHeaders }: http.IncomingMessage,
  client: Duplex,
  head: Buffer,
): void {
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  }
  const upstream = tls.connect({ host: "127.0.0.1", port, ca });
  upstream.write(`${lines.join("\r\n")}\r\n\r\n`);
  upstream.write(head);
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    one.on("error", () => other.destroy()).on("close", () => other.destroy());
    one.pipe(other);
  }
}

export function callOf(cluster: string, method: string, url: URL): ApiCall {
  const verbs: Record<string, ApiCall["operation"]> = {
    POST: "create",
    PATCH: "apply",
    PUT: "update",
    DELETE: "delete",
  };
  // Questions that are asked with a POST: what somebody may do.
  const asks = url.searchParams.has("dryRun") || url.pathname.startsWith("/apis/authorization.k8s.io/");
  return {
    api: cluster,
    operation: asks ? "read" : (verbs[method] ?? "read"),
    subject: url.pathname,
  };
}

function send(response: http.ServerResponse, { status, headers, body }: Reply): void {
  // It was read whole: its length is known, and its chunks are gone.
  const { "transfer-encoding": _chunked, ...rest } = headers;
  response.writeHead(status, { ...rest, "content-length": String(body.length) }).end(body);
}

async function bytes(stream: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
