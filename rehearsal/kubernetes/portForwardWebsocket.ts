import type * as http from "node:http";
import { type Duplex, pipeline, Transform } from "node:stream";
import { createWebSocketStream, type WebSocket, WebSocketServer } from "ws";
import type { Dial } from "./portForward";

const PROTOCOL = "v4.channel.k8s.io";
const [DATA, ERROR] = [0, 1];

const server = new WebSocketServer({
  noServer: true,
  handleProtocols: (offered) => offered.has(PROTOCOL) && PROTOCOL,
});

/**
 * A kubelet's answer to a client that forwards one port by websocket, as the clients of most languages do. A message's first
 * byte says its channel, and the first message of each has the port's number:
 * https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/kubelet/pkg/cri/streaming/portforward/websocket.go
 */
export function portForwardByWebsocket(
  request: http.IncomingMessage,
  connection: Duplex,
  head: Buffer,
  dial: Dial,
): void {
  const port = Number(new URL(request.url ?? "/", "http://node").searchParams.get("port"));
  server.handleUpgrade(request, connection, head, (socket) => void forward(socket, port, dial));
}

async function forward(socket: WebSocket, port: number, dial: Dial): Promise<void> {
  // One chunk per message. Before anything is awaited: what comes meanwhile is kept.
  const messages = createWebSocketStream(socket, { readableObjectMode: true });
  const name = Buffer.alloc(2);
  name.writeUInt16LE(port);
  for (const channel of [DATA, ERROR]) {
    messages.write(Buffer.from([channel, ...name]));
  }
  try {
    const target = await dial(port);
    // How it ended is the business of both ends, which are told by its end.
    pipeline(messages, unpacked(), target, packed(), messages, () => target.destroy());
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    messages.end(Buffer.from([ERROR, ...Buffer.from(`error forwarding port ${port}: ${reason}`)]));
  }
}

/** What comes on the data channel; a client sends nothing on the other one. */
function unpacked(): Transform {
  return new Transform({
    transform: (message: Buffer, _encoding, done) =>
      done(null, message[0] === DATA ? message.subarray(1) : undefined),
    writableObjectMode: true,
  });
}

function packed(): Transform {
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => done(null, Buffer.concat([Buffer.from([DATA]), chunk])),
    readableObjectMode: true,
  });
}
