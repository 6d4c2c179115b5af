import * as assert from "node:assert/strict";
import * as net from "node:net";
import { portForward } from "../../../rehearsal/kubernetes/portForward";
import { dictionary, HeaderReader, HeaderWriter } from "../../../rehearsal/kubernetes/spdyHeaders";

/** A client as kubectl is one: opens the two streams of a connection, and reads what comes on each. */
class Client {
  readonly received: Record<number, string> = {};
  readonly ended = new Set<number>();
  private readonly writer = new HeaderWriter();
  private buffered = Buffer.alloc(0);
  private upgraded = false;

  constructor(private readonly socket: net.Socket) {
    socket.on("data", (chunk: Buffer) => this.take(chunk));
  }

  async open(id: number, headers: Record<string, string>, fin: boolean): Promise<void> {
    const block = await this.writer.write(headers);
    const head = Buffer.alloc(18);
    head.writeUInt32BE(0x80030001, 0);
    head.writeUInt32BE(((fin ? 1 : 0) << 24) | (block.length + 10), 4);
    head.writeUInt32BE(id, 8);
    this.socket.write(Buffer.concat([head, block]));
  }

  data(id: number, text: string): void {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(id, 0);
    head.writeUInt32BE(text.length, 4);
    this.socket.write(Buffer.concat([head, Buffer.from(text)]));
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  private take(chunk: Buffer): void {
    this.buffered = Buffer.concat([this.buffered, chunk]);
    if (!this.upgraded) {
      const end = this.buffered.indexOf("\r\n\r\n");
      assert.match(this.buffered.toString(), /^HTTP\/1.1 101 /);
      this.upgraded = true;
      this.buffered = this.buffered.subarray(end + 4);
    }
    while (this.buffered.length >= 8 && this.buffered.length >= 8 + this.buffered.readUIntBE(5, 3)) {
      const [id, flags, length] = [
        this.buffered.readUInt32BE(0),
        this.buffered.readUInt8(4),
        this.buffered.readUIntBE(5, 3),
      ];
      if (id < 0x80000000) {
        this.received[id] = (this.received[id] ?? "") + this.buffered.toString("utf8", 8, 8 + length);
        if (flags === 1) {
          this.ended.add(id);
        }
      }
      this.buffered = this.buffered.subarray(8 + length);
    }
  }
}

describe("port-forward to a pod with a network of its own", () => {
  const servers: net.Server[] = [];
  const sockets: net.Socket[] = [];
  afterEach(() => {
    sockets.splice(0).forEach((socket) => socket.destroy());
    servers.splice(0).forEach((server) => server.close());
  });

  async function listen(server: net.Server): Promise<number> {
    servers.push(server);
    server.on("connection", (socket) => sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as net.AddressInfo).port;
  }

  async function client(dial: (port: number) => Promise<net.Socket>): Promise<Client> {
    const port = await listen(net.createServer((connection) => portForward(connection, dial)));
    const socket = net.connect(port, "127.0.0.1");
    sockets.push(socket);
    return new Client(socket);
  }

  it("joins each pair of streams with a connection to the port that it names", async () => {
    const shouting = await listen(
      net.createServer((socket) => socket.on("data", (text) => socket.end(text.toString().toUpperCase()))),
    );
    const asked: number[] = [];
    const kubectl = await client((port) => {
      asked.push(port);
      return Promise.resolve(net.connect(shouting, "127.0.0.1"));
    });
    for (const [request, id] of [1, 5].entries()) {
      const headers = { port: `${15000 + request}`, requestid: `${request}` };
      await kubectl.open(id, { ...headers, streamtype: "error" }, true);
      await kubectl.open(id + 2, { ...headers, streamtype: "data" }, false);
      kubectl.data(id + 2, `hello ${request}`);
    }
    await kubectl.until(() => kubectl.ended.size === 4);
    assert.deepEqual(asked, [15000, 15001]);
    assert.deepEqual([kubectl.received[3], kubectl.received[7]], ["HELLO 0", "HELLO 1"]);
    assert.deepEqual([kubectl.received[1], kubectl.received[5]], ["", ""]);
  });

  it("says on the error stream why there is no connection", async () => {
    const kubectl = await client(() => Promise.reject(new Error("connect ECONNREFUSED 127.0.0.1:9")));
    await kubectl.open(1, { streamtype: "error", port: "9", requestid: "0" }, true);
    await kubectl.open(3, { streamtype: "data", port: "9", requestid: "0" }, false);
    await kubectl.until(() => kubectl.ended.size === 2);
    assert.match(kubectl.received[1] ?? "", /^error forwarding port 9: connect ECONNREFUSED/);
  });

  it("reads headers with the words that SPDY starts from", async () => {
    assert.equal(dictionary.length, 1423);
    const [writer, reader] = [new HeaderWriter(), new HeaderReader()];
    const all: Record<string, string>[] = [
      { streamtype: "error", port: "15000" },
      { streamtype: "data", port: "15000" },
      {},
    ];
    for (const headers of all) {
      assert.deepEqual(await reader.read(await writer.write(headers)), headers);
    }
  });
});
