import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What ends every wait: a failed IstioOperator resource, a kind that is there, an address. */
const END_OF_WAITS = {
  status: {
    status: "ERROR",
    message: "the test is over",
    VIP: "203.0.113.7",
    conditions: [{ type: "Established", status: "True" }],
  },
};

/** An API server that knows a few objects by their path, and answers like a real one to all others. */
export class FakeApiServer {
  /** What was asked for, in order. */
  readonly asked: string[] = [];
  private readonly server: Server;
  private over = false;

  /** @param objects by path; a number is a status code without an object. */
  constructor(objects: Record<string, unknown>) {
    this.server = createServer((request, response) => {
      const path = request.url ?? "";
      this.asked.push(`${request.headers.authorization} ${request.method} ${path}`);
      const found = this.over ? END_OF_WAITS : (objects[path] ?? 404);
      const code = typeof found === "number" ? found : 200;
      response.writeHead(code, { "content-type": "application/json", connection: "close" });
      response.end(JSON.stringify(code === 200 ? found : { kind: "Status", apiVersion: "v1", code }));
    });
  }

  /** @returns a kubeconfig with a token. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    const { port } = this.server.address() as AddressInfo;
    const server = `http://127.0.0.1:${port}`;
    return JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "fake",
      // The client refuses plain HTTP unless it is told not to verify.
      clusters: [{ name: "fake", cluster: { server, "insecure-skip-tls-verify": true } }],
      contexts: [{ name: "fake", context: { cluster: "fake", user: "fake" } }],
      users: [{ name: "fake", user: { token: "a-token" } }],
    });
  }

  /** A wait that a failed test has left behind would keep the process for a quarter of an hour: it is ended at its next look. */
  stop(): void {
    this.over = true;
    this.server.unref();
  }
}
