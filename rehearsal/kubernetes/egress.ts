import * as fs from "node:fs";
import * as http from "node:http";
import * as net from "node:net";
import * as path from "node:path";
import type { Duplex } from "node:stream";

/** Takes a connection that the API server opens to an address in its cluster. False: there is nothing. */
export type Answer = (host: string, port: number, connection: Duplex) => boolean;

/**
 * Where the API server's connections to pods and nodes go: a CONNECT proxy on a unix socket, as konnectivity's is.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/setup-konnectivity/
 */
export class Egress {
  private readonly server = http.createServer((_request, response) => response.writeHead(405).end());
  private readonly connections = new Set<Duplex>();

  private constructor(
    readonly socket: string,
    answer: Answer,
  ) {
    this.server.on("connect", (request, connection, head) => {
      const [, host = "", port = ""] = /^\[?(.*?)\]?:(\d+)$/.exec(request.url ?? "") ?? [];
      this.connections.add(connection);
      connection.on("close", () => this.connections.delete(connection));
      connection.on("error", () => connection.destroy());
      if (head.length > 0) {
        connection.unshift(head);
      }
      connection.write("HTTP/1.1 200 Connection established\r\n\r\n");
      if (!answer(host, Number(port), connection)) {
        connection.destroy();
      }
    });
  }

  static async listen(socket: string, answer: Answer): Promise<Egress> {
    const egress = new Egress(socket, answer);
    fs.mkdirSync(path.dirname(socket), { recursive: true, mode: 0o700 });
    fs.rmSync(socket, { force: true });
    await new Promise<void>((resolve, reject) => {
      egress.server.once("error", reject);
      // A unix socket's path has at most 104 characters on macOS, 108 on Linux; from here it is short.
      egress.server.listen(shorter(socket), resolve);
    });
    return egress;
  }

  async close(): Promise<void> {
    this.connections.forEach((connection) => connection.destroy());
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
    fs.rmSync(this.socket, { force: true });
  }
}

/** Joins a connection to a loopback port. */
export function join(connection: Duplex, port: number): void {
  const target = net.connect(port, "127.0.0.1");
  target.on("error", () => connection.destroy());
  connection.on("error", () => target.destroy());
  connection.on("close", () => target.destroy());
  target.on("close", () => connection.destroy());
  connection.pipe(target).pipe(connection);
}

function shorter(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.length < file.length ? relative : file;
}
