import * as http from "node:http";
import { createRequire } from "node:module";
import type * as net from "node:net";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { layout } from "../layout";
import type { ManagedProcess, Processes } from "../processes";
import { unshareArguments } from "./namespaces";
import {
  fromHeader,
  type ContainerSpec,
  type Ended,
  type EndpointHealth,
  type NetworkSpec,
  type OuterSpec,
  type SandboxSpec,
} from "./protocol";

/** Where a connection comes from: a pod, an address of the outer namespace, or wherever its route leads it. */
export type From = { sandbox: string } | { address: string } | undefined;

/**
 * The namespace in which pods that carry traffic live, and the one process in it that makes their networks. Nothing on its
 * loopback can be reached from here: it is asked through a unix socket, and its connections come through that too.
 */
export class DataPlane {
  private stopping = false;

  private constructor(
    private readonly process: ManagedProcess,
    private readonly socket: string,
  ) {}

  /** @throws Error when the process does not answer in 20 s. */
  static async start(processes: Processes, log: (line: string) => void): Promise<DataPlane> {
    const socket = path.join(layout.run, "traffic.sock");
    const loader = createRequire(__filename).resolve("tsx");
    const script = path.join(__dirname, "inside", "main.ts");
    const started = processes.start({
      name: "traffic",
      command: "unshare",
      args: [...unshareArguments, process.execPath, "--import", `file://${loader}`, script, socket],
    });
    const plane = new DataPlane(started, socket);
    void started.exited.then(() => {
      if (!plane.stopping) {
        log(
          `the process in the namespace has ended, and every pod that carries traffic with it: see ${started.log}`,
        );
      }
    });
    for (const deadline = Date.now() + 20_000; ; await sleep(100)) {
      if (await plane.health().catch(() => undefined)) {
        return plane;
      }
      if (!started.running || Date.now() > deadline) {
        throw new Error(`the process in the namespace does not answer: see ${started.log}`);
      }
    }
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.process.stop(2000);
  }

  addNetwork(spec: NetworkSpec): Promise<unknown> {
    return this.call("/network", spec);
  }

  removeNetwork(cluster: string): Promise<unknown> {
    return this.call("/network/remove", { cluster });
  }

  addSandbox(spec: SandboxSpec): Promise<unknown> {
    return this.call("/sandbox", spec);
  }

  /** Resolves when everything in it has stopped, which it is asked to, or killed after `graceMs`. */
  removeSandbox(id: string, graceMs: number): Promise<unknown> {
    return this.call("/sandbox/remove", { id, graceMs });
  }

  /** Runs a process in a pod until it ends. */
  async run(spec: ContainerSpec): Promise<Ended> {
    return (await this.call("/container", spec)) as Ended;
  }

  /** Makes these the only addresses of the outer namespace. */
  setOuter(spec: OuterSpec): Promise<unknown> {
    return this.call("/outer", spec);
  }

  /** What the global load balancers' health checks see. */
  async health(): Promise<EndpointHealth[]> {
    return (await this.call("/health")) as EndpointHealth[];
  }

  /** A connection inside the namespace. @throws Error with the reason when there is no way. */
  connect(from: From, host: string, port: number): Promise<net.Socket> {
    const caller = !from ? "" : "sandbox" in from ? `sandbox ${from.sandbox}` : `address ${from.address}`;
    return new Promise((resolve, reject) => {
      const request = http.request({
        socketPath: this.socket,
        method: "CONNECT",
        path: `${host}:${port}`,
        headers: { [fromHeader]: caller },
        agent: false,
      });
      request.on("error", reject);
      request.on("connect", (response, socket) => {
        if (response.statusCode === 200) {
          resolve(socket);
        } else {
          socket.destroy();
          reject(new Error(response.statusMessage));
        }
      });
      request.end();
    });
  }

  private call(target: string, body?: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const request = http.request(
        { socketPath: this.socket, method: "POST", path: target, agent: false },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
          response.on("error", reject);
          response.on("end", () => {
            const answer = JSON.parse(text || "null") as unknown;
            if (response.statusCode === 200) {
              resolve(answer);
            } else {
              reject(new Error((answer as { message?: string }).message ?? `${target} failed`));
            }
          });
        },
      );
      request.on("error", reject);
      request.end(JSON.stringify(body ?? null));
    });
  }
}
