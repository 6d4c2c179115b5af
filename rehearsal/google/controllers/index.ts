import { setTimeout as sleep } from "node:timers/promises";
import { backendHealth, type BackendHealth } from "./backends";
import type { Cloud } from "./cloud";
import { installClusterDefinitions } from "./definitions";
import { LoadBalancers, type LoadBalancerDelays } from "./loadBalancers";
import {
  MultiClusterIngressController,
  type IngressDelays,
  type IngressState,
  usualIngressDelays,
} from "./multiClusterIngress";
import { NetworkEndpointGroups, type NegDelays } from "./networkEndpointGroups";
import type { Api } from "./objects";
import { observedCloud } from "./observedCloud";

export { installClusterDefinitions } from "./definitions";
export type { BackendHealth } from "./backends";
export type { Cloud, DerivedResource } from "./cloud";
export { type IngressDelays, usualIngressDelays };

/** A cluster whose API server answers, with an administrator's client. */
export interface ControlledCluster {
  name: string;
  client: Api;
}

export interface ControllerOptions {
  cloud: Cloud;
  /** The clusters that are up at the moment; asked again after each change of the project and every second. */
  clusters: () => ControlledCluster[];
  /** One line for whoever reads the log. */
  log?: (line: string) => void;
  /** In milliseconds; far shorter than Google's by default. */
  delays?: { loadBalancers?: LoadBalancerDelays; groups?: NegDelays; ingress?: IngressDelays };
}

export interface Controllers {
  /** State of the load balancer's backends, for each cluster. */
  backends(): Promise<BackendHealth[]>;
  /** The MultiClusterIngress objects with what is wrong with them. */
  ingresses(): IngressState[];
  /**
   * Waits until the controllers have nothing to do in the cluster, at most `timeout` (default 8000) milliseconds. To be called
   * before a control plane is stopped for good: at Google a cluster takes minutes to go, and its controllers run meanwhile.
   */
  settle(cluster: string, timeout?: number): Promise<void>;
  stop(): Promise<void>;
}

interface Running {
  client: Api;
  loadBalancers: LoadBalancers;
  groups: NetworkEndpointGroups;
  ended: boolean;
  started: Promise<void>;
}

/** Starts what Google runs around clusters: a set of controllers per cluster, and one for the fleet. */
export function startControllers(options: ControllerOptions): Controllers {
  const { clusters, log = () => undefined, delays = {} } = options;
  const cloud = observedCloud(options.cloud);
  const running = new Map<string, Running>();
  const apiOf = (name: string) => running.get(name)?.client;
  const ingress = new MultiClusterIngressController(cloud, apiOf, log, delays.ingress);

  const begin = ({ name, client }: ControlledCluster): Running => {
    const loadBalancers = new LoadBalancers(cloud, delays.loadBalancers);
    const groups = new NetworkEndpointGroups(cloud, delays.groups);
    const one = { client, loadBalancers, groups, ended: false, started: Promise.resolve() };
    const context = { cluster: name, log };
    loadBalancers.start(client, context);
    one.started = installClusterDefinitions(client)
      .catch((error: unknown) => log(`CRDs of ${name}: ${String(error)}`))
      .then(() => (one.ended ? undefined : groups.start(client, context)));
    return one;
  };
  const end = async (one: Running) => {
    one.ended = true;
    await one.started;
    await Promise.all([one.loadBalancers.stop(), one.groups.stop()]);
  };
  const look = () => {
    const now = clusters();
    for (const [name, one] of running)
      if (now.find((cluster) => cluster.name === name)?.client !== one.client) {
        running.delete(name);
        void end(one);
      }
    for (const cluster of now)
      if (!running.has(cluster.name)) {
        running.set(cluster.name, begin(cluster));
        ingress.poke();
      }
  };

  look();
  ingress.start();
  const timer = setInterval(look, 1000);
  timer.unref();
  const stopListening = cloud.onChange(look);

  return {
    backends: () => backendHealth(ingress.ingresses, ingress.services, ingress.members(), cloud),
    ingresses: () => ingress.ingresses,
    async settle(name, timeout = 8000) {
      const one = running.get(name);
      if (!one) return;
      const deadline = Date.now() + timeout;
      ingress.poke();
      // A round of the fleet's controller gives the cluster's controllers work: look twice.
      for (let quiet = 0; quiet < 3 && Date.now() < deadline;) {
        await sleep(150);
        quiet = ingress.settled && one.loadBalancers.settled && one.groups.settled ? quiet + 1 : 0;
      }
    },
    async stop() {
      clearInterval(timer);
      stopListening();
      await ingress.stop();
      await Promise.all([...running.values()].map(end));
      running.clear();
    },
  };
}
