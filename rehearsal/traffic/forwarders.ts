import type { CloudCluster } from "../google/controllers/cloud";
import { keys, wantsInternal } from "../google/controllers/annotations";
import { containerPort } from "../google/controllers/backends";
import { annotationsOf, keyOf, portsOf } from "../google/controllers/objects";
import { type ClusterRoute, decide } from "../google/routing";
import { listAt, objectAt, textAt, textsAt } from "../google/properties";
import type { ApiObject } from "../kubernetes/client";
import type { Forwarder, Target } from "./protocol";

/** A cluster as the network around its pods sees it. */
export interface NetworkedCluster {
  cloud: Pick<CloudCluster, "name" | "location" | "region" | "network">;
  podCidr: string;
  nodeCidr: string;
  services: ApiObject[];
  pods: ApiObject[];
}

/**
 * What Google's passthrough load balancers do for Services of type LoadBalancer. An internal one is reached from its own VPC,
 * from other regions of it only with global access:
 * https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer#internal
 */
export function loadBalancers(clusters: NetworkedCluster[]): Forwarder[] {
  return clusters.flatMap((cluster) =>
    cluster.services.flatMap((service) => {
      const address = textAt(service, "status.loadBalancer.ingress.0.ip");
      if (textAt(service, "spec.type") !== "LoadBalancer" || !address) {
        return [];
      }
      const admitted = textsAt(service, "spec.loadBalancerSourceRanges");
      const sources = [
        admitted.length > 0 ? admitted : ["0.0.0.0/0"],
        ...(wantsInternal(annotationsOf(service)) ? [callersInside(clusters, cluster, service)] : []),
      ];
      return portsOf(service.spec).map(({ port }, index) => ({
        address,
        port,
        title: `load balancer of ${keyOf(service)} in ${cluster.cloud.name}`,
        rules: [{ sources, targets: targetsOf(service, index, cluster.pods) }],
      }));
    }),
  );
}

function callersInside(clusters: NetworkedCluster[], own: NetworkedCluster, service: ApiObject): string[] {
  const global = annotationsOf(service)[keys.globalAccess] === "true";
  return clusters
    .filter(({ cloud }) => cloud.network === own.cloud.network)
    .filter(({ cloud }) => global || cloud.region === own.cloud.region)
    .flatMap(({ podCidr, nodeCidr }) => [podCidr, nodeCidr]);
}

/** Ready pods behind a port of a Service. */
function targetsOf(service: ApiObject, port: number, pods: ApiObject[]): Target[] {
  const wanted = portsOf(service.spec)[port];
  return selectedBy(service, pods)
    .filter(isReady)
    .flatMap((pod) => {
      const address = textAt(pod, "status.podIP");
      const target = wanted && containerPort(pod, wanted);
      return address && target ? [{ address, port: target }] : [];
    });
}

/** Pods that a Service, or what stands for one, selects; none without a selector. */
export function selectedBy(service: ApiObject, pods: ApiObject[], selectorAt = "spec.selector"): ApiObject[] {
  const selector = Object.entries(objectAt(service, selectorAt));
  return pods.filter(
    (pod) =>
      selector.length > 0 &&
      pod.metadata.namespace === service.metadata.namespace &&
      pod.metadata.deletionTimestamp === undefined &&
      selector.every(([key, value]) => objectAt(pod, "metadata.labels")[key] === value),
  );
}

export function isReady(pod: ApiObject): boolean {
  return listAt(pod, "status.conditions").some(({ type, status }) => type === "Ready" && status === "True");
}

/**
 * The addresses of istiod's Services, for the pods of their cluster: istiod itself runs outside of the namespace, behind a
 * unix socket.
 */
export function istiodServices(
  clusters: NetworkedCluster[],
  socketOf: (cluster: string) => string,
): Forwarder[] {
  return clusters.flatMap(({ cloud, podCidr, services }) =>
    services.filter(isIstiod).flatMap((service) =>
      portsOf(service.spec).map(({ port }) => ({
        address: textAt(service, "spec.clusterIP") ?? "",
        port,
        title: `Service ${keyOf(service)} in ${cloud.name}`,
        rules: [
          {
            sources: [[podCidr]],
            targets: [{ socket: socketOf(cloud.name), wanted: `${keyOf(service)}:${port}` }],
          },
        ],
      })),
    ),
  );
}

/** What a relay is asked for. */
export const apiServerOf = (cluster: string) => `API server of ${cluster}`;

/** The private endpoints of control planes, for the pods that Google's rules let through. */
export function apiServers(routes: ClusterRoute[], socketOf: (cluster: string) => string): Forwarder[] {
  return routes.map(({ name, privateEndpoint }) => ({
    address: privateEndpoint,
    port: 443,
    title: apiServerOf(name),
    rules: routes
      .filter((caller) => decide(routes, caller.name, privateEndpoint, 443).allowed)
      .map((caller) => ({
        sources: [[caller.podCidr]],
        targets: [{ socket: socketOf(caller.name), wanted: apiServerOf(name) }],
      })),
  }));
}

/** Names of istiod's Services, as a cluster's DNS would have them. */
export function istiodNames({ services }: NetworkedCluster): Record<string, string> {
  return Object.fromEntries(
    services.filter(isIstiod).map((service) => {
      const { name, namespace } = service.metadata;
      return [`${name}.${namespace}.svc`, textAt(service, "spec.clusterIP") ?? ""];
    }),
  );
}

function isIstiod(service: ApiObject): boolean {
  const address = textAt(service, "spec.clusterIP");
  return objectAt(service, "spec.selector").app === "istiod" && address !== undefined && address !== "None";
}
