import { changed, type Resource } from "./harness";

const CLUSTER = "gcp:container/cluster:Cluster";
export const FIREWALL = "gcp:compute/firewall:Firewall";
export const SUBNETWORK = "gcp:compute/subnetwork:Subnetwork";

export const NETWORK_ID = "projects/my-project/global/networks/mesh";

/** A subnet, its cluster, and the firewall rule for the webhooks: as they should be. */
export const subnet: Resource = {
  type: SUBNETWORK,
  name: "us-east1",
  props: {
    project: "my-project",
    region: "us-east1",
    name: "us-east1",
    network: NETWORK_ID,
    ipCidrRange: "10.16.0.0/20",
    secondaryIpRanges: [
      { rangeName: "pods", ipCidrRange: "10.20.0.0/14" },
      { rangeName: "services", ipCidrRange: "10.17.0.0/20" },
    ],
  },
};

export const cluster: Resource = {
  type: CLUSTER,
  name: "us-east1",
  props: {
    project: "my-project",
    location: "us-east1",
    name: "us-east1",
    // What Google answers with.
    network: `https://www.googleapis.com/compute/v1/${NETWORK_ID}`,
    subnetwork: "projects/my-project/regions/us-east1/subnetworks/us-east1",
    privateClusterConfig: { enablePrivateNodes: true, masterIpv4CidrBlock: "172.16.0.0/28" },
    ipAllocationPolicy: { clusterSecondaryRangeName: "pods", servicesSecondaryRangeName: "services" },
  },
};

export const webhook: Resource = {
  type: FIREWALL,
  name: "webhook",
  props: {
    project: "my-project",
    network: "mesh",
    sourceRanges: ["172.16.0.0/24"],
    destinationRanges: ["10.16.0.0/12"],
    allows: [{ protocol: "tcp", ports: ["15017"] }],
  },
};

export function altered(resource: Resource, path: string, value: unknown): Resource {
  return { ...resource, props: changed(resource.props, path, value) };
}
