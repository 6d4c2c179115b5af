import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { cacerts } from "./certificateAuthority";
import { type Cluster, inside } from "./cluster";
import { istioReady } from "./istioReadiness";
import type { Mesh } from "./config/schema";
import { checkIstioOperator } from "./manifests/istioOperatorSchema";
import { controlPlane } from "./manifests/istioOperator";
import {
  ISTIO_NAMESPACE,
  istioOperatorDefinition,
  OPERATOR_NAMESPACE,
  operatorObjects,
} from "./manifests/operator";

export interface IstioControlPlaneArgs {
  mesh: Mesh;
  cluster: Cluster;
  /** What istiod of this cluster signs with, and the mesh's root. PEM; the key is a secret. */
  intermediate: Parameters<typeof cacerts>[0];
  rootCertificate: pulumi.Input<string>;
}

/** istiod in one cluster: namespaces, the certificates that it signs with, the operator, and the resource that it acts on. */
export class IstioControlPlane extends pulumi.ComponentResource {
  readonly namespace: k8s.core.v1.Namespace;
  /** The IstioOperator resource, once istiod is ready: what depends on it finds webhooks that answer. */
  readonly ready: pulumi.Output<pulumi.Resource>;

  constructor(name: string, args: IstioControlPlaneArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:istio:IstioControlPlane", name, {}, opts);
    const { mesh, cluster } = args;
    const child = inside(cluster, { parent: this });

    this.namespace = new k8s.core.v1.Namespace(
      `${name}-${ISTIO_NAMESPACE}`,
      {
        metadata: {
          name: ISTIO_NAMESPACE,
          // Which network this cluster is in: istiod reads it before anything else of its configuration.
          labels: { "topology.istio.io/network": cluster.network },
        },
      },
      child,
    );
    const certificates = new k8s.core.v1.Secret(
      `${name}-cacerts`,
      {
        metadata: { name: "cacerts", namespace: ISTIO_NAMESPACE },
        stringData: cacerts(args.intermediate, args.rootCertificate),
      },
      { ...child, dependsOn: [this.namespace] },
    );

    const operatorNamespace = new k8s.core.v1.Namespace(
      `${name}-${OPERATOR_NAMESPACE}`,
      { metadata: { name: OPERATOR_NAMESPACE } },
      child,
    );
    const definition = new k8s.apiextensions.v1.CustomResourceDefinition(
      `${name}-istiooperators`,
      istioOperatorDefinition(),
      child,
    );
    const objects = operatorObjects(mesh.istio);
    const inNamespace = { ...child, dependsOn: [operatorNamespace] };
    const account = new k8s.core.v1.ServiceAccount(`${name}-operator`, objects.serviceAccount, inNamespace);
    const role = new k8s.rbac.v1.ClusterRole(`${name}-operator`, objects.clusterRole, child);
    const binding = new k8s.rbac.v1.ClusterRoleBinding(`${name}-operator`, objects.clusterRoleBinding, {
      ...child,
      dependsOn: [role, account],
    });
    const operator = new k8s.apps.v1.Deployment(`${name}-operator`, objects.deployment, {
      ...child,
      // Also the other way round: nothing that the operator needs goes before it has deleted what it made.
      dependsOn: [account, binding, definition, this.namespace],
    });
    new k8s.core.v1.Service(`${name}-operator`, objects.service, {
      ...child,
      dependsOn: [operator],
    });

    const resource = checkIstioOperator(controlPlane(mesh, cluster));
    const istiod = new k8s.apiextensions.CustomResource(`${name}-istiod`, resource, {
      ...child,
      // istiod that starts before `cacerts` exists makes a root of its own, and every workload has to restart to lose it.
      dependsOn: [certificates, operator],
      // Deletion waits for connected proxies: docs/troubleshooting.md.
      customTimeouts: { delete: "10m" },
    });
    const healthy = istioReady(
      {
        cluster: cluster.name,
        kubeconfig: cluster.kubeconfig,
        name: resource.metadata.name,
        revision: mesh.istio.revision,
        deployments: [{ namespace: ISTIO_NAMESPACE, name: `istiod-${mesh.istio.revision}` }],
      },
      istiod,
    );
    this.ready = healthy.apply(() => istiod);

    this.registerOutputs({});
  }
}
