import * as fs from "node:fs";
import * as https from "node:https";
import * as path from "node:path";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ca, KeyPair } from "../certificates";
import { layout } from "../layout";
import { freePorts } from "../ports";
import type { ManagedProcess, Processes } from "../processes";
import type { Tools } from "../tools";
import { ApiClient } from "./client";
import { nextPodAddress } from "./addresses";
import { ClusterFiles } from "./clusterFiles";
import * as commands from "./commands";
import { Egress, join } from "./egress";
import { Kubelet } from "./kubelet";
import { kwokConfiguration } from "./kwokConfig";
import { MetricsServer } from "./metrics/metricsServer";
import { metricsAddress } from "./metrics/objects";
import { type NodeSpec, isNodeAddress, setNodes } from "./nodes";
import { PlayedPods } from "./playedPods";

/** Somebody whom the API server knows by a bearer token. */
export interface User {
  token: string;
  name: string;
  groups: string[];
}

export interface ControlPlaneSpec {
  name: string;
  /** IPv4 ranges in CIDR notation. */
  podCidr: string;
  serviceCidr: string;
  /** A bare address that nobody can route to; in the server's certificate, and behind the Service `kubernetes`. */
  privateEndpoint: string;
  /** A bare host name, served with a certificate of `publicCa`. */
  dnsEndpoint: string;
  publicCa: Ca;
  users: User[];
  /** More values of the label `app` by which a pod is played, not by kwok. Default: none. */
  playedApps?: string[];
  /** Those of them whose pods stay, when they are deleted, until what plays them deletes them for good. Default: none. */
  endingApps?: string[];
}

export interface ControlPlaneOptions {
  tools: Tools;
  processes: Processes;
  /** Told when a part ends by itself later on. Default: standard error. */
  warn?: (line: string) => void;
}

const readyWithin = 90_000;

/** A Kubernetes control plane of real parts on loopback; kwok plays nodes and pods, except those that the rehearsal plays. */
export class ControlPlane {
  private readonly running: ManagedProcess[] = [];
  private stopping = false;
  readonly name: string;
  readonly caCertificate: string;
  readonly kubeconfigPath: string;
  /** As administrator. */
  readonly client: ApiClient;

  private constructor(
    readonly spec: ControlPlaneSpec,
    private readonly options: ControlPlaneOptions,
    private readonly files: ClusterFiles,
    private readonly ports: commands.Ports,
    readonly played: PlayedPods,
  ) {
    this.name = spec.name;
    this.caCertificate = files.ca.certificate;
    this.kubeconfigPath = files.writeKubeconfig(layout.kubeconfig(spec.name), "admin", this.port);
    this.client = new ApiClient({
      server: this.server,
      ca: files.ca.certificate,
      token: files.token("admin"),
    });
  }

  /**
   * Goes on from what `.rehearsal/clusters/<name>` holds, on ports of its own.
   * Resolves when the API server is ready and every other part is started.
   * @throws Error with the end of the log of a part that ended, or of the API server when it is not ready in 90 s.
   */
  static async start(spec: ControlPlaneSpec, options: ControlPlaneOptions): Promise<ControlPlane> {
    const [played, [etcd = 0, etcdPeer = 0, apiServer = 0, kwok = 0]] = await Promise.all([
      PlayedPods.create(),
      freePorts(4),
    ]);
    const ports = { etcd, etcdPeer, apiServer, kwok };
    const plane = new ControlPlane(spec, options, new ClusterFiles(spec), ports, played);
    try {
      await plane.run();
    } catch (error) {
      await plane.stop();
      throw error;
    }
    return plane;
  }

  /** Forgets a cluster that is stopped. */
  static async wipe(name: string): Promise<void> {
    await fs.promises.rm(layout.cluster(name), { recursive: true, force: true });
    await fs.promises.rm(layout.kubeconfig(name), { force: true });
  }

  /** The API server's port on 127.0.0.1. */
  get port(): number {
    return this.ports.apiServer;
  }

  /** The API server on loopback, as a URL. */
  get server(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  /** Makes the cluster have exactly these nodes. */
  setNodes(nodes: NodeSpec[]): Promise<void> {
    return setNodes(this.client, nodes);
  }

  /** Ends everything; what etcd holds stays. */
  async stop(): Promise<void> {
    this.stopping = true;
    // The API server outlives its clients, and etcd the API server.
    const [etcd, apiServer, ...clients] = this.running.splice(0);
    this.metrics?.stop();
    await Promise.all(clients.map((part) => part.stop(2000)));
    await this.client.close();
    await this.egress?.close();
    await apiServer?.stop(3000);
    await etcd?.stop(3000);
  }

  /** Takes the API server away and brings it back, on the same port, as when a control plane is repaired. */
  async restartApiServer(): Promise<void> {
    const [, before] = this.running;
    this.stopping = true;
    await before?.stop(3000);
    this.stopping = false;
    const server = this.startApiServer();
    // Its place, by which `stop` knows it, is the second.
    this.running.splice(1, 1, ...this.running.splice(-1));
    await this.ready(server);
  }

  private egress?: Egress;
  private metrics?: MetricsServer;

  private startApiServer(): ManagedProcess {
    const { spec, files, ports } = this;
    const socket = path.relative(files.folder, this.egressSocket);
    return this.start(commands.apiServer(this.options.tools, files, spec, ports, socket));
  }

  private get egressSocket(): string {
    return path.join(layout.run, `${this.spec.name}.egress`);
  }

  private async run(): Promise<void> {
    const { spec, files, ports } = this;
    const { tools } = this.options;
    this.metrics = new MetricsServer(this.client, files.folder, this.kubeletPair);
    this.egress = await Egress.listen(this.egressSocket, this.connector(this.metrics));
    this.start(commands.etcd(tools, files, spec.name, ports));
    await this.ready(this.startApiServer());
    for (const user of ["controller-manager", "scheduler", "kwok"] as const) {
      files.writeKubeconfig(files.path(`${user}.kubeconfig`), user, this.port);
    }
    this.start(commands.controllerManager(tools, files, spec.name));
    this.start(commands.scheduler(tools, files, spec.name));
    const pods = (await this.client.list("v1", "Pod")) as { status?: { podIP?: string } }[];
    const inUse = pods.flatMap(({ status }) => status?.podIP ?? []);
    const addresses = `${nextPodAddress(spec.podCidr, inUse)}/${spec.podCidr.split("/")[1]}`;
    this.start(
      commands.kwok(
        tools,
        files,
        spec,
        ports,
        addresses,
        kwokConfiguration(this.played.slots, spec.playedApps ?? [], spec.endingApps),
      ),
    );
    await this.publishPrivateEndpoint();
    await this.metrics.start();
  }

  private get kubeletPair(): KeyPair {
    return {
      certificate: fs.readFileSync(this.files.path("kubelet.crt"), "utf8"),
      key: fs.readFileSync(this.files.path("kubelet.key"), "utf8"),
    };
  }

  /** Where the API server's connections into the cluster end: nodes' kubelets, metrics, and pods that are played. */
  private connector(metrics: MetricsServer): (host: string, port: number, connection: Duplex) => boolean {
    const kubelet = new Kubelet(this.played, this.ports.kwok, this.kubeletPair);
    return (host, port, connection) => {
      if (host === metricsAddress) {
        metrics.accept(connection);
        return true;
      }
      if (isNodeAddress(host)) {
        kubelet.accept(connection);
        return true;
      }
      const local = this.played.localPort(host, port);
      if (local !== undefined) {
        join(connection, local);
      }
      return local !== undefined;
    };
  }

  private start(command: Parameters<Processes["start"]>[0]): ManagedProcess {
    const part = this.options.processes.start(command);
    this.running.push(part);
    void part.exited.then((code) => {
      if (!this.stopping) {
        const warn = this.options.warn ?? console.error;
        warn(`${part.name} has ended by itself (${code ?? "signal"}): see ${part.log}`);
      }
    });
    return part;
  }

  private async ready(server: ManagedProcess): Promise<void> {
    const deadline = Date.now() + readyWithin;
    while (!(await this.isReady())) {
      const ended = this.running.find((part) => !part.running);
      if (ended) {
        throw new Error(`${ended.name} has ended:\n${lastLines(ended.log)}`);
      }
      if (Date.now() > deadline) {
        throw new Error(
          `${server.name} is not ready after ${readyWithin / 1000} s:\n${lastLines(server.log)}`,
        );
      }
      await sleep(100);
    }
  }

  private isReady(): Promise<boolean> {
    return new Promise((resolve) => {
      const headers = { authorization: `Bearer ${this.files.token("admin")}` };
      const request = https.get(
        `${this.server}/readyz`,
        { ca: this.caCertificate, headers, timeout: 2000, agent: false },
        (response) => {
          response.resume();
          resolve(response.statusCode === 200);
        },
      );
      request.on("timeout", () => request.destroy());
      request.on("error", () => resolve(false));
    });
  }

  /** What the API server writes itself where its address is one that pods can reach. */
  private async publishPrivateEndpoint(): Promise<void> {
    await this.client.apply(
      {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: {
          name: "kubernetes",
          namespace: "default",
          labels: { "kubernetes.io/service-name": "kubernetes" },
        },
        addressType: "IPv4",
        endpoints: [{ addresses: [this.spec.privateEndpoint], conditions: { ready: true } }],
        ports: [{ name: "https", port: 443, protocol: "TCP" }],
      },
      { fieldManager: "rehearsal", force: true },
    );
  }
}

function lastLines(file: string, count = 15): string {
  return fs.readFileSync(file, "utf8").trimEnd().split("\n").slice(-count).join("\n");
}
