import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Cluster, inside } from "./cluster";
import type { Mesh } from "./config/schema";
import { localityFailover } from "./manifests/locality";

export interface LocalityFailoverArgs {
  mesh: Mesh;
  cluster: Cluster;
  /** The IstioOperator resource of istiod, once its webhooks answer. */
  ready: pulumi.Output<pulumi.Resource>;
}

/** Lets the near region answer while it is healthy. Without it every cluster's replicas get an equal share. */
export class LocalityFailover extends pulumi.ComponentResource {
  constructor(name: string, args: LocalityFailoverArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:istio:LocalityFailover", name, {}, opts);
    new k8s.apiextensions.CustomResource(
      name,
      localityFailover(args.mesh.locality),
      inside(args.cluster, { parent: this, dependsOn: args.ready }),
    );
    this.registerOutputs({});
  }
}
