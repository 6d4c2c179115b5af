import * as http from "node:http";
import * as net from "node:net";
import * as tls from "node:tls";
import { X509Certificate } from "node:crypto";
import { connect } from "./cluster/tunnel";

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
  /** Of an answer by HTTPS. */
  certificate?: X509Certificate;
}

/** This machine does not get as far as a connection, which says nothing about who would answer. */
export class Unreachable extends Error {}

/** One request to an address, as a browser would send it to a name. @throws Unreachable */
export async function visit(
  address: string,
  { secure, host, path = "/" }: { secure: boolean; host: string; path?: string },
): Promise<Answer> {
  const port = secure ? 443 : 80;
  const socket = await connect(address, port).catch((error: unknown) => {
    throw new Unreachable(error instanceof Error ? error.message : String(error));
  });
  try {
    const stream = secure ? await encrypted(socket, host) : socket;
    const answer = await request(stream, host, path);
    const raw = stream instanceof tls.TLSSocket ? stream.getPeerCertificate().raw : undefined;
    return { ...answer, ...(raw ? { certificate: new X509Certificate(raw) } : {}) };
  } finally {
    socket.destroy();
  }
}

/** Who answers is judged by whoever asks. */
function encrypted(socket: net.Socket, host: string): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = tls.connect({
      socket,
      rejectUnauthorized: false,
      ...(net.isIP(host) ? {} : { servername: host }),
    });
    secure.setTimeout(10_000, () => secure.destroy(new Error("no TLS handshake in 10 s")));
    secure.on("error", reject);
    secure.once("secureConnect", () => resolve(secure));
    socket.on("error", reject);
    socket.once("close", () => reject(new Error("the connection was closed during the TLS handshake")));
  });
}

function request(stream: net.Socket, host: string, path: string): Promise<Omit<Answer, "certificate">> {
  return new Promise((resolve, reject) => {
    const options = { createConnection: () => stream, path, headers: { host }, timeout: 10_000 };
    const asked = http.get(options, (answer) => {
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => (body += part));
      answer.on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer in 10 s")));
    asked.on("error", reject);
  });
}
