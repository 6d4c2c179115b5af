import type { ClusterRoute } from "./routing";
import { baseName, regionOf, requiredText, subnetworkType } from "./names";
import type { SimulatedProject } from "./project";
import { at, listAt, textAt } from "./properties";
import type { StoredResource } from "./resource";

/** How the network sees a cluster of the project whose API server listens on `port` of loopback. */
export function clusterRoute(project: SimulatedProject, cluster: StoredResource, port: number): ClusterRoute {
  const { properties } = cluster;
  const subnetwork = baseName(requiredText(properties, "subnetwork"));
  const found = project.list(subnetworkType).find(({ properties: { name } }) => name === subnetwork);
  const podRange = requiredText(properties, "ipAllocationPolicy.clusterSecondaryRangeName");
  const pods = listAt(found?.properties, "secondaryIpRanges").find(({ rangeName }) => rangeName === podRange);
  const authorized = at(properties, "masterAuthorizedNetworksConfig");
  return {
    name: requiredText(properties, "name"),
    region: regionOf(requiredText(properties, "location")),
    network: baseName(requiredText(properties, "network")),
    privateEndpoint: requiredText(properties, "privateClusterConfig.privateEndpoint"),
    dnsEndpoint: requiredText(properties, "controlPlaneEndpointsConfig.dnsEndpointConfig.endpoint"),
    port,
    allowExternalTraffic:
      at(properties, "controlPlaneEndpointsConfig.dnsEndpointConfig.allowExternalTraffic") === true,
    globalAccess: at(properties, "privateClusterConfig.masterGlobalAccessConfig.enabled") === true,
    authorizedNetworks: authorized
      ? listAt(authorized, "cidrBlocks").flatMap((block) => textAt(block, "cidrBlock") ?? [])
      : undefined,
    podCidr: textAt(pods, "ipCidrRange") ?? "0.0.0.0/32",
    nodeCidr: textAt(found?.properties, "ipCidrRange") ?? "0.0.0.0/32",
  };
}
