/** A node as Google makes it for a pool; the kubelet's own labels (hostname, os, arch) are the host's part. */
export interface ClusterNode {
  name: string;
  labels: Record<string, string>;
  /** Kubernetes' spelling: `NoSchedule`, `PreferNoSchedule`, `NoExecute`. */
  taints: { key: string; value: string; effect: string }[];
  /** Kubernetes quantities: `4`, `16Gi`. */
  cpu: string;
  memory: string;
}

/** What the simulated project knows about a cluster when it asks for its control plane. */
export interface ClusterRequest {
  name: string;
  /** A region (`us-east1`) or a zone. */
  location: string;
  /** GKE's version: `1.33.1-gke.1744000`. */
  version: string;
  podCidr: string;
  serviceCidr: string;
  /** A bare address inside the VPC. */
  privateEndpoint: string;
  /** A bare host name: `gke-<32 hex digits>-<project number>.<region>.gke.goog`. */
  dnsEndpoint: string;
}

/**
 * What the simulated project asks of the machine that it runs on.
 * Every call is idempotent: after a restart the project asks again for each cluster that it remembers.
 */
export interface ClusterHost {
  /** Resolves when the API server answers; rejects when this version cannot be had. */
  createCluster(cluster: ClusterRequest): Promise<{ caCertificate: string /* PEM */ }>;
  deleteCluster(name: string): Promise<void>;
  /** Makes the cluster have exactly these nodes. */
  setNodes(cluster: string, nodes: ClusterNode[]): Promise<void>;
}
