import * as http from "node:http";
import * as net from "node:net";
import type { Duplex } from "node:stream";
import * as tls from "node:tls";
import { X509Certificate } from "node:crypto";
import { connect } from "./cluster/tunnel";
import { secured } from "./istiod";
import { late } from "./late";

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
  /** Of an answer by HTTPS. */
  certificate?: X509Certificate;
}

/** This machine does not get as far as a connection, which says nothing about who would answer. */
export class Unreachable extends Error {}

export interface Visit {
  secure: boolean;
  host: string;
  /** Seconds that an answer may take. */
  timeout: number;
}

/** One request to an address, as a browser would send it to a name. @throws Unreachable */
export async function visit(address: string, { secure, host, timeout }: Visit): Promise<Answer> {
  const port = secure ? 443 : 80;
  const socket = await connect(address, port, timeout).catch((error: unknown) => {
    throw new Unreachable(error instanceof Error ? error.message : String(error));
  });
  try {
    const stream = secure ? await encrypted(socket, host, timeout) : socket;
    const answer = await request({ createConnection: () => stream }, host, timeout);
    const raw = stream instanceof tls.TLSSocket ? stream.getPeerCertificate().raw : undefined;
    return { ...answer, ...(raw ? { certificate: new X509Certificate(raw) } : {}) };
  } finally {
    socket.destroy();
  }
}

/** Some requests as Google's load balancer sends them to a backend: over TLS without a server name, one after the other. */
export async function visitBehind(
  dial: () => Promise<Duplex>,
  { host, timeout, times }: Omit<Visit, "secure"> & { times: number },
): Promise<Omit<Answer, "certificate">[]> {
  const agent = new BehindAgent(dial);
  const answers = [];
  try {
    while (answers.length < times) {
      answers.push(await request({ agent }, host, timeout));
    }
    return answers;
  } finally {
    agent.destroy();
  }
}

/** Uses a connection as long as the other side keeps it. */
class BehindAgent extends http.Agent {
  constructor(private readonly dial: () => Promise<Duplex>) {
    super({ keepAlive: true, maxSockets: 1 });
  }

  override createConnection(
    _options: http.ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.dial()
      .then((stream) => secured(stream, { rejectUnauthorized: false }))
      .then(
        (stream) => callback?.(null, stream),
        (error: Error) => callback?.(error, undefined as unknown as Duplex),
      );
    return undefined;
  }
}

/** Who answers is judged by whoever asks. */
function encrypted(socket: net.Socket, host: string, timeout: number): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = tls.connect({
      socket,
      rejectUnauthorized: false,
      ...(net.isIP(host) ? {} : { servername: host }),
    });
    const tooLate = () => secure.destroy(new Error(late("no TLS handshake", timeout)));
    secure.setTimeout(timeout * 1000, tooLate);
    secure.on("error", reject);
    secure.once("secureConnect", () => {
      secure.setTimeout(0, tooLate);
      resolve(secure);
    });
    socket.on("error", reject);
    socket.once("close", () => reject(new Error("the connection was closed during the TLS handshake")));
  });
}

function request(
  way: Pick<http.RequestOptions, "agent" | "createConnection">,
  host: string,
  timeout: number,
): Promise<Omit<Answer, "certificate">> {
  return new Promise((resolve, reject) => {
    const asked = http.get({ ...way, headers: { host } }, (answer) => {
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => (body += part));
      answer.on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
    });
    // As an option it would be for connections that Node makes.
    asked.setTimeout(timeout * 1000, () => asked.destroy(new Error(late("no answer", timeout))));
    asked.on("error", reject);
  });
}
