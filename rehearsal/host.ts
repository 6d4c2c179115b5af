import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import type * as http from "node:http";
import * as net from "node:net";
import * as path from "node:path";
import { type Ca, makeCa } from "./certificates";
import type { Gate } from "./chaos/gate";
import { type GatedApiServer, gateApiServer } from "./chaos/gatedApiServer";
import { installPlugins } from "./engine/plugins";
import { authPluginScript } from "./google/authPlugin";
import type { ClusterHost, ClusterNode, ClusterRequest } from "./google/clusterHost";
import { clusterRoute } from "./google/clusterRoute";
import { type Controllers, installClusterDefinitions, startControllers } from "./google/controllers";
import { clusterType } from "./google/names";
import { RehearsedNetwork } from "./google/network";
import { SimulatedProject } from "./google/project";
import { cloudOf } from "./google/projectCloud";
import { RESOURCE_MANAGER, type ResourceManager, serveResourceManager } from "./google/resourceManager";
import { serveProject, socketVariable } from "./google/server";
import { IstioPlayer } from "./istio/player";
import { ControlPlane } from "./kubernetes/controlPlane";
import { describeExisting, theirIds } from "./existing";
import { home, layout } from "./layout";
import type { ProviderChoice } from "./options";
import { passphraseFile, prepareProgram, PROJECT } from "./program";
import { Processes } from "./processes";
import { announce, claim, withdraw } from "./running";
import type { Tools } from "./tools";
import type { TrafficTools } from "./tools/traffic";
import { istiodEnvironment } from "./traffic/additions";
import { nearVariable } from "./traffic/doors";
import { playedApps } from "./traffic/proxy";
import { sayReady } from "./traffic/sayReady";
import { Traffic } from "./traffic/traffic";

/** A cluster that is running here. */
export interface RehearsedCluster {
  plane: ControlPlane;
  player: IstioPlayer;
  /** Its DNS endpoint, where a gate stands in front of it. */
  front?: GatedApiServer;
}

/** Who Pulumi, kubectl and istioctl are: an owner of the project, and so an administrator of its clusters. */
const PERSON = { name: "platform-engineer@example.com", groups: ["system:masters"] };

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
  private readonly publicCa: Ca;
  private readonly token: string;
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
    this.publicCa = kept("public-ca.json", () => makeCa("Rehearsal Public CA"));
    this.token = kept("token.json", () => randomBytes(24).toString("base64url"));
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
    for (const name of ["network", "controllers", "clusters"]) {
      fs.appendFileSync(logFile(name), "");
    }
    prepareProgram();
    const rehearsal = new Rehearsal(tools, processes, providers, trafficTools, gate);
    await rehearsal.run();
    return rehearsal;
  }

  private async run(): Promise<void> {
    this.processes.onShutdown(() => this.stop());
    fs.writeFileSync(this.publicCaFile, this.publicCa.certificate);
    fs.writeFileSync(tokenFile, this.token, { mode: 0o600 });
    await this.writeCommands();
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
    });
    this.server = await serveProject(this.project, projectSocket, this.gate);
    this.resourceManager = await serveResourceManager(this.project, this.publicCa, withheldFile);
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

  /** What people and the engine find on PATH. */
  private async writeCommands(): Promise<void> {
    this.realPlugins = await installPlugins(this.providers);
    const plugin = path.join(layout.bin, "gke-gcloud-auth-plugin");
    fs.writeFileSync(plugin, authPluginScript(tokenFile), { mode: 0o755 });
    for (const name of ["pulumi", "kubectl", "istioctl"] as const) {
      const link = path.join(layout.bin, name);
      fs.rmSync(link, { force: true });
      fs.symlinkSync(this.tools[name], link);
    }
  }

  /** The certificate that publicly trusted endpoints of this rehearsal go back to. */
  private get publicCaFile(): string {
    return path.join(home, "public-ca.pem");
  }

  get publicCaCertificate(): string {
    return this.publicCa.certificate;
  }

  /** The environment of a person outside of Google Cloud who works on the project. */
  async environment(): Promise<Record<string, string>> {
    return {
      PATH: `${layout.bin}${path.delimiter}${process.env.PATH ?? ""}`,
      KUBECACHEDIR: path.join(home, "kube-cache"),
      PULUMI_HOME: path.join(home, "pulumi"),
      PULUMI_BACKEND_URL: `file://${layout.state}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      HTTPS_PROXY: await this.network.proxyFor(),
      NO_PROXY: "127.0.0.1,localhost,::1",
      SSL_CERT_FILE: this.publicCaFile,
      NODE_EXTRA_CA_CERTS: this.publicCaFile,
      [socketVariable]: projectSocket,
    };
  }

  backends() {
    return this.controllers?.backends() ?? Promise.resolve([]);
  }

  ingresses() {
    return this.controllers?.ingresses() ?? [];
  }

  async createCluster(request: ClusterRequest): Promise<{ caCertificate: string }> {
    const { name, podCidr, serviceCidr, privateEndpoint, dnsEndpoint } = request;
    const running = this.clusters.get(name);
    if (running) {
      return { caCertificate: running.plane.caCertificate };
    }
    const plane = await ControlPlane.start(
      {
        name,
        podCidr,
        serviceCidr,
        privateEndpoint,
        dnsEndpoint,
        publicCa: this.publicCa,
        users: [{ token: this.token, ...PERSON }],
        playedApps: this.traffic ? playedApps : [],
      },
      {
        tools: this.tools,
        processes: this.processes,
        warn: (line) => log("clusters", line),
      },
    );
    await installClusterDefinitions(plane.client);
    const player = new IstioPlayer({
      controlPlane: plane,
      tools: this.tools,
      processes: this.processes,
      proxy: await this.network.proxyFor(name),
      publicCaFile: this.publicCaFile,
      istiodEnv: this.traffic ? istiodEnvironment : {},
    });
    await player.start();
    const { port, caCertificate: ca } = plane;
    const front =
      this.gate &&
      (await gateApiServer({
        cluster: name,
        dnsEndpoint,
        publicCa: this.publicCa,
        port,
        ca,
        gate: this.gate,
      }));
    await (this.traffic ? this.traffic.addCluster(plane, player) : sayReady(plane.client));
    this.clusters.set(name, { plane, player, front });
    await this.announce();
    return { caCertificate: plane.caCertificate };
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

const tokenFile = path.join(home, "token");
/** Permissions that the caller lacks: README.md. */
const withheldFile = path.join(home, "withheld-permissions.json");
const projectSocket = path.join(layout.run, "google.sock");

/** A value that is made once per rehearsal. */
function kept<T>(name: string, make: () => T): T {
  const file = path.join(home, name);
  if (!fs.existsSync(file)) {
    fs.writeFileSync(file, JSON.stringify(make()), { mode: 0o600 });
  }
  return JSON.parse(fs.readFileSync(file, "utf8")) as T;
}

function logFile(name: string): string {
  return path.join(layout.logs, `${name}.log`);
}

function log(name: string, line: string): void {
  fs.appendFileSync(logFile(name), `${new Date().toISOString()} ${line}\n`);
}
