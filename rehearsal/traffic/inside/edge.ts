import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import * as tls from "node:tls";
import { proxyAddress, type EdgeEndpoint, type EdgeSpec, type EndpointHealth } from "../protocol";
import { HealthChecks } from "./healthChecks";

/**
 * The healthy endpoints of the nearest region that has any
 * (https://cloud.google.com/load-balancing/docs/https#request_distribution; capacity is never short here).
 */
export function nearestHealthy(
  endpoints: EndpointHealth[],
  nearest: EdgeSpec["nearest"],
  caller: string,
): EndpointHealth[] {
  const healthy = endpoints.filter((endpoint) => endpoint.healthy);
  const order = nearest[caller] ?? nearest["*"] ?? [];
  const region = [...order, ...healthy.map((one) => one.region)].find((one) =>
    healthy.some((endpoint) => endpoint.region === one),
  );
  return healthy.filter((endpoint) => endpoint.region === region);
}

/** One global load balancer: ports 80 and 443 of its address. */
export class Edge {
  private readonly checks = new HealthChecks((endpoint) => this.closeIdle(endpoint));
  private readonly plain = http.createServer((request, response) => this.answerPlain(request, response));
  private secure?: https.Server;
  private readonly toBackends = new https.Agent({ keepAlive: true });
  private turn = 0;

  constructor(
    private spec: EdgeSpec,
    private readonly log: (line: string) => void,
  ) {}

  get address(): string {
    return this.spec.address;
  }

  async start(): Promise<void> {
    await listen(this.plain, 80, this.spec.address);
    await this.set(this.spec);
  }

  async set(spec: EdgeSpec): Promise<void> {
    const before = this.spec;
    this.spec = spec;
    this.checks.set(spec.backend);
    if (spec.certificates.length === 0) {
      this.secure?.close();
      this.secure = undefined;
    } else if (!this.secure) {
      this.secure = https.createServer(options(spec), (request, response) =>
        this.pass(request, response, "https"),
      );
      await listen(this.secure, 443, spec.address);
    } else if (JSON.stringify(before.certificates) !== JSON.stringify(spec.certificates)) {
      this.secure.setSecureContext(options(spec));
    }
  }

  stop(): void {
    for (const server of [this.plain, this.secure]) {
      server?.close();
      server?.closeAllConnections();
    }
    this.checks.set(undefined);
    this.toBackends.destroy();
  }

  health(): EndpointHealth[] {
    return this.checks.all();
  }

  /** What is under way to it ends by itself. */
  private closeIdle({ address, port }: EdgeEndpoint): void {
    const idle = Object.values(this.toBackends.freeSockets).flatMap((sockets) => sockets ?? []);
    for (const socket of idle) {
      if (socket.remoteAddress === address && socket.remotePort === port) {
        socket.destroy();
      }
    }
  }

  private answerPlain(request: http.IncomingMessage, response: http.ServerResponse): void {
    const status = this.spec.redirectStatus;
    if (status === undefined) {
      this.pass(request, response, "http");
      return;
    }
    const host = (request.headers.host ?? this.spec.address).replace(/:\d+$/, "");
    response.writeHead(status, { location: `https://${host}${request.url ?? "/"}` }).end();
  }

  private pass(request: http.IncomingMessage, response: http.ServerResponse, proto: string): void {
    const caller = request.socket.remoteAddress ?? "";
    const candidates = nearestHealthy(this.checks.all(), this.spec.nearest, caller);
    const start = this.turn++;
    const order = candidates.map((_, at) => candidates[(start + at) % candidates.length]!);
    this.send(request, response, { proto, caller, endpoints: order });
  }

  private send(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    { proto, caller, endpoints }: { proto: string; caller: string; endpoints: EdgeEndpoint[] },
  ): void {
    const { backend, address } = this.spec;
    const [endpoint, ...others] = endpoints;
    if (!backend || !endpoint) {
      refuse(response);
      return;
    }
    const { host = address, ...headers } = request.headers;
    const forwarded = (backend.protocol === "HTTP" ? http : https).request(
      {
        host: endpoint.address,
        port: endpoint.port,
        method: request.method,
        path: request.url,
        localAddress: proxyAddress,
        agent: backend.protocol === "HTTP" ? undefined : this.toBackends,
        // No server name, and no look at the certificate:
        // https://cloud.google.com/load-balancing/docs/ssl-certificates/encryption-to-the-backends
        servername: "",
        rejectUnauthorized: false,
        timeout: backend.timeoutSeconds * 1000,
        headers: {
          ...headers,
          host,
          via: "1.1 google",
          "x-forwarded-for": [headers["x-forwarded-for"], caller, address].filter(Boolean).join(", "),
          "x-forwarded-proto": proto,
        },
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, {
          ...answer.headers,
          via: "1.1 google",
          "x-rehearsal-gateway": `${endpoint.cluster}/${endpoint.pod}`,
        });
        answer.on("error", () => response.destroy());
        answer.pipe(response);
      },
    );
    forwarded.on("timeout", () => forwarded.destroy(new Error(`no answer in ${backend.timeoutSeconds} s`)));
    forwarded.on("error", (error) => {
      this.log(
        `${address}: ${request.method} ${request.url} to ${endpoint.cluster}/${endpoint.pod}: ${error.message}`,
      );
      const again = request.method === "GET" && !response.headersSent && others.length > 0;
      if (again) {
        this.send(request, response, { proto, caller, endpoints: others.slice(0, 1) });
      } else {
        refuse(response);
      }
    });
    response.on("close", () => forwarded.destroy());
    if (request.method === "GET" || request.method === "HEAD") {
      forwarded.end();
    } else {
      request.pipe(forwarded);
    }
  }
}

function options({ certificates }: EdgeSpec): tls.SecureContextOptions {
  const [first] = certificates;
  return { cert: first?.certificate, key: first?.key };
}

/** In the words of Google's own page. */
function refuse(response: http.ServerResponse): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(502, { "content-type": "text/html; charset=UTF-8" });
  response.end(
    "<title>502 Server Error</title><h1>Error: Server Error</h1>The server encountered a temporary error.\n",
  );
}

function listen(server: http.Server | https.Server, port: number, address: string): Promise<AddressInfo> {
  server.on("clientError", (_error: Error, socket: Socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => resolve(server.address() as AddressInfo));
  });
}
