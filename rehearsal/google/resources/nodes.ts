import { badRequest } from "../errors";
import { computeUrl, digest, regionOf, requiredText } from "../names";
import { at, listAt, numberAt, objectAt, textAt, textsAt, type Properties } from "../properties";
import type { ClusterNode } from "../clusterHost";

/** GiB of memory per vCPU (https://cloud.google.com/compute/docs/machine-resource). */
const memoryPerCpu: Record<string, number> = { standard: 4, highmem: 8, highcpu: 1 };
const shared: Record<string, { cpu: string; memory: string }> = {
  "e2-micro": { cpu: "2", memory: "1Gi" },
  "e2-small": { cpu: "2", memory: "2Gi" },
  "e2-medium": { cpu: "2", memory: "4Gi" },
};

/** vCPUs and memory of a machine type; refuses one that Google does not have. */
export function machine(type: string): { cpu: string; memory: string } {
  const known = shared[type];
  if (known) return known;
  const [, , shape = "", cpus = ""] =
    /^(c3|c3d|c4|c4a|e2|n1|n2|n2d|n4|t2d)-(standard|highmem|highcpu)-(\d+)$/.exec(type) ?? [];
  const perCpu = memoryPerCpu[shape];
  if (!perCpu) throw badRequest(`Machine type with name "${type}" does not exist.`);
  return { cpu: cpus, memory: `${Number(cpus) * perCpu}Gi` };
}

const effects: Record<string, string> = {
  NO_EXECUTE: "NoExecute",
  NO_SCHEDULE: "NoSchedule",
  PREFER_NO_SCHEDULE: "PreferNoSchedule",
};

/** Scopes of nodes that ask for none (https://cloud.google.com/kubernetes-engine/docs/how-to/access-scopes#default_access_scopes). */
const defaultScopes = [
  "https://www.googleapis.com/auth/devstorage.read_only",
  "https://www.googleapis.com/auth/logging.write",
  "https://www.googleapis.com/auth/monitoring",
  "https://www.googleapis.com/auth/service.management.readonly",
  "https://www.googleapis.com/auth/servicecontrol",
  "https://www.googleapis.com/auth/trace.append",
];

/** A pool with everything that GKE fills in. `cluster` needs id, location, nodeLocations and masterVersion. */
export function poolOutputs(pool: Properties, cluster: Properties): Properties {
  const given = objectAt(pool, "nodeConfig");
  const zones =
    textsAt(pool, "nodeLocations").length > 0
      ? textsAt(pool, "nodeLocations")
      : textsAt(cluster, "nodeLocations");
  const name = requiredText(pool, "name");
  const groups = zones.map(
    (zone) =>
      `${computeUrl}${requiredText(cluster, "id").split("/").slice(0, 2).join("/")}/zones/${zone}/instanceGroupManagers/gke-${requiredText(cluster, "name")}-${name}-${digest(zone + name, 8)}-grp`,
  );
  return {
    ...pool,
    initialNodeCount: numberAt(pool, "initialNodeCount") ?? numberAt(pool, "nodeCount") ?? 0,
    instanceGroupUrls: groups.map((url) => url.replace("instanceGroupManagers", "instanceGroups")),
    managedInstanceGroupUrls: groups,
    management: { autoRepair: true, autoUpgrade: true, ...objectAt(pool, "management") },
    maxPodsPerNode: numberAt(pool, "maxPodsPerNode") ?? numberAt(cluster, "defaultMaxPodsPerNode") ?? 110,
    networkConfig: {
      enablePrivateNodes: at(cluster, "privateClusterConfig.enablePrivateNodes") === true,
      podIpv4CidrBlock: textAt(cluster, "ipAllocationPolicy.clusterIpv4CidrBlock") ?? "",
      podRange: textAt(cluster, "ipAllocationPolicy.clusterSecondaryRangeName") ?? "",
      ...objectAt(pool, "networkConfig"),
    },
    nodeConfig: {
      bootDisk: { diskType: "pd-balanced", sizeGb: 100 },
      diskSizeGb: 100,
      diskType: "pd-balanced",
      imageType: "COS_CONTAINERD",
      labels: {},
      loggingVariant: "DEFAULT",
      machineType: "e2-medium",
      metadata: { "disable-legacy-endpoints": "true" },
      oauthScopes: defaultScopes,
      preemptible: false,
      serviceAccount: "default",
      spot: false,
      ...given,
      effectiveTaints: listAt(given, "taints"),
      shieldedInstanceConfig: {
        enableIntegrityMonitoring: true,
        enableSecureBoot: false,
        ...objectAt(given, "shieldedInstanceConfig"),
      },
    },
    nodeCount: perZone(pool, zones.length),
    nodeLocations: zones,
    operation: "",
    upgradeSettings: {
      maxSurge: 1,
      maxUnavailable: 0,
      strategy: "SURGE",
      ...objectAt(pool, "upgradeSettings"),
    },
    version: textAt(pool, "version") ?? requiredText(cluster, "masterVersion"),
  };
}

/**
 * Nodes per zone. Nothing plays the autoscaler: a pool that may grow starts with one node per zone at least.
 */
function perZone(pool: Properties, zones: number): number {
  const asked = Math.max(
    numberAt(pool, "nodeCount") ?? numberAt(pool, "initialNodeCount") ?? 0,
    numberAt(pool, "autoscaling.minNodeCount") ?? 0,
    Math.ceil((numberAt(pool, "autoscaling.totalMinNodeCount") ?? 0) / Math.max(zones, 1)),
  );
  return pool.autoscaling === undefined ? asked : Math.max(asked, 1);
}

/** The nodes of a pool (as {@link poolOutputs} answers it), spread over its zones. */
export function nodesOfPool(pool: Properties, cluster: Properties): ClusterNode[] {
  const config = objectAt(pool, "nodeConfig");
  const name = requiredText(pool, "name");
  const type = requiredText(config, "machineType");
  const spot = config.spot === true;
  const region = regionOf(requiredText(cluster, "location"));
  const metadataServer = textAt(config, "workloadMetadataConfig.mode") === "GKE_METADATA";
  const total = numberAt(pool, "autoscaling.totalMaxNodeCount") ?? Infinity;
  const nodes = textsAt(pool, "nodeLocations").flatMap((zone) =>
    Array.from({ length: numberAt(pool, "nodeCount") ?? 0 }, (_, index) => ({
      name: `gke-${requiredText(cluster, "name")}-${name}-${digest(zone + name, 8)}-${digest(zone + name + index, 4)}`,
      labels: {
        ...(objectAt(config, "labels") as Record<string, string>),
        "cloud.google.com/gke-boot-disk": requiredText(config, "diskType"),
        "cloud.google.com/gke-nodepool": name,
        "cloud.google.com/gke-os-distribution": "cos",
        "cloud.google.com/gke-provisioning": spot ? "spot" : "standard",
        ...(spot ? { "cloud.google.com/gke-spot": "true" } : {}),
        "cloud.google.com/machine-family": type.split("-")[0] ?? type,
        ...(metadataServer ? { "iam.gke.io/gke-metadata-server-enabled": "true" } : {}),
        "node.kubernetes.io/instance-type": type,
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": zone,
      },
      taints: listAt(config, "taints").map((taint) => ({
        key: requiredText(taint, "key"),
        value: textAt(taint, "value") ?? "",
        effect: effects[requiredText(taint, "effect")] ?? "NoSchedule",
      })),
      ...machine(type),
    })),
  );
  return nodes.slice(0, total);
}
