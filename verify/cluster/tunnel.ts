import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import type { Duplex } from "node:stream";
import * as tls from "node:tls";
import { getProxyForUrl } from "proxy-from-env";
import { late } from "../late";

/**
 * A connection to a host, through the proxy that the environment names for it (HTTPS_PROXY, NO_PROXY), if any.
 *
 * @param timeout seconds that it may take.
 * @throws with the proxy's own reason when it refuses.
 */
export function connect(host: string, port: number, timeout: number): Promise<net.Socket> {
  const proxy = getProxyForUrl(`https://${host}:${port}`);
  return proxy ? connectThrough(new URL(proxy), host, port, timeout) : connectDirectly(host, port, timeout);
}

function connectDirectly(host: string, port: number, timeout: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port });
    const tooLate = () => socket.destroy(new Error(late("no answer", timeout)));
    socket.setTimeout(timeout * 1000, tooLate);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.setTimeout(0, tooLate);
      resolve(socket);
    });
  });
}

function connectThrough(proxy: URL, host: string, port: number, timeout: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const target = `${host}:${port}`;
    const request = (proxy.protocol === "https:" ? https : http).request({
      host: proxy.hostname,
      port: proxy.port || (proxy.protocol === "https:" ? 443 : 80),
      method: "CONNECT",
      path: target,
      headers: { host: target, ...authorization(proxy) },
      timeout: timeout * 1000,
      agent: false,
    });
    request.once("timeout", () => request.destroy(new Error(late("no answer", timeout))));
    request.once("connect", (answer, socket) => {
      if (answer.statusCode === 200) {
        socket.setTimeout(0);
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(
        new Error(`the proxy ${proxy.host} answers ${answer.statusCode}: ${answer.statusMessage ?? ""}`),
      );
    });
    request.once("error", reject);
    request.end();
  });
}

function authorization({ username, password }: URL): Record<string, string> {
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return username ? { "proxy-authorization": `Basic ${Buffer.from(pair).toString("base64")}` } : {};
}

/** Keeps connections open, which go through the environment's proxy. */
export class TunnelAgent extends https.Agent {
  /** @param timeout seconds that a connection may take. */
  constructor(private readonly timeout: number) {
    super({ keepAlive: true, maxSockets: 24 });
  }

  override createConnection(
    options: http.ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const { host, port } = options;
    const name = String(host);
    connect(name, Number(port), this.timeout).then(
      (socket) =>
        callback?.(
          null,
          tls.connect({ ...(options as tls.ConnectionOptions), ...serverName(options), socket }),
        ),
      (error: Error) => callback?.(error, undefined as unknown as Duplex),
    );
    return undefined;
  }
}

/** An address is no server name (RFC 6066). */
function serverName(options: { servername?: string; host?: string | null } & object): {
  servername?: string;
} {
  const name = options.servername || options.host || "";
  return net.isIP(name) ? {} : { servername: name };
}
