import * as fs from "node:fs";
import * as net from "node:net";
import { joinSockets } from "./joinSockets";

/** Where a connection to something in the cluster goes: a port on loopback; undefined when nothing answers there. */
export type Resolve = (wanted: string) => number | undefined;

/**
 * A unix socket by which pods in the namespace reach what runs outside of it. The first line of a connection says what is
 * wanted.
 */
export class Relay {
  private readonly connections = new Set<net.Socket>();
  private readonly server: net.Server;

  private constructor(
    private readonly socket: string,
    resolve: Resolve,
  ) {
    this.server = net.createServer({ allowHalfOpen: true }, (client) => {
      this.connections.add(client);
      client.on("close", () => this.connections.delete(client));
      client.on("error", () => client.destroy());
      let head = Buffer.alloc(0);
      const read = (chunk: Buffer) => {
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf("\n");
        if (end < 0 && head.length < 1000) {
          return;
        }
        client.off("data", read).pause();
        const port = resolve(head.subarray(0, end).toString("utf8"));
        if (port === undefined) {
          client.destroy();
          return;
        }
        client.unshift(head.subarray(end + 1));
        joinSockets(client, net.connect({ port, host: "127.0.0.1", allowHalfOpen: true }));
      };
      client.on("data", read);
    });
  }

  static async listen(socket: string, resolve: Resolve): Promise<Relay> {
    const relay = new Relay(socket, resolve);
    fs.rmSync(socket, { force: true });
    await new Promise<void>((done, reject) => relay.server.once("error", reject).listen(socket, done));
    fs.chmodSync(socket, 0o600);
    return relay;
  }

  async close(): Promise<void> {
    this.connections.forEach((connection) => connection.destroy());
    await new Promise<void>((done) => this.server.close(() => done()));
    fs.rmSync(this.socket, { force: true });
  }
}
