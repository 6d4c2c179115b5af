import * as fs from "node:fs";
import type * as http from "node:http";
import * as net from "node:net";
import * as path from "node:path";
import type { Gate } from "./chaos/gate";
import type { ClusterHost, ClusterNode, ClusterRequest } from "./google/clusterHost";
import { clusterRoute } from "./google/clusterRoute";
import {
  type Controllers,
  type IngressDelays,
  startControllers,
  usualIngressDelays,
} from "./google/controllers";
import { clusterType } from "./google/names";
import { RehearsedNetwork } from "./google/network";
import { SimulatedProject } from "./google/project";
import { cloudOf } from "./google/projectCloud";
import { RESOURCE_MANAGER, type ResourceManager, serveResourceManager } from "./google/resourceManager";
import { serveProject } from "./google/server";
import { ControlPlane } from "./kubernetes/controlPlane";
import { type Credentials, keptCredentials, writeCredentials } from "./credentials";
import { environmentOf, projectSocket, writeCommands } from "./environment";
import { describeExisting, theirIds } from "./existing";
import { home, layout } from "./layout";
import { log, prepareLogs } from "./logs";
import type { ProviderChoice } from "./options";
import { prepareProgram, PROJECT } from "./program";
import { Processes } from "./processes";
import { type RehearsedCluster, startCluster } from "./rehearsedCluster";
import { announce, claim, withdraw } from "./running";
import type { Tools } from "./tools";
import type { TrafficTools } from "./tools/traffic";
import { nearVariable } from "./traffic/doors";
import { Traffic } from "./traffic/traffic";

/**
 * One machine that stands for a Google Cloud project: what `pulumi up` makes in the project comes to life here, and goes on
 * from where it was when the rehearsal starts again.
 */
export class Rehearsal implements ClusterHost {
  readonly clusters = new Map<string, RehearsedCluster>();
  /** Clusters whose regions have failed. */
  private readonly lost = new Map<string, RehearsedCluster>();
  readonly project: SimulatedProject;
  readonly network: RehearsedNetwork;
  /** How long Google's controller of the multi-cluster ingress takes; may be changed while it runs. */
  readonly ingressDelays: IngressDelays = { ...usualIngressDelays };
  private readonly credentials: Credentials;
  /** Names of the plugins that are not played. */
  realPlugins: string[] = [];
  /** Undefined: pods only look ready, and no request goes from one to another. */
  traffic?: Traffic;
  private controllers?: Controllers;
  private server?: http.Server;
  private resourceManager?: ResourceManager;

  private constructor(
    readonly tools: Tools,
    readonly processes: Processes,
    private readonly providers: ProviderChoice,
    private readonly trafficTools?: TrafficTools,
    private readonly gate?: Gate,
  ) {
    this.credentials = keptCredentials();
    this.network = new RehearsedNetwork((line) => log("network", line));
    this.project = new SimulatedProject({
      projectId: PROJECT.id,
      number: PROJECT.number,
      file: layout.google,
      host: this,
    });
  }

  /**
   * Starts everything that an earlier run left in `.rehearsal/`.
   *
   * @param gate stands between the engine and every API: chaos/README.md
   */
  static async start(
    tools: Tools,
    processes: Processes,
    providers: ProviderChoice = "auto",
    /** With them pods that carry traffic are real. */
    trafficTools?: TrafficTools,
    gate?: Gate,
  ): Promise<Rehearsal> {
    claim();
    for (const folder of [home, layout.bin, layout.logs, layout.run, layout.state]) {
      fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
    prepareLogs();
    prepareProgram();
    const rehearsal = new Rehearsal(tools, processes, providers, trafficTools, gate);
    await rehearsal.run();
    return rehearsal;
  }

  private async run(): Promise<void> {
    this.processes.onShutdown(() => this.stop());
    writeCredentials(this.credentials);
    this.realPlugins = await writeCommands(this.tools, this.providers);
    this.network.setElsewhere((host, port) => this.elsewhere(host, port));
    await this.startTraffic();
    await this.project.resume();
    for (const cluster of this.project.list(clusterType)) {
      this.route(String(cluster.properties.name));
    }
    this.project.on("changed", ({ resource: { type, properties } }) => {
      if (type === clusterType) {
        this.route(String(properties.name));
      }
    });
    this.controllers = startControllers({
      cloud: cloudOf(this.project),
      // Google keeps what it made for a cluster whose API does not answer.
      clusters: () =>
        [...this.clusters, ...this.lost].map(([name, { plane }]) => ({ name, client: plane.client })),
      log: (line) => log("controllers", line),
      delays: { ingress: this.ingressDelays },
    });
    this.server = await serveProject(this.project, projectSocket, this.gate);
    this.resourceManager = await serveResourceManager(this.project, this.credentials.publicCa, withheldFile);
    // Last: istiod is not ready before it has reached the other clusters.
    await Promise.all([...this.clusters.values()].map(({ player }) => player.settled()));
    if (theirIds().length > 0) {
      await describeExisting(this);
    }
    await this.announce();
  }

  /** What the internet has besides control planes: an API of Google's, and the load balancers' addresses. */
  private elsewhere(host: string, port: number): Promise<net.Socket> | undefined {
    const { resourceManager } = this;
    if (host !== RESOURCE_MANAGER || port !== 443 || !resourceManager) {
      return this.traffic?.connectAddress(host, port);
    }
    return new Promise((resolve, reject) => {
      const socket = net.connect(resourceManager.port, "127.0.0.1", () => resolve(socket));
      socket.once("error", reject);
    });
  }

  private async startTraffic(): Promise<void> {
    if (this.trafficTools) {
      this.traffic = await Traffic.start({
        tools: this.trafficTools,
        processes: this.processes,
        cloud: cloudOf(this.project),
        routes: () => this.network.routes(),
        ingresses: () => this.ingresses(),
        opened: () => void this.announce(),
        log: (line) => log("clusters", line),
      });
    }
  }

  private async announce(): Promise<void> {
    const near = Object.entries(this.traffic?.addresses() ?? {});
    announce({
      ...(await this.environment()),
      KUBECONFIG: this.kubeconfigs(),
      ...Object.fromEntries(near.map(([region, address]) => [nearVariable(region), address])),
    });
  }

  /** For kubectl and istioctl: a context per cluster, by its name. */
  private kubeconfigs(): string {
    return [...this.clusters.keys()].map(layout.kubeconfig).join(path.delimiter);
  }

  get publicCaCertificate(): string {
    return this.credentials.publicCa.certificate;
  }

  /** The environment of a person outside of Google Cloud who works on the project. */
  async environment(): Promise<Record<string, string>> {
    return environmentOf(await this.network.proxyFor());
  }

  backends() {
    return this.controllers?.backends() ?? Promise.resolve([]);
  }

  ingresses() {
    return this.controllers?.ingresses() ?? [];
  }

  async createCluster(request: ClusterRequest): Promise<{ caCertificate: string }> {
    const { name } = request;
    const running = this.clusters.get(name);
    if (running) {
      return { caCertificate: running.plane.caCertificate };
    }
    const { tools, processes, credentials, traffic, gate } = this;
    const proxy = await this.network.proxyFor(name);
    const cluster = await startCluster(request, { tools, processes, credentials, proxy, traffic, gate });
    this.clusters.set(name, cluster);
    await this.announce();
    return { caCertificate: cluster.plane.caCertificate };
  }

  async setNodes(cluster: string, nodes: ClusterNode[]): Promise<void> {
    await this.clusters.get(cluster)?.plane.setNodes(nodes);
  }

  async deleteCluster(name: string): Promise<void> {
    await this.controllers?.settle(name);
    this.network.removeCluster(name);
    await this.stopCluster(name);
    await ControlPlane.wipe(name);
    await this.announce();
  }

  /**
   * A region's outage: the control plane and all pods of a cluster go at once, and the project does not know.
   * @returns what brings it back, and resolves when istiod is ready there
   */
  async outage(name: string): Promise<() => Promise<void>> {
    const running = this.clusters.get(name);
    if (!running) {
      throw new Error(`there is no cluster ${name}; there are ${[...this.clusters.keys()].join(", ")}`);
    }
    this.lost.set(name, running);
    this.clusters.delete(name);
    await this.traffic?.cutOff(name);
    await running.player.stop();
    await running.plane.stop();
    return async () => {
      await this.traffic?.removeCluster(name);
      await this.project.resume();
      this.lost.delete(name);
      this.route(name);
      await this.clusters.get(name)?.player.settled();
    };
  }

  async stop(): Promise<void> {
    withdraw();
    await this.controllers?.stop();
    await this.traffic?.stop();
    await Promise.all([...this.clusters.keys()].map((name) => this.stopCluster(name)));
    this.server?.close();
    this.resourceManager?.close();
    await this.network.close();
  }

  private async stopCluster(name: string): Promise<void> {
    const running = this.clusters.get(name);
    this.clusters.delete(name);
    await this.traffic?.removeCluster(name);
    running?.front?.close();
    await running?.player.stop();
    await running?.plane.stop();
  }

  private route(name: string): void {
    const cluster = this.project.list(clusterType).find(({ properties }) => properties.name === name);
    const running = this.clusters.get(name);
    if (cluster && running) {
      const route = clusterRoute(this.project, cluster, running.plane.port);
      this.network.setCluster({ ...route, dnsPort: running.front?.port });
    }
  }
}

/** Permissions that the caller lacks: README.md. */
const withheldFile = path.join(home, "withheld-permissions.json");
