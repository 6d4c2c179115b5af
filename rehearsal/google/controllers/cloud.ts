/** A cluster of the project whose control plane answers. */
export interface CloudCluster {
  name: string;
  /** A region, or a zone. */
  location: string;
  region: string;
  /** Ids (`projects/.../networks/...`) of the VPC and of the nodes' subnetwork. */
  network: string;
  subnetwork: string;
  privateEndpoint: string;
  /** `enableL4IlbSubsetting` */
  subsetting: boolean;
}

export interface CloudSubnetwork {
  id: string;
  name: string;
  region: string;
  network: string;
  /** Primary range. */
  cidr: string;
}

export interface CloudAddress {
  id: string;
  name: string;
  address: string;
  /** Undefined for a global address. */
  region?: string;
  internal: boolean;
}

export interface CloudFirewall {
  network: string;
  priority: number;
  direction: "INGRESS" | "EGRESS";
  disabled: boolean;
  sourceRanges: string[];
  /** Rules with target tags or accounts do not count for nodes: which tags nodes have is not known here. */
  targeted: boolean;
  action: "allow" | "deny";
  /** `ports` as Google writes them (`443`, `8000-9000`); none: all ports. */
  protocols: { protocol: string; ports: string[] }[];
}

export interface CloudMembership {
  /** `projects/P/locations/global/memberships/M` */
  id: string;
  /** Name of the cluster behind it. */
  cluster: string;
}

export type DerivedKind =
  | "forwardingRule"
  | "firewall"
  | "networkEndpointGroup"
  | "backendService"
  | "healthCheck"
  | "targetProxy"
  | "urlMap"
  | "sslCertificate";

/**
 * A Google Cloud resource that a controller made. It is the project's, not the cluster's:
 * it stays when its cluster is deleted before the controller could clean up, and keeps what it uses from being deleted.
 */
export interface DerivedResource {
  /** `projects/P/zones/Z/networkEndpointGroups/N` and the like. */
  id: string;
  kind: DerivedKind;
  name: string;
  /** `global`, a region or a zone. */
  location: string;
  managedBy: "l4" | "neg" | "multiclusteringress";
  /** The cluster with the object that it was made for. */
  cluster: string;
  /** `Kind namespace/name` of that object. */
  object: string;
  /** Ids of the resources that it uses. */
  uses: string[];
  /** What else is worth knowing: address, ports, ... */
  data: Record<string, unknown>;
}

/** What the controllers need of the project. Lists are snapshots. */
export interface Cloud {
  readonly projectId: string;
  cluster(name: string): CloudCluster | undefined;
  subnetworks(): CloudSubnetwork[];
  addresses(): CloudAddress[];
  firewalls(): CloudFirewall[];
  /** Names. */
  sslCertificates(): string[];
  sslPolicies(): string[];
  securityPolicies(): string[];
  memberships(): CloudMembership[];
  /** Membership id of the feature `multiclusteringress`, once the feature is there. */
  configMembership(): string | undefined;
  derived(): DerivedResource[];
  /** Adds or changes. */
  putDerived(resource: DerivedResource): void;
  removeDerived(id: string): void;
  /** How many MultiClusterIngress and MultiClusterService objects there are: the feature cannot go before them. */
  setMultiClusterIngressObjects(count: number): void;
  /** Calls after any change of the above; answers how to stop it. */
  onChange(listener: () => void): () => void;
}

const collections: Record<DerivedKind, string> = {
  forwardingRule: "forwardingRules",
  firewall: "firewalls",
  networkEndpointGroup: "networkEndpointGroups",
  backendService: "backendServices",
  healthCheck: "healthChecks",
  targetProxy: "targetHttpProxies",
  urlMap: "urlMaps",
  sslCertificate: "sslCertificates",
};

/** The id that Google gives a resource of that kind. */
export function derivedId(projectId: string, kind: DerivedKind, location: string, name: string): string {
  const scope =
    location === "global" ? "global" : /-[a-z]$/.test(location) ? `zones/${location}` : `regions/${location}`;
  return `projects/${projectId}/${scope}/${collections[kind]}/${name}`;
}
