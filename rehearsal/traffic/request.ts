import * as http from "node:http";
import type { X509Certificate } from "node:crypto";
import * as tls from "node:tls";
import type { Traffic } from "./traffic";

export interface EdgeRequest {
  /** The region that the client is nearest to. */
  from: string;
  scheme: "http" | "https";
  /** Default: `GET`. Load balancers and proxies send no other one twice. */
  method?: string;
  path?: string;
  /** Default: the global address. */
  host?: string;
  /** Seconds that an answer may take. Default: 10. */
  timeout?: number;
  /** Gives up, with an error. */
  signal?: AbortSignal;
}

export interface EdgeAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
  /** What the load balancer showed; undefined for plain HTTP. */
  certificate?: X509Certificate;
}

/** One request to the global address, on a connection of its own. @throws Error when there is no answer in time. */
export async function requestEdge(traffic: Traffic, request: EdgeRequest): Promise<EdgeAnswer> {
  const { from, scheme, method, path = "/", timeout = 10, signal } = request;
  const { host = traffic.balancers()[0]?.address ?? "" } = request;
  const socket = await traffic.connectEdge(from, scheme === "https" ? 443 : 80);
  signal?.addEventListener("abort", () => socket.destroy(new Error("given up")), { once: true });
  const secure = scheme === "https" ? await handshake(socket) : undefined;
  return new Promise((resolve, reject) => {
    const options = { createConnection: () => secure ?? socket, host, method, path, signal };
    const sent = http.request(options, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers, body, certificate: secure?.getPeerX509Certificate() });
        socket.destroy();
      });
    });
    // As an option it would be for connections that Node makes.
    sent.setTimeout(timeout * 1000, () => sent.destroy(new Error(`no answer in ${timeout} s`)));
    sent.on("error", (error) => {
      socket.destroy();
      reject(error);
    });
    sent.end();
  });
}

/** Whether the certificate is trusted is the caller's question. */
function handshake(socket: NonNullable<tls.ConnectionOptions["socket"]>): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = tls.connect({ socket, rejectUnauthorized: false }, () => resolve(secure));
    secure.on("error", reject);
  });
}
