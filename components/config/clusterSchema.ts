import { z } from "zod";
import { cidr, label, text, wholeNumber } from "./fields";

/** A node pool of a regional cluster. */
function nodePool(defaults: { machineType: string; minNodes: number; maxNodes: number }) {
  return z
    .strictObject({
      /** A Compute Engine machine type. */
      machineType: text("a machine type such as e2-standard-4", /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/).default(
        defaults.machineType,
      ),
      /** Nodes per zone at least; a region has three zones as a rule. */
      minNodes: wholeNumber(0, 1000, "nodes per zone").default(defaults.minNodes),
      /** Nodes per zone at most. */
      maxNodes: wholeNumber(1, 1000, "nodes per zone").default(defaults.maxNodes),
    })
    .prefault({});
}

/** Ranges of a cluster: all from `mesh.cidr` (an existing cluster's may lie elsewhere), none overlaps another of the mesh. */
const clusterRanges = z.strictObject({
  /** Primary range of the subnet: nodes and internal load balancers. */
  nodes: cidr("10.16.0.0/20"),
  /** Secondary range for Services. */
  services: cidr("10.16.16.0/20"),
  /** Secondary range for pods: a /24 of it goes to each node. */
  pods: cidr("10.17.0.0/16"),
  /** A /28 of its own for the control plane. Default: an address from `nodes`, which is what GKE does from 1.29. */
  controlPlane: cidr("10.16.32.0/28").optional(),
});

/** A subnet that is in `mesh.vpc` already, in the cluster's region; its ranges are those that `ranges` says. */
const subnetwork = z.strictObject({
  name: label("production-us-east1"),
  /** Names of its secondary ranges. */
  pods: label("pods"),
  services: label("services"),
});

/** One entry of `mesh.clusters`. */
export const cluster = z.strictObject({
  /** Google Cloud region. Default: the cluster's name. */
  region: text("a region such as us-east1").optional(),
  /** Istio's network name, another one for each cluster. Default: the cluster's name. */
  network: label("us-east1").optional(),
  /** Required, unless the cluster exists already. */
  ranges: clusterRanges.optional(),
  /** A subnet that is there already, in `mesh.vpc`. Default: one is made, with a router and a NAT. */
  subnetwork: subnetwork.optional(),
  /** The stack that owns the cluster; its peers read it by this name. Default: the cluster's name. */
  stack: text("a stack's name such as us-east1", /^[\w.-]+(\/[\w.-]+){0,2}$/).optional(),
  /**
   * Name of a standalone network endpoint group on port 443 of the ingress gateway. Nothing of the mesh needs it; it has to
   * go before the VPC can. https://cloud.google.com/kubernetes-engine/docs/how-to/standalone-neg
   */
  namedNeg: label("us-central1").optional(),
  /** A cluster that is there already. Its kubeconfig is a secret: `mesh:kubeconfig-<cluster>`. */
  existing: z
    .strictObject({
      /** URL of its API server as pods of the other clusters reach it. */
      server: text(
        "an https URL that pods of the other clusters reach, such as https://10.0.0.2",
        /^https:\/\/([a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?\/?$/,
      ),
      /** What the fleet knows the cluster by; without it the global load balancer does not send requests there. */
      membershipLink: text(
        "a link such as //container.googleapis.com/projects/my-project/locations/us-east1/clusters/main",
        /^\/\/container\.googleapis\.com\/projects\/[^/\s]+\/locations\/[^/\s]+\/clusters\/[^/\s]+$/,
      ).optional(),
    })
    .optional(),
  nodePools: z
    .strictObject({
      /** For the mesh's workloads: Google may take these nodes away at any time. */
      spot: nodePool({ machineType: "e2-standard-2", minNodes: 1, maxNodes: 3 }),
      /** For what must not be preempted: the operator, kube-system. */
      system: nodePool({ machineType: "e2-standard-2", minNodes: 1, maxNodes: 2 }),
    })
    .prefault({}),
});
