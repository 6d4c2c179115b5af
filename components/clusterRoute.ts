import * as dns from "@pulumi/gcp/dns";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Cluster, inside } from "./cluster";
import type { Mesh } from "./config/schema";
import { clusterSubsets, clusterVirtualService, type Route, routeHost } from "./manifests/clusterRoute";

export interface ClusterRouteArgs {
  project: string;
  route: Route;
  outlierDetection: Mesh["outlierDetection"];
  /** Cloud DNS: the name of a managed zone, and the domain of the records in it. */
  dns: { zone: string; domain: string };
  /** The cluster in which the rules are made, and whose own name is recorded. */
  cluster: Cluster;
  /** The global address. */
  address: pulumi.Input<string>;
  /** The IstioOperator resource of istiod, and the namespace of the gateways. */
  dependsOn: pulumi.Input<pulumi.Input<pulumi.Resource>[]>;
}

/**
 * Reaches one cluster's replicas of a service from outside, by a name of their own. The load balancer always takes the nearest
 * region; what comes in at the wrong one goes on through the east-west gateway.
 */
export class ClusterRoute extends pulumi.ComponentResource {
  constructor(name: string, args: ClusterRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:edge:ClusterRoute", name, {}, opts);
    const { project, route, outlierDetection, cluster, address, dependsOn } = args;
    const { zone, domain } = args.dns;
    const child = inside(cluster, { parent: this, dependsOn });

    const rule = new k8s.apiextensions.CustomResource(
      `${name}-subsets`,
      clusterSubsets(route, outlierDetection),
      child,
    );
    for (const target of route.clusters) {
      new k8s.apiextensions.CustomResource(
        `${name}-to-${target}`,
        clusterVirtualService(route, target, domain),
        // Subsets first: a route to a subset that is not there answers 503.
        inside(cluster, { parent: this, dependsOn: [rule] }),
      );
    }
    if (route.clusters.includes(cluster.name)) {
      new dns.RecordSet(
        name,
        {
          project,
          managedZone: zone,
          name: `${routeHost(route, cluster.name, domain)}.`,
          type: "A",
          ttl: 300,
          rrdatas: [address],
        },
        { parent: this },
      );
    }

    this.registerOutputs({});
  }
}
