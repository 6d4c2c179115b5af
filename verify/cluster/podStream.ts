import type { PortForward } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { Duplex, PassThrough } from "node:stream";

/** What is used of the websocket below a forwarded port. */
interface Socket {
  onclose: () => void;
  close(): void;
}

/**
 * A connection to a port of a pod, by the API server and the pod's kubelet.
 *
 * @throws when the API server refuses. What the kubelet says, as that nobody listens, ends the stream with an error.
 */
export async function podStream(
  forward: PortForward,
  { namespace, pod, port }: { namespace: string; pod: string; port: number },
): Promise<Duplex> {
  const [fromPod, toPod, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
  // Whoever gives up the stream ends these two with an error, which is nobody's.
  [fromPod, toPod].forEach((half) => half.on("error", () => undefined));
  const opened: unknown = await forward
    .portForward(namespace, pod, [port], fromPod, errors, toPod)
    .catch((error: unknown) => {
      throw new Error(`port ${port} of pod ${pod}: ${messageOf(error)}`, { cause: error });
    });
  const socket = opened as Socket;
  const stream = Duplex.from({ readable: fromPod, writable: toPod });
  errors.on("data", (text: Buffer) =>
    stream.destroy(new Error(`port ${port} of pod ${pod}: ${text.toString("utf8").trim()}`)),
  );
  socket.onclose = () => fromPod.end();
  stream.on("close", () => socket.close());
  stream.on("error", () => socket.close());
  return stream;
}

/** Failures of websockets come as events. */
function messageOf(error: unknown): string {
  const { message } = error as { message?: unknown };
  return typeof message === "string" ? message : String(error);
}
