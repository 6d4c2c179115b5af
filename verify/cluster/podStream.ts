import type { PortForward } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { Duplex, PassThrough, Transform } from "node:stream";
import { late } from "../late";

/** What is used of the websocket below a forwarded port. */
interface Socket {
  onclose: () => void;
  close(): void;
  /** Without the closing handshake, for which it would wait half a minute. */
  terminate(): void;
}

/**
 * A connection to a port of a pod, by the API server and the pod's kubelet.
 *
 * @param timeout seconds in which nothing may come from the pod.
 * @throws when the API server refuses, or is too slow. What the kubelet says, as that nobody listens, ends the stream with an error,
 * and so does the timeout.
 */
export async function podStream(
  forward: PortForward,
  { namespace, pod, port }: { namespace: string; pod: string; port: number },
  timeout: number,
): Promise<Duplex> {
  const fail = (reason: string) => fromPod.destroy(new Error(`port ${port} of pod ${pod}: ${reason}`));
  // A websocket that nobody answers would keep the process for ever.
  const silence = setTimeout(() => fail(late("no answer", timeout)), timeout * 1000);
  const fromPod = new Transform({
    transform: (chunk, _encoding, done) => {
      silence.refresh();
      done(null, chunk);
    },
  });
  const [toPod, errors] = [new PassThrough(), new PassThrough()];
  // Whoever gives up the stream ends these two with an error, which is nobody's.
  [fromPod, toPod].forEach((half) => half.on("error", () => undefined));
  const opened: unknown = await forward
    .portForward(namespace, pod, [port], fromPod, errors, toPod)
    .catch((error: unknown) => {
      clearTimeout(silence);
      throw fromPod.errored ?? new Error(`port ${port} of pod ${pod}: ${messageOf(error)}`, { cause: error });
    });
  const socket = opened as Socket;
  if (fromPod.errored) {
    socket.terminate();
    throw fromPod.errored;
  }
  const stream = Duplex.from({ readable: fromPod, writable: toPod });
  errors.on("data", (text: Buffer) => fail(text.toString("utf8").trim()));
  socket.onclose = () => fromPod.end();
  stream.on("close", () => socket.close());
  stream.on("error", () => socket.terminate());
  stream.on("close", () => clearTimeout(silence));
  return stream;
}

/** Failures of websockets come as events. */
function messageOf(error: unknown): string {
  const { message } = error as { message?: unknown };
  return typeof message === "string" ? message : String(error);
}
