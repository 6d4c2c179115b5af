import { formatAddress, parseRange } from "../cidr";
import { badRequest, notRehearsed } from "../errors";
import {
  clusterType,
  containerUrl,
  digest,
  networkId,
  nodePoolType,
  regionOf,
  requiredText,
  subnetworkId,
} from "../names";
import { at, isObject, listAt, objectAt, textAt, type Properties } from "../properties";
import type { Google, ResourceKind, StoredResource } from "../resource";
import { zonesOf, isKnownLocation } from "../services";
import { labelOutputs, takeAddress, takePublicAddress } from "./address";
import { checkCluster, secondaryRange } from "./clusterRules";
import { nodesOfPool, poolOutputs } from "./nodes";
import { older, resolveVersion } from "./versions";

/** Ids of a cluster's node pools start with the cluster's own. */
export const poolsOf = (google: Google, cluster: string) =>
  google.list(nodePoolType).filter((pool) => pool.id.startsWith(`${cluster}/nodePools/`));

/** Gives the cluster the nodes of all its pools. */
export async function syncNodes(google: Google, cluster: StoredResource): Promise<void> {
  const pools = poolsOf(google, cluster.id).map((pool) => pool.properties);
  const nodes = [...pools, ...listAt(cluster.properties, "inlinePools")].flatMap((pool) =>
    nodesOfPool(pool, cluster.properties),
  );
  await google.host.setNodes(requiredText(cluster.properties, "name"), nodes);
}

function endpoints(properties: Properties, google: Google, id: string): Properties {
  const region = regionOf(requiredText(properties, "location"));
  const subnetwork = google.find("gcp:compute/subnetwork:Subnetwork", requiredText(properties, "subnetwork"));
  const given = textAt(properties, "privateClusterConfig.masterIpv4CidrBlock");
  // Without a range of its own the control plane sits in the nodes' subnetwork (Private Service Connect, GKE 1.29).
  const range = given ?? requiredText(subnetwork?.properties ?? {}, "ipCidrRange");
  const privateEndpoint = given
    ? formatAddress((parseRange(given)?.first ?? 0) + 2)
    : takeAddress(google, range);
  const publicEndpoint = takePublicAddress(google);
  const onlyPrivate = at(properties, "privateClusterConfig.enablePrivateEndpoint") === true;
  return {
    controlPlaneEndpointsConfig: {
      ipEndpointsConfig: {
        enabled: true,
        ...objectAt(properties, "controlPlaneEndpointsConfig.ipEndpointsConfig"),
      },
      dnsEndpointConfig: {
        allowExternalTraffic: false,
        enableK8sCertsViaDns: false,
        enableK8sTokensViaDns: false,
        ...objectAt(properties, "controlPlaneEndpointsConfig.dnsEndpointConfig"),
        endpoint: `gke-${digest(id, 32)}-${google.number}.${region}.gke.goog`,
      },
    },
    endpoint: onlyPrivate ? privateEndpoint : publicEndpoint,
    privateClusterConfig: {
      enablePrivateEndpoint: false,
      enablePrivateNodes: false,
      masterGlobalAccessConfig: { enabled: false },
      masterIpv4CidrBlock: "",
      privateEndpointSubnetwork: given ? "" : requiredText(properties, "subnetwork"),
      ...objectAt(properties, "privateClusterConfig"),
      peeringName: "",
      privateEndpoint,
      publicEndpoint,
    },
  };
}

/** What GKE fills in where the request says nothing. */
const defaults: Properties = {
  clusterAutoscaling: { enabled: false },
  costManagementConfig: { enabled: false },
  databaseEncryption: { keyName: "", state: "DECRYPTED" },
  datapathProvider: "DATAPATH_PROVIDER_UNSPECIFIED",
  defaultMaxPodsPerNode: 110,
  defaultSnatStatus: { disabled: false },
  enableIntranodeVisibility: false,
  enableL4IlbSubsetting: false,
  loggingConfig: { enableComponents: ["SYSTEM_COMPONENTS", "WORKLOADS"] },
  loggingService: "logging.googleapis.com/kubernetes",
  meshCertificates: { enableCertificates: false },
  monitoringConfig: { enableComponents: ["SYSTEM_COMPONENTS"], managedPrometheus: { enabled: true } },
  monitoringService: "monitoring.googleapis.com/kubernetes",
  networkingMode: "VPC_NATIVE",
  privateIpv6GoogleAccess: "",
  releaseChannel: { channel: "REGULAR" },
  securityPostureConfig: { mode: "BASIC", vulnerabilityMode: "VULNERABILITY_DISABLED" },
  serviceExternalIpsConfig: { enabled: false },
  verticalPodAutoscaling: { enabled: false },
};

const addons: Properties = {
  dnsCacheConfig: { enabled: true },
  gcePersistentDiskCsiDriverConfig: { enabled: true },
  horizontalPodAutoscaling: { disabled: false },
  httpLoadBalancing: { disabled: false },
  networkPolicyConfig: { disabled: true },
};

/** Objects merged, anything else taken from the right. */
function merge(left: Properties, right: Properties): Properties {
  const merged: Properties = { ...left };
  for (const [name, value] of Object.entries(right)) {
    const own = merged[name];
    merged[name] = isObject(own) && isObject(value) ? merge(own, value) : (value ?? own);
  }
  return merged;
}

function nodeLocations(properties: Properties): string[] {
  const location = requiredText(properties, "location");
  const zones = zonesOf(location).slice(0, 3);
  const given = at(properties, "nodeLocations");
  return Array.isArray(given) && given.length > 0 ? (given as string[]) : zones;
}

export const cluster: ResourceKind = {
  type: clusterType,
  service: "container.googleapis.com",
  id: (properties, google) =>
    `projects/${google.projectId}/locations/${requiredText(properties, "location")}/clusters/${requiredText(properties, "name")}`,
  alreadyExists: (id) => `Already exists: ${id}.`,
  references: (properties, google) => {
    const region = regionOf(requiredText(properties, "location"));
    const subnetwork = textAt(properties, "subnetwork");
    return [
      networkId(google, requiredText(properties, "network")),
      ...(subnetwork ? [subnetworkId(google, subnetwork, region)] : []),
    ];
  },
  create(properties, google) {
    if (!isKnownLocation(requiredText(properties, "location")))
      throw badRequest(`Location "${requiredText(properties, "location")}" does not exist.`);
    const id = this.id(properties, google);
    // The rehearsal keeps one control plane per name, Google one per location and name.
    if (google.list(clusterType).some((other) => other.properties.name === properties.name))
      throw notRehearsed(`The rehearsal needs cluster names that are unique in the project: ${id}.`);
    const { network, subnetwork } = checkCluster(properties, google);
    const pods = secondaryRange(
      subnetwork,
      textAt(properties, "ipAllocationPolicy.clusterSecondaryRangeName"),
    );
    const services = secondaryRange(
      subnetwork,
      textAt(properties, "ipAllocationPolicy.servicesSecondaryRangeName"),
    );
    const version = resolveVersion(
      textAt(properties, "minMasterVersion"),
      textAt(properties, "releaseChannel.channel"),
    );
    const named: Properties = { ...properties, network, subnetwork: subnetwork.id };
    const full = merge({ ...defaults, addonsConfig: addons }, { ...named, ...endpoints(named, google, id) });
    const inline = listAt(properties, "nodePools");
    const first = {
      name: "default-pool",
      nodeConfig: properties.nodeConfig,
      initialNodeCount: properties.initialNodeCount,
    };
    const pools = properties.removeDefaultNodePool === true ? [] : inline.length > 0 ? inline : [first];
    const shell = { ...full, masterVersion: version, nodeLocations: nodeLocations(properties), id };
    const inlinePools = pools.map((pool) => poolOutputs({ ...pool }, shell));
    return {
      ...full,
      ...labelOutputs(properties, "resourceLabels"),
      clusterIpv4Cidr: pods,
      emulatedVersion: "",
      inlinePools,
      ipAllocationPolicy: {
        podCidrOverprovisionConfig: { disabled: false },
        stackType: "IPV4",
        ...objectAt(properties, "ipAllocationPolicy"),
        clusterIpv4CidrBlock: pods,
        servicesIpv4CidrBlock: services,
      },
      labelFingerprint: digest(id, 8),
      masterVersion: version,
      nodeConfig: properties.nodeConfig,
      nodeLocations: shell.nodeLocations,
      nodePools: inlinePools,
      nodeVersion: version,
      selfLink: containerUrl + id,
      servicesIpv4Cidr: services,
      tpuIpv4CidrBlock: "",
    };
  },
  async provision(resource, google) {
    const { properties } = resource;
    const { caCertificate } = await google.host.createCluster({
      name: requiredText(properties, "name"),
      location: requiredText(properties, "location"),
      version: requiredText(properties, "masterVersion"),
      podCidr: requiredText(properties, "clusterIpv4Cidr"),
      serviceCidr: requiredText(properties, "servicesIpv4Cidr"),
      privateEndpoint: requiredText(properties, "privateClusterConfig.privateEndpoint"),
      dnsEndpoint: requiredText(properties, "controlPlaneEndpointsConfig.dnsEndpointConfig.endpoint"),
    });
    await syncNodes(google, resource);
    return {
      ...properties,
      masterAuth: {
        clientCertificate: "",
        clientCertificateConfig: { issueClientCertificate: false },
        clientKey: "",
        clusterCaCertificate: Buffer.from(caCertificate).toString("base64"),
      },
    };
  },
  update(resource, wanted, google) {
    // Blocks that Google completes keep what it filled in; all others are replaced as a whole.
    const completed = [
      "addonsConfig",
      "controlPlaneEndpointsConfig",
      "ipAllocationPolicy",
      "masterAuth",
      "privateClusterConfig",
    ];
    const kept = Object.fromEntries(completed.map((name) => [name, objectAt(resource.properties, name)]));
    const asked = Object.fromEntries(completed.map((name) => [name, objectAt(wanted, name)]));
    const properties: Properties = { ...resource.properties, ...wanted, ...merge(kept, asked) };
    checkCluster(properties, google, resource.id);
    const minimum = textAt(wanted, "minMasterVersion");
    const current = requiredText(resource.properties, "masterVersion");
    if (minimum) {
      const version = resolveVersion(minimum, textAt(properties, "releaseChannel.channel"));
      if (older(current, version))
        throw notRehearsed(`The rehearsal cannot upgrade a control plane: ${current} to ${version}.`);
    }
    const onlyPrivate = at(properties, "privateClusterConfig.enablePrivateEndpoint") === true;
    return {
      ...properties,
      ...labelOutputs(wanted, "resourceLabels"),
      resourceLabels: wanted.resourceLabels,
      endpoint: textAt(
        properties,
        `privateClusterConfig.${onlyPrivate ? "privateEndpoint" : "publicEndpoint"}`,
      ),
    };
  },
  reprovision: async (resource, google) => syncNodes(google, resource),
  async deprovision(resource, google) {
    await google.host.deleteCluster(requiredText(resource.properties, "name"));
    for (const pool of poolsOf(google, resource.id)) google.forget(nodePoolType, pool.id);
  },
  read(resource, google) {
    const pools = poolsOf(google, resource.id).map((pool) => pool.properties);
    const { inlinePools, ...properties } = resource.properties;
    const all = [...listAt({ inlinePools }, "inlinePools"), ...pools];
    // Google shows the first pool's node configuration as the cluster's: hence `ignoreChanges: [nodeConfig]`.
    return { ...properties, nodePools: all, nodeConfig: all[0]?.nodeConfig ?? properties.nodeConfig };
  },
};
