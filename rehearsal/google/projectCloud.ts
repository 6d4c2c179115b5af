import type { Cloud, CloudAddress, CloudCluster, CloudFirewall } from "./controllers/cloud";
import {
  addressType,
  baseName,
  clusterType,
  featureType,
  globalAddressType,
  membershipType,
  networkId,
  regionOf,
  relativeName,
  requiredText,
  subnetworkType,
} from "./names";
import type { SimulatedProject } from "./project";
import { listAt, numberAt, textAt, textsAt, type Properties } from "./properties";
import type { StoredResource } from "./resource";
import { multiClusterIngressReady } from "./resources/fleet";

const asId = (reference: string) => relativeName(reference, (name) => name);

function clusterView({ properties }: StoredResource): CloudCluster {
  const location = requiredText(properties, "location");
  return {
    name: requiredText(properties, "name"),
    location,
    region: regionOf(location),
    network: asId(requiredText(properties, "network")),
    subnetwork: asId(requiredText(properties, "subnetwork")),
    privateEndpoint: requiredText(properties, "privateClusterConfig.privateEndpoint"),
    subsetting: properties.enableL4IlbSubsetting === true,
  };
}

function addressView({ id, properties }: StoredResource): CloudAddress {
  return {
    id,
    name: requiredText(properties, "name"),
    address: requiredText(properties, "address"),
    region: textAt(properties, "region"),
    internal: properties.addressType === "INTERNAL",
  };
}

function firewallView(project: SimulatedProject, properties: Properties): CloudFirewall {
  const allows = listAt(properties, "allows");
  const rules = allows.length > 0 ? allows : listAt(properties, "denies");
  const targets = [...textsAt(properties, "targetTags"), ...textsAt(properties, "targetServiceAccounts")];
  return {
    network: networkId(project, requiredText(properties, "network")),
    priority: numberAt(properties, "priority") ?? 1000,
    direction: properties.direction === "EGRESS" ? "EGRESS" : "INGRESS",
    disabled: properties.disabled === true,
    sourceRanges: textsAt(properties, "sourceRanges"),
    targeted: targets.length > 0,
    action: allows.length > 0 ? "allow" : "deny",
    protocols: rules.map((rule) => ({
      protocol: requiredText(rule, "protocol"),
      ports: textsAt(rule, "ports"),
    })),
  };
}

/** The project as the controllers see it. */
export function cloudOf(project: SimulatedProject): Cloud {
  const names = (type: string) =>
    project.list(type).map(({ properties }) => requiredText(properties, "name"));
  const running = () => project.list(clusterType).filter(({ status }) => status === "RUNNING");
  return {
    projectId: project.projectId,
    cluster(name) {
      const found = running().find(({ properties }) => properties.name === name);
      return found && clusterView(found);
    },
    subnetworks: () =>
      project.list(subnetworkType).map(({ id, properties }) => ({
        id,
        name: requiredText(properties, "name"),
        region: requiredText(properties, "region"),
        network: networkId(project, requiredText(properties, "network")),
        cidr: requiredText(properties, "ipCidrRange"),
      })),
    addresses: () => [...project.list(addressType), ...project.list(globalAddressType)].map(addressView),
    firewalls: () =>
      project
        .list("gcp:compute/firewall:Firewall")
        .map(({ properties }) => firewallView(project, properties)),
    sslCertificates: () => names("gcp:compute/managedSslCertificate:ManagedSslCertificate"),
    sslPolicies: () => names("gcp:compute/sSLPolicy:SSLPolicy"),
    securityPolicies: () => names("gcp:compute/securityPolicy:SecurityPolicy"),
    memberships: () =>
      project.list(membershipType).map(({ id, properties }) => ({
        id,
        cluster: baseName(textAt(properties, "endpoint.gkeCluster.resourceLink") ?? ""),
      })),
    configMembership() {
      const feature = project
        .list(featureType)
        .find(({ properties }) => properties.name === "multiclusteringress");
      // Without its role on the project Google's controller cannot see a cluster, and does nothing.
      if (feature?.status !== "RUNNING" || !multiClusterIngressReady(project)) return undefined;
      return textAt(feature.properties, "spec.multiclusteringress.configMembership");
    },
    derived: () => project.derived(),
    putDerived: (resource) => project.putDerived(resource),
    removeDerived: (id) => project.removeDerived(id),
    setMultiClusterIngressObjects(count) {
      project.multiClusterIngressObjects = count;
    },
    onChange(listener) {
      project.on("changed", listener);
      return () => void project.off("changed", listener);
    },
  };
}
