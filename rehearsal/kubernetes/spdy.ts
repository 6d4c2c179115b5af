import { Duplex } from "node:stream";
import { HeaderReader, HeaderWriter } from "./spdyHeaders";

const kinds = { synStream: 1, synReply: 2, reset: 3, ping: 6 } as const;
const FIN = 1;

/**
 * The server's end of a SPDY/3.1 connection, as much of it as Kubernetes' clients use: they open streams, and have no flow
 * control (https://github.com/moby/spdystream).
 */
export class SpdyServer {
  private readonly streams = new Map<number, SpdyStream>();
  private readonly reader = new HeaderReader();
  private readonly writer = new HeaderWriter();
  private buffered = Buffer.alloc(0);
  private working: Promise<void> = Promise.resolve();

  /** @param opened takes each stream that the client opens */
  constructor(
    private readonly connection: Duplex,
    private readonly opened: (headers: Record<string, string>, stream: SpdyStream) => void,
  ) {
    connection.on("data", (chunk: Buffer) => {
      // In turn: the header blocks are one text.
      this.working = this.working.then(() => this.take(chunk)).catch(() => void connection.destroy());
    });
    connection.on("error", () => connection.destroy());
    connection.on("close", () => this.streams.forEach((stream) => stream.destroy()));
  }

  private async take(chunk: Buffer): Promise<void> {
    this.buffered = Buffer.concat([this.buffered, chunk]);
    while (this.buffered.length >= 8) {
      const end = 8 + this.buffered.readUIntBE(5, 3);
      if (this.buffered.length < end) {
        return;
      }
      const frame = this.buffered.subarray(0, end);
      this.buffered = this.buffered.subarray(end);
      await this.frame(frame);
    }
  }

  private async frame(frame: Buffer): Promise<void> {
    const flags = frame.readUInt8(4);
    const first = frame.readUInt32BE(0);
    if ((first & 0x80000000) === 0) {
      this.streams.get(first)?.receive(frame.subarray(8), (flags & FIN) !== 0);
      return;
    }
    const kind = first & 0xffff;
    if (kind === kinds.synStream) {
      const id = frame.readUInt32BE(8);
      const headers = await this.reader.read(frame.subarray(18));
      const stream = new SpdyStream((data, fin) => this.send(id, data, fin));
      this.streams.set(id, stream);
      stream.on("close", () => this.streams.delete(id));
      this.control(kinds.synReply, Buffer.concat([frame.subarray(8, 12), await this.writer.write({})]));
      this.opened(headers, stream);
      stream.receive(Buffer.alloc(0), (flags & FIN) !== 0);
    } else if (kind === kinds.reset) {
      this.streams.get(frame.readUInt32BE(8))?.destroy();
    } else if (kind === kinds.ping) {
      this.control(kinds.ping, frame.subarray(8));
    }
  }

  private control(kind: number, payload: Buffer): void {
    const head = Buffer.alloc(8);
    head.writeUInt16BE(0x8003, 0);
    head.writeUInt16BE(kind, 2);
    head.writeUIntBE(payload.length, 5, 3);
    this.connection.write(Buffer.concat([head, payload]));
  }

  private send(id: number, data: Buffer, fin: boolean): void {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(id, 0);
    head.writeUInt8(fin ? FIN : 0, 4);
    head.writeUIntBE(data.length, 5, 3);
    if (this.connection.writable) {
      this.connection.write(Buffer.concat([head, data]));
    }
  }
}

/** A stream of the connection; its two directions end by themselves. */
export class SpdyStream extends Duplex {
  constructor(private readonly send: (data: Buffer, fin: boolean) => void) {
    super({ allowHalfOpen: true });
  }

  receive(data: Buffer, fin: boolean): void {
    if (data.length > 0) {
      this.push(data);
    }
    if (fin) {
      this.push(null);
    }
  }

  override _read(): void {
    // What comes is pushed.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.send(chunk, false);
    done();
  }

  override _final(done: () => void): void {
    this.send(Buffer.alloc(0), true);
    done();
  }
}
