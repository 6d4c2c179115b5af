import * as net from "node:net";
import * as path from "node:path";
import type { Cloud } from "../google/controllers/cloud";
import type { IngressState } from "../google/controllers/multiClusterIngress";
import { keyOf, portsOf } from "../google/controllers/objects";
import { objectAt } from "../google/properties";
import type { ClusterRoute } from "../google/routing";
import type { IstioPlayer } from "../istio/player";
import type { ApiObject } from "../kubernetes/client";
import type { ControlPlane } from "../kubernetes/controlPlane";
import { layout } from "../layout";
import { freePort } from "../ports";
import type { Processes } from "../processes";
import type { TrafficTools } from "../tools/traffic";
import { DataPlane } from "./dataPlane";
import { edgeOf } from "./edges";
import {
  apiServerOf,
  apiServers,
  istiodNames,
  istiodServices,
  loadBalancers,
  type NetworkedCluster,
} from "./forwarders";
import { joinSockets } from "./joinSockets";
import { TrafficPlayer } from "./player";
import type { EdgeSpec, EndpointHealth } from "./protocol";
import { Relay } from "./relay";

export interface TrafficOptions {
  tools: TrafficTools;
  processes: Processes;
  cloud: Cloud;
  /** What the simulated network knows of the clusters. */
  routes: () => ClusterRoute[];
  ingresses: () => IngressState[];
  log: (line: string) => void;
}

interface Member {
  plane: ControlPlane;
  istio: IstioPlayer;
  player: TrafficPlayer;
  relay: Relay;
  services: Map<string, ApiObject>;
  pods: Map<string, ApiObject>;
  abort: AbortController;
  /** Its region has failed: what is known of it stays, and nothing there answers. */
  out: boolean;
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
  private readonly doors: net.Server[] = [];
  private readonly open = new Set<net.Socket>();

  private constructor(
    private readonly options: TrafficOptions,
    readonly dataPlane: DataPlane,
    /** Ports of the global address on this machine's loopback. */
    readonly ports: { http: number; https: number },
  ) {}

  static async start(options: TrafficOptions): Promise<Traffic> {
    const dataPlane = await DataPlane.start(options.processes, options.log);
    const ports = { http: await freePort(), https: await freePort() };
    const traffic = new Traffic(options, dataPlane, ports);
    await traffic.openDoor(ports.http, 80);
    await traffic.openDoor(ports.https, 443);
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
    const member: Member = {
      plane,
      istio,
      player,
      relay: await Relay.listen(socketOf(name), (wanted) => this.localPort(name, wanted)),
      services: new Map(),
      pods: new Map(),
      abort: new AbortController(),
      out: false,
    };
    this.members.set(name, member);
    for (const kind of ["Service", "Pod"] as const) {
      const objects = kind === "Service" ? member.services : member.pods;
      plane.client.watch(
        "v1",
        kind,
        (type, object) => {
          objects.set(keyOf(object), object);
          if (type === "DELETED") {
            objects.delete(keyOf(object));
          }
          this.poke();
        },
        { signal: member.abort.signal },
      );
    }
    player.start();
  }

  /**
   * A region's outage: a cluster's pods end without a word, and its load balancers' addresses answer nothing. Those outside
   * go by what they knew of it, until `removeCluster`.
   */
  async cutOff(name: string): Promise<void> {
    const member = this.members.get(name);
    if (member) {
      member.out = true;
      member.abort.abort();
      this.poke();
      await member.player.stop();
      await member.relay.close();
    }
  }

  async removeCluster(name: string): Promise<void> {
    const member = this.members.get(name);
    this.members.delete(name);
    member?.abort.abort();
    if (member && !member.out) {
      await member.player.stop();
      await member.relay.close();
    }
    if (member && !this.stopping) {
      await this.dataPlane.removeNetwork(name);
      this.poke();
    }
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    clearTimeout(this.pending);
    this.doors.forEach((door) => door.close());
    this.open.forEach((socket) => socket.destroy());
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

  /** A connection to a port of the global address, from a client near that region. @throws Error when there is no way. */
  connectEdge(region: string, port: number): Promise<net.Socket> {
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
          services: [...member.services.values()],
          pods: [...member.pods.values()],
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

  /** Which loopback port answers for what a pod of a cluster calls. */
  private localPort(cluster: string, wanted: string): number | undefined {
    return (
      this.options.routes().find(({ name }) => wanted === apiServerOf(name))?.port ??
      this.istiodPort(cluster, wanted)
    );
  }

  /** Which loopback port answers for `namespace/service:port`: that of a ready istiod behind the Service. */
  private istiodPort(cluster: string, wanted: string): number | undefined {
    const [key = "", port] = wanted.split(":");
    const member = this.members.get(cluster);
    const service = member?.services.get(key);
    const target = portsOf(service?.spec).find((one) => one.port === Number(port))?.targetPort;
    const selector = Object.entries(objectAt(service, "spec.selector"));
    const ready = (member?.istio.istiods ?? []).filter(
      (istiod) =>
        istiod.ready && selector.every(([label, value]) => istiod.pod.metadata.labels?.[label] === value),
    );
    const chosen = ready[Math.floor(Math.random() * ready.length)];
    const ports: Record<number, number> | undefined = chosen?.slot.ports;
    return ports?.[Number(target)];
  }

  /** A port on this machine's loopback that leads to a port of the global address, as a client next to the config cluster. */
  private async openDoor(port: number, target: number): Promise<void> {
    const door = net.createServer({ allowHalfOpen: true }, (client) => {
      this.open.add(client);
      client.on("close", () => this.open.delete(client));
      client.on("error", () => client.destroy());
      const [edge] = this.edges;
      if (!edge) {
        client.destroy();
        return;
      }
      this.dataPlane.connect(undefined, edge.address, target).then(
        (server) => joinSockets(client, server),
        () => client.destroy(),
      );
    });
    await new Promise<void>((resolve, reject) =>
      door.once("error", reject).listen(port, "127.0.0.1", resolve),
    );
    this.doors.push(door);
  }
}

function socketOf(cluster: string): string {
  return path.join(layout.run, `${cluster}.pods`);
}
