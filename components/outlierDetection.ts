import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Cluster, inside } from "./cluster";
import { type EjectionLimits, outlierDetectionRule } from "./manifests/outlierDetection";

export interface OutlierDetectionArgs {
  /** When an endpoint is taken out. */
  limits: EjectionLimits;
  cluster: Cluster;
  /** The IstioOperator resource of istiod, once its webhooks answer. */
  ready: pulumi.Output<pulumi.Resource>;
}

/** Takes endpoints out while they fail, for all services of the mesh: those of a lost region above all. */
export class OutlierDetection extends pulumi.ComponentResource {
  constructor(name: string, args: OutlierDetectionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:istio:OutlierDetection", name, {}, opts);
    new k8s.apiextensions.CustomResource(
      name,
      outlierDetectionRule(args.limits),
      inside(args.cluster, { parent: this, dependsOn: args.ready }),
    );
    this.registerOutputs({});
  }
}
