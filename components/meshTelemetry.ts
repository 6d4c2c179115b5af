import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Cluster, inside } from "./cluster";
import type { Mesh } from "./config/schema";
import { meshDefaultTelemetry } from "./manifests/telemetry";

export interface MeshTelemetryArgs {
  mesh: Mesh;
  cluster: Cluster;
  /** The IstioOperator resource of istiod, once its webhooks answer. */
  ready: pulumi.Output<pulumi.Resource>;
}

/** Where the cluster's workloads send metrics. Tracing and the providers are part of istiod's own mesh configuration. */
export class MeshTelemetry extends pulumi.ComponentResource {
  constructor(name: string, args: MeshTelemetryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:istio:MeshTelemetry", name, {}, opts);
    const { mesh, cluster, ready } = args;
    if (mesh.telemetry.stackdriver) {
      new k8s.apiextensions.CustomResource(
        `${name}-mesh-default`,
        meshDefaultTelemetry(),
        inside(cluster, { parent: this, dependsOn: ready }),
      );
    }
    this.registerOutputs({});
  }
}
