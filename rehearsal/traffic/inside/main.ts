import * as fs from "node:fs";
import * as http from "node:http";
import type { ContainerSpec, EndpointHealth, NetworkSpec, OuterSpec, SandboxSpec } from "../protocol";
import { proxyAddress } from "../protocol";
import { Edge } from "./edge";
import { Forwarders } from "./forwarders";
import { Networks } from "./networks";
import { Sandboxes } from "./sandboxes";
import { tunnel } from "./tunnel";

/** The first process of the namespace: everything in it ends with this one. */
async function main(socket: string): Promise<void> {
  const log = (line: string) => console.log(`${new Date().toISOString()} ${line}`);
  const networks = new Networks();
  const sandboxes = new Sandboxes(networks);
  const forwarders = new Forwarders(log);
  const edges = new Map<string, Edge>();
  await networks.start();

  const outer = inTurn(async (spec: OuterSpec) => {
    const taken = [...spec.forwarders, ...spec.edges].map(({ address }) => address);
    for (const [address, edge] of edges) {
      if (!spec.edges.some((one) => one.address === address)) {
        edges.delete(address);
        edge.stop();
      }
    }
    await networks.setAddresses([proxyAddress, ...spec.clients, ...taken]);
    await forwarders.set(spec.forwarders);
    for (const wanted of spec.edges) {
      const known = edges.get(wanted.address);
      if (known) {
        await known.set(wanted);
      } else {
        const edge = new Edge(wanted, log);
        edges.set(wanted.address, edge);
        await edge.start();
      }
    }
  });
  const calls: Record<string, (body: never) => Promise<unknown>> = {
    "/network": (spec: NetworkSpec) => networks.add(spec),
    "/network/remove": ({ cluster }: { cluster: string }) => networks.remove(cluster),
    "/sandbox": (spec: SandboxSpec) => sandboxes.add(spec),
    "/sandbox/remove": ({ id, graceMs }: { id: string; graceMs: number }) => sandboxes.remove(id, graceMs),
    "/outer": outer,
    "/health": (): Promise<EndpointHealth[]> =>
      Promise.resolve([...edges.values()].flatMap((edge) => edge.health())),
  };

  const server = http.createServer((request, response) => {
    const path = request.url ?? "";
    const call = calls[path];
    const work = async () => {
      const body = (await bodyOf(request)) as never;
      if (path === "/container") {
        await container(sandboxes, body, response);
        return;
      }
      if (!call) {
        throw new Error(`there is no ${path}`);
      }
      response.end(JSON.stringify((await call(body)) ?? null));
    };
    work().catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      log(`${path}: ${message}`);
      if (response.headersSent) {
        response.destroy();
      } else {
        response.writeHead(500).end(JSON.stringify({ message }));
      }
    });
  });
  server.requestTimeout = 0;
  server.on("connect", (request, client) => {
    try {
      tunnel(request, client, sandboxes);
    } catch (error) {
      client.end(`HTTP/1.1 502 ${error instanceof Error ? error.message : "refused"}\r\n\r\n`);
    }
  });
  fs.rmSync(socket, { force: true });
  server.listen(socket, () => fs.chmodSync(socket, 0o600));
  // Signals have no default action for the first process of a namespace.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.on(signal, () => process.exit(0));
  }
}

/** The answer's head says that the container runs; its body comes when it has ended. */
async function container(
  sandboxes: Sandboxes,
  spec: ContainerSpec,
  response: http.ServerResponse,
): Promise<void> {
  const ended = sandboxes.start(spec);
  response.writeHead(200).flushHeaders();
  response.end(JSON.stringify(await ended));
}

async function bodyOf(request: http.IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return chunks.length > 0 ? (JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown) : undefined;
}

/** One call after the other. */
function inTurn<T>(work: (value: T) => Promise<void>): (value: T) => Promise<void> {
  let last = Promise.resolve();
  return (value) => {
    last = last.catch(() => undefined).then(() => work(value));
    return last;
  };
}

const [socket] = process.argv.slice(2);
main(socket ?? "").catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
