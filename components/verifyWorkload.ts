import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Cluster, inside } from "./cluster";
import type { Mesh } from "./config/schema";
import { verifyWorkload } from "./manifests/verifyWorkload";

export interface VerifyWorkloadArgs {
  mesh: Mesh;
  cluster: Cluster;
  /** The IstioOperator resource of istiod, once its webhooks answer: they inject the sidecars. */
  ready: pulumi.Output<pulumi.Resource>;
}

/** A page at the global address that shows which pod of which cluster answered. For trying a mesh out. */
export class VerifyWorkload extends pulumi.ComponentResource {
  constructor(name: string, args: VerifyWorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:edge:VerifyWorkload", name, {}, opts);
    const { mesh, cluster, ready } = args;
    const child = inside(cluster, { parent: this });
    const objects = verifyWorkload(mesh.verifyWorkload, {
      cluster: cluster.name,
      clusters: Object.keys(mesh.clusters),
      revision: mesh.istio.revision,
    });

    const namespace = new k8s.core.v1.Namespace(name, objects.namespace, { ...child, dependsOn: ready });
    const inNamespace = { ...child, dependsOn: [namespace] };
    const page = new k8s.core.v1.ConfigMap(name, objects.page, inNamespace);
    const deployment = new k8s.apps.v1.Deployment(name, objects.deployment, { ...child, dependsOn: [page] });
    new k8s.core.v1.Service(name, objects.service, { ...child, dependsOn: [deployment] });
    new k8s.policy.v1.PodDisruptionBudget(name, objects.disruptionBudget, inNamespace);
    new k8s.apiextensions.CustomResource(name, objects.virtualService, inNamespace);

    this.registerOutputs({});
  }
}
