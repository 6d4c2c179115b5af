import type * as net from "node:net";
import type { Cloud } from "../google/controllers/cloud";
import type { IngressState } from "../google/controllers/multiClusterIngress";
import type { ClusterRoute } from "../google/routing";
import type { IstioPlayer } from "../istio/player";
import type { ControlPlane } from "../kubernetes/controlPlane";
import type { Processes } from "../processes";
import type { TrafficTools } from "../tools/traffic";
import { DataPlane } from "./dataPlane";
import { Doors } from "./doors";
import { edgeOf } from "./edges";
import {
  apiServerOf,
  apiServers,
  istiodNames,
  istiodServices,
  loadBalancers,
  type NetworkedCluster,
} from "./forwarders";
import { Member, socketOf } from "./member";
import { TrafficPlayer } from "./player";
import type { EdgeSpec, EndpointHealth } from "./protocol";

export interface TrafficOptions {
  tools: TrafficTools;
  processes: Processes;
  cloud: Cloud;
  /** What the simulated network knows of the clusters. */
  routes: () => ClusterRoute[];
  ingresses: () => IngressState[];
  /** There is a way in for clients near a region that had none. */
  opened: () => void;
  log: (line: string) => void;
}

/** Clients on the internet call from the range for documentation (RFC 5737), an address for each region. */
const clientAddress = (index: number) => `198.51.100.${index + 1}`;

/** Requests through the mesh: real proxies in a namespace, and around them what Google's load balancers do. */
export class Traffic {
  private readonly members = new Map<string, Member>();
  private edges: EdgeSpec[] = [];
  private sent = "";
  private timer?: NodeJS.Timeout;
  private pending?: NodeJS.Timeout;
  private updating: Promise<void> = Promise.resolve();
  private stopping = false;
  private readonly doors = new Doors((region) => this.connectEdge(region, 443));

  private constructor(
    private readonly options: TrafficOptions,
    readonly dataPlane: DataPlane,
  ) {}

  static async start(options: TrafficOptions): Promise<Traffic> {
    const dataPlane = await DataPlane.start(options.processes, options.log);
    const traffic = new Traffic(options, dataPlane);
    // What is not watched: the project, the ingress's objects.
    traffic.timer = setInterval(() => traffic.poke(), 2000);
    traffic.timer.unref();
    return traffic;
  }

  async addCluster(plane: ControlPlane, istio: IstioPlayer): Promise<void> {
    const { name, podCidr } = plane.spec;
    const { dataPlane, options } = this;
    await dataPlane.addNetwork({ cluster: name, podCidr });
    const player = new TrafficPlayer({
      controlPlane: plane,
      dataPlane,
      tools: options.tools,
      warn: (line) => this.log(line),
    });
    const member = new Member({
      plane,
      istio,
      player,
      outside: (wanted) => options.routes().find((route) => wanted === apiServerOf(route.name))?.port,
      changed: () => this.poke(),
    });
    this.members.set(name, member);
    await member.start();
  }

  /**
   * A region's outage: a cluster's pods end without a word, and its load balancers' addresses answer nothing. Those outside
   * go by what they knew of it, until `removeCluster`.
   */
  async cutOff(name: string): Promise<void> {
    const member = this.members.get(name);
    if (member) {
      member.out = true;
      this.poke();
      await member.stop();
    }
  }

  async removeCluster(name: string): Promise<void> {
    const member = this.members.get(name);
    this.members.delete(name);
    await member?.stop();
    if (member && !this.stopping) {
      await this.dataPlane.removeNetwork(name);
      this.poke();
    }
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    clearTimeout(this.pending);
    this.doors.close();
    await this.dataPlane.stop();
    await Promise.all([...this.members.keys()].map((name) => this.removeCluster(name)));
  }

  /** Names of the clusters whose pods are played here. */
  clusters(): string[] {
    return [...this.members.keys()];
  }

  /** The cluster with the objects of the global load balancer; undefined while the fleet has none. */
  configCluster(): string | undefined {
    const { cloud } = this.options;
    return cloud.memberships().find(({ id }) => id === cloud.configMembership())?.cluster;
  }

  /** The pods of a cluster that are played here. */
  played(cluster: string) {
    return this.members.get(cluster)?.player.played ?? [];
  }

  /** Global load balancers as they are now. */
  balancers(): readonly EdgeSpec[] {
    return this.edges;
  }

  health(): Promise<EndpointHealth[]> {
    return this.dataPlane.health();
  }

  /** Addresses of clients on the internet, by the region that they are nearest to. */
  clients(): Record<string, string> {
    const regions = [...new Set(this.options.routes().map(({ region }) => region))];
    return Object.fromEntries(regions.map((region, index) => [region, clientAddress(index)]));
  }

  /** Where a browser or `curl` on this machine finds the global address, by the region that it is near to. */
  addresses(): Record<string, string> {
    const ports = Object.entries(this.doors.ports());
    return Object.fromEntries(ports.map(([region, port]) => [region, `https://localhost:${port}`]));
  }

  /** A connection to a port of the global address, from a client near that region. @throws Error when there is no way. */
  async connectEdge(region: string, port: number): Promise<net.Socket> {
    const [edge] = this.edges;
    const address = this.clients()[region];
    if (!edge) {
      throw new Error("there is no global load balancer yet");
    }
    return this.dataPlane.connect(address ? { address } : undefined, edge.address, port);
  }

  /** A connection from a client next to the config cluster; undefined when no global load balancer has that address. */
  connectAddress(address: string, port: number): Promise<net.Socket> | undefined {
    return this.edges.some((edge) => edge.address === address)
      ? this.dataPlane.connect(undefined, address, port)
      : undefined;
  }

  /** What there is changes by and by: the namespace is told a little later, of all at once. */
  private poke(): void {
    if (this.stopping || this.pending) {
      return;
    }
    this.pending = setTimeout(() => {
      this.pending = undefined;
      this.updating = this.updating.then(() => this.update()).catch((error: unknown) => this.failed(error));
    }, 100);
  }

  private failed(error: unknown): void {
    this.sent = "";
    this.log(`load balancers are not up to date: ${error instanceof Error ? error.message : String(error)}`);
  }

  /** When everything ends at once, the parts have nothing to tell. */
  private log(line: string): void {
    if (!this.stopping) {
      this.options.log(line);
    }
  }

  private async update(): Promise<void> {
    const clusters = this.networked();
    if ((await this.doors.open(Object.keys(this.clients()))) && !this.stopping) {
      this.options.opened();
    }
    for (const cluster of clusters) {
      this.members.get(cluster.cloud.name)?.player.setHosts(istiodNames(cluster));
    }
    this.edges = this.edgesNow(clusters);
    const up = clusters.filter(({ cloud }) => this.members.get(cloud.name)?.out === false);
    const outer = {
      forwarders: [
        ...loadBalancers(up),
        ...istiodServices(up, socketOf),
        ...apiServers(
          this.options.routes().filter(({ name }) => this.members.get(name)?.out !== true),
          socketOf,
        ),
      ],
      edges: this.edges,
      clients: Object.values(this.clients()),
    };
    const text = JSON.stringify(outer);
    if (text !== this.sent && !this.stopping) {
      this.sent = text;
      await this.dataPlane.setOuter(outer);
    }
  }

  private networked(): NetworkedCluster[] {
    return this.options.routes().flatMap((route): NetworkedCluster[] => {
      const [member, cloud] = [this.members.get(route.name), this.options.cloud.cluster(route.name)];
      if (!member || !cloud) {
        return [];
      }
      const { podCidr, nodeCidr } = route;
      return [
        {
          cloud,
          podCidr,
          nodeCidr,
          services: member.services,
          pods: member.pods,
        },
      ];
    });
  }

  /** The fleet's controller knows of them also while the config cluster is away: Google's load balancer goes on as it was told last. */
  private edgesNow(clusters: NetworkedCluster[]): EdgeSpec[] {
    const { cloud, ingresses } = this.options;
    const config = this.configCluster();
    const home = (config && cloud.cluster(config)?.region) ?? "";
    const clients = Object.fromEntries(
      Object.entries(this.clients()).map(([region, address]) => [address, region]),
    );
    return ingresses()
      .map((state) => edgeOf(state, { cloud, clusters, clients: { ...clients, "*": home } }))
      .filter((edge) => edge !== undefined);
  }
}
