import { badRequest, notFound } from "../errors";
import { baseName, clusterType, nodePoolType, relativeName, requiredText } from "../names";
import { at, listAt, numberAt, objectAt, textAt, textsAt, type Properties } from "../properties";
import type { Google, ResourceKind, StoredResource } from "../resource";
import { syncNodes } from "./cluster";
import { checkManagement, requireNodeAccount } from "./clusterRules";
import { machine, poolOutputs } from "./nodes";
import { older } from "./versions";

function clusterId(properties: Properties, google: Google): string {
  return relativeName(requiredText(properties, "cluster"), (name) => {
    const location = textAt(properties, "location");
    return `projects/${google.projectId}/locations/${location ?? ""}/clusters/${name}`;
  });
}

function owner(properties: Properties, google: Google): StoredResource {
  const id = clusterId(properties, google);
  const found = google.find(clusterType, id);
  if (!found) throw notFound(`Not found: ${id}.`);
  if (found.status === "PROVISIONING" || found.status === "STOPPING")
    throw badRequest(`Cluster is running incompatible operation: ${found.id} is ${found.status}.`);
  return found;
}

/** Keys that GKE sets itself, or that Kubernetes keeps for itself. */
const reserved = /(^|\.)(kubernetes\.io|k8s\.io)\/|^cloud\.google\.com\/gke-(nodepool|spot|provisioning)$/;

function checkPool(properties: Properties, cluster: StoredResource, google: Google): void {
  const config = objectAt(properties, "nodeConfig");
  requireNodeAccount(google, textAt(config, "serviceAccount"));
  machine(textAt(config, "machineType") ?? "e2-medium");
  checkManagement(cluster.properties, properties.management);
  if (config.spot === true && config.preemptible === true)
    throw badRequest("Cannot specify both spot and preemptible.");
  for (const key of Object.keys(objectAt(config, "labels")))
    if (reserved.test(key)) throw badRequest(`Node label "${key}" is reserved.`);
  const keys = listAt(config, "taints").map((taint) => `${String(taint.key)}:${String(taint.effect)}`);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice) throw badRequest(`Duplicate node taint "${twice}".`);
  const identity = textAt(cluster.properties, "workloadIdentityConfig.workloadPool");
  if (textAt(config, "workloadMetadataConfig.mode") === "GKE_METADATA" && !identity)
    throw badRequest(
      "Workload metadata mode GKE_METADATA needs Workload Identity to be enabled on the cluster.",
    );
  const limits = objectAt(properties, "autoscaling");
  const perZone = ["minNodeCount", "maxNodeCount"].some((name) => numberAt(limits, name) !== undefined);
  const total = ["totalMinNodeCount", "totalMaxNodeCount"].some(
    (name) => numberAt(limits, name) !== undefined,
  );
  if (perZone && total) throw badRequest("Autoscaling limits per zone and in total cannot be used together.");
  for (const [low, high] of [
    ["minNodeCount", "maxNodeCount"],
    ["totalMinNodeCount", "totalMaxNodeCount"],
  ] as const)
    if ((numberAt(limits, low) ?? 0) > (numberAt(limits, high) ?? 0))
      throw badRequest(
        `Node pool autoscaling: ${low} ${numberAt(limits, low) ?? 0} is above ${high} ${numberAt(limits, high) ?? 0}.`,
      );
  if (properties.autoscaling !== undefined && !(perZone || total))
    throw badRequest("Node pool autoscaling needs a maximum node count.");
  const zones = textsAt(cluster.properties, "nodeLocations");
  const region = requiredText(cluster.properties, "location").replace(/-[a-z]$/, "");
  for (const zone of textsAt(properties, "nodeLocations"))
    if (!zone.startsWith(`${region}-`))
      throw badRequest(`Zone "${zone}" is not in the cluster's region; it has ${zones.join(", ")}.`);
  const version = textAt(properties, "version");
  if (version && older(requiredText(cluster.properties, "masterVersion"), version))
    throw badRequest(`Node version "${version}" must not be newer than the control plane's.`);
}

export const nodePool: ResourceKind = {
  type: nodePoolType,
  service: "container.googleapis.com",
  id: (properties, google) =>
    `${clusterId(properties, google)}/nodePools/${requiredText(properties, "name")}`,
  alreadyExists: (id) => `Already exists: ${id}.`,
  create(properties, google) {
    const cluster = owner(properties, google);
    checkPool(properties, cluster, google);
    const filled = poolOutputs(properties, { ...cluster.properties, id: cluster.id });
    return {
      ...filled,
      cluster: baseName(requiredText(properties, "cluster")),
      location: requiredText(cluster.properties, "location"),
    };
  },
  async provision(resource, google) {
    await syncNodes(google, owner(resource.properties, google));
    return resource.properties;
  },
  update(resource, wanted, google) {
    const cluster = owner(resource.properties, google);
    const merged = { ...resource.properties, ...wanted };
    const config = { ...objectAt(resource.properties, "nodeConfig"), ...objectAt(wanted, "nodeConfig") };
    for (const gone of ["taints", "labels", "tags"])
      if (at(wanted, `nodeConfig.${gone}`) === undefined) delete config[gone];
    if (wanted.autoscaling === undefined) delete merged.autoscaling;
    const properties = {
      ...merged,
      nodeConfig: config,
      location: requiredText(cluster.properties, "location"),
    };
    checkPool(properties, cluster, google);
    const kept = { ...properties, nodeCount: wanted.nodeCount ?? resource.properties.nodeCount };
    return poolOutputs(kept, { ...cluster.properties, id: cluster.id });
  },
  reprovision: async (resource, google) => syncNodes(google, owner(resource.properties, google)),
  async deprovision(resource, google) {
    const cluster = google.find(clusterType, clusterId(resource.properties, google));
    google.forget(nodePoolType, resource.id);
    if (cluster && cluster.status !== "STOPPING") await syncNodes(google, cluster);
  },
};
