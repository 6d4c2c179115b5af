import * as net from "node:net";

// Below 32768, where Linux's ephemeral ports start: above it the kernel may give a port to an outgoing connection
// between our asking for it and a server's taking it.
const lowest = 20000;
const highest = 32767;

const handedOut = new Set<number>();

/** A TCP port that is free on 127.0.0.1, and that this process has not been given before. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest + 1));
    if (!handedOut.has(port)) {
      handedOut.add(port);
      if (await isFree(port)) {
        return port;
      }
    }
  }
  throw new Error(`no free TCP port between ${lowest} and ${highest} on 127.0.0.1: end some programs`);
}

export function freePorts(count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, freePort));
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
