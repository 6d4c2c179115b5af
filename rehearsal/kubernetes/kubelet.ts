import * as fs from "node:fs";
import * as http from "node:http";
import * as net from "node:net";
import type { Duplex } from "node:stream";
import * as tls from "node:tls";
import type { KeyPair } from "../certificates";
import type { PlayedPods } from "./playedPods";
import { portForward } from "./portForward";
import { portForwardByWebsocket } from "./portForwardWebsocket";

/**
 * What the API server finds at a node's port 10250. Logs of played pods come from their processes, and those with a
 * network of their own are dialled there; everything else goes to kwok. kwok knows which loopback ports belong to a slot, not to a pod: played pods go to it under their slot's name.
 */
export class Kubelet {
  private readonly server: http.Server;
  private readonly context: tls.SecureContext;

  constructor(
    private readonly pods: PlayedPods,
    private readonly kwokPort: number,
    pair: KeyPair,
  ) {
    this.context = tls.createSecureContext({ cert: pair.certificate, key: pair.key });
    this.server = http.createServer((request, response) => this.answer(request, response));
    this.server.on("upgrade", (request, connection, head) => this.upgrade(request, connection, head));
  }

  /** Takes a connection that the API server has opened to a node. */
  accept(connection: Duplex): void {
    const secure = new tls.TLSSocket(connection, {
      isServer: true,
      secureContext: this.context,
    });
    secure.on("error", () => connection.destroy());
    this.server.emit("connection", secure);
  }

  private answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const url = new URL(request.url ?? "/", "http://node");
    const [, verb, namespace = "", name = "", container = ""] = url.pathname.split("/");
    const log = verb === "containerLogs" ? this.pods.logOf(namespace, name, container) : undefined;
    if (log !== undefined) {
      sendLog(log, url.searchParams, response);
      return;
    }
    const forwarded = http.request(
      {
        port: this.kwokPort,
        host: "127.0.0.1",
        method: request.method,
        path: request.url,
        headers: request.headers,
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    forwarded.on("error", (error) => response.writeHead(502).end(error.message));
    request.pipe(forwarded);
  }

  private upgrade(request: http.IncomingMessage, connection: Duplex, head: Buffer): void {
    const [, verb, namespace = "", name = ""] = (request.url ?? "/").split(/[/?]/);
    const dial = verb === "portForward" ? this.pods.dialOf(namespace, name) : undefined;
    if (dial && request.headers.upgrade?.toLowerCase() === "websocket") {
      portForwardByWebsocket(request, connection, head, dial);
      return;
    }
    if (dial) {
      connection.unshift(head);
      portForward(connection, dial);
      return;
    }
    const target = net.connect(this.kwokPort, "127.0.0.1");
    target.on("error", () => connection.destroy());
    connection.on("error", () => target.destroy());
    connection.on("close", () => target.destroy());
    const lines = [`${request.method} ${this.pathInKwok(request.url ?? "/")} HTTP/1.1`];
    for (let at = 0; at < request.rawHeaders.length; at += 2) {
      lines.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`);
    }
    target.write(`${lines.join("\r\n")}\r\n\r\n`);
    target.write(head);
    connection.pipe(target).pipe(connection);
  }

  private pathInKwok(path: string): string {
    const [, namespace = "", name = ""] = /^\/portForward\/([^/?]+)\/([^/?]+)/.exec(path) ?? [];
    const played = this.pods.find(namespace, name);
    return played ? path.replace(name, played.slot.name) : path;
  }
}

/** `kubectl logs`: the whole file or its last lines, and with `follow` what is added, until the caller leaves. */
function sendLog(file: string, options: URLSearchParams, response: http.ServerResponse): void {
  const all = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  const wanted = options.get("tailLines");
  const lines = all.split(/(?<=\n)/);
  response.writeHead(200, { "content-type": "text/plain" });
  response.write(wanted === null ? all : lines.slice(Math.max(0, lines.length - Number(wanted))).join(""));
  if (options.get("follow") !== "true") {
    response.end();
    return;
  }
  let sent = Buffer.byteLength(all);
  const more = () =>
    fs.createReadStream(file, { start: sent }).on("data", (data) => {
      sent += data.length;
      response.write(data);
    });
  fs.watchFile(file, { interval: 500 }, more);
  response.on("close", () => fs.unwatchFile(file, more));
}
