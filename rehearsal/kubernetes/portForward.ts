import type * as net from "node:net";
import type { Duplex } from "node:stream";
import { SpdyServer, type SpdyStream } from "./spdy";

/** A connection to a port on a pod's loopback. @throws Error with the reason when nothing answers there. */
export type Dial = (port: number) => Promise<net.Socket>;

/**
 * A kubelet's answer to `kubectl port-forward`: for each connection the client opens two streams, one for its data and one
 * that takes what goes wrong. https://kubernetes.io/docs/reference/using-api/api-concepts/#portforward
 */
export function portForward(connection: Duplex, dial: Dial): void {
  connection.write(
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n" +
      "X-Stream-Protocol-Version: portforward.k8s.io\r\n\r\n",
  );
  const errors = new Map<string, SpdyStream>();
  new SpdyServer(connection, ({ streamtype, port, requestid = "" }, stream) => {
    stream.on("error", () => stream.destroy());
    if (streamtype === "error") {
      errors.set(requestid, stream.resume());
    } else {
      const error = errors.get(requestid);
      errors.delete(requestid);
      void forward(stream, error, dial(Number(port)), Number(port));
    }
  });
}

async function forward(
  data: SpdyStream,
  error: SpdyStream | undefined,
  dialled: Promise<net.Socket>,
  port: number,
): Promise<void> {
  try {
    const target = await dialled;
    target.on("error", () => target.destroy());
    target.on("close", () => (data.end(), error?.end()));
    data.on("close", () => target.destroy());
    data.pipe(target).pipe(data);
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    error?.end(`error forwarding port ${port}: ${reason}`);
    data.end();
  }
}
