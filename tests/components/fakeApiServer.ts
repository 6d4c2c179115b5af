import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** An API server that knows a few objects by their path, and answers like a real one to all others. */
export class FakeApiServer {
  /** What was asked for, in order. */
  readonly asked: string[] = [];
  private server?: Server;

  /** @param objects by path; a number is a status code without an object. */
  constructor(private readonly objects: Record<string, unknown>) {}

  /** @returns a kubeconfig with a token. */
  async start(): Promise<string> {
    const server = createServer((request, response) => {
      const path = request.url ?? "";
      this.asked.push(`${request.headers.authorization} ${request.method} ${path}`);
      const found = this.objects[path] ?? 404;
      const code = typeof found === "number" ? found : 200;
      response.writeHead(code, { "content-type": "application/json" });
      response.end(JSON.stringify(code === 200 ? found : { kind: "Status", apiVersion: "v1", code }));
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "fake",
      // The client refuses plain HTTP unless it is told not to verify.
      clusters: [
        {
          name: "fake",
          cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true },
        },
      ],
      contexts: [{ name: "fake", context: { cluster: "fake", user: "fake" } }],
      users: [{ name: "fake", user: { token: "a-token" } }],
    });
  }

  async stop(): Promise<void> {
    const { server } = this;
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  }
}
