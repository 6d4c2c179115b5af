import type * as net from "node:net";

/** Joins two connections; when one breaks, so does the other. */
export function joinSockets(one: net.Socket, other: net.Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.setNoDelay(true);
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.on("close", () => {
      // After an orderly end the other one still has to write what came.
      if (!from.readableEnded) {
        to.destroy();
      }
    });
  }
}
