import type { Mesh, MeshCluster } from "./schema";

/**
 * What a stack exports of the mesh as it was configured, so that a finished mesh can be compared with what was meant: names and
 * ranges, nothing secret.
 */
export interface MeshSummary {
  id: string;
  trustDomain: string;
  /** The supernet of the mesh's own clusters. */
  cidr: string;
  configCluster: string;
  /** The cluster whose stack keeps what exists once. */
  homeCluster: string;
  /** All clusters of the map, those of other stacks too. */
  clusters: Record<string, SummarizedCluster>;
  /** Revision of Istio. */
  revision: string;
  eastWestAccess: "internal" | "external";
  /** Names that the global load balancer's certificate has to have; empty where the user brought it. */
  certificateNames: string[];
  /** Label of the nodes that Istio's workloads run on. */
  spotLabel: { key: string; value: string };
  /** Whether the near region answers everything while it is healthy. */
  locality: boolean;
  /** Namespace of the verify workload; left out when it is off. */
  verifyNamespace?: string;
}

export interface SummarizedCluster {
  /** The stack that owns it. */
  stack: string;
  region: string;
  /** Istio's network. */
  network: string;
  /** Whether it was there before the program. */
  existing: boolean;
  /** Of a cluster that the program made; left out for an existing one. */
  ranges?: { nodes: string; pods: string; services: string; controlPlane?: string };
}

export function meshSummary(mesh: Mesh): MeshSummary {
  const { certificate } = mesh.ingress;
  return {
    id: mesh.id,
    trustDomain: mesh.trustDomain,
    cidr: mesh.cidr,
    configCluster: mesh.configCluster,
    homeCluster: mesh.homeCluster,
    clusters: Object.fromEntries(
      Object.entries(mesh.clusters).map(([name, cluster]) => [name, summarized(cluster)]),
    ),
    revision: mesh.istio.revision,
    eastWestAccess: mesh.eastWest.access,
    certificateNames:
      "selfSigned" in certificate
        ? [certificate.selfSigned.commonName]
        : "managed" in certificate
          ? certificate.managed.domains
          : [],
    spotLabel: mesh.availability.spot.label,
    locality: mesh.locality.enabled,
    ...(mesh.verifyWorkload.enabled ? { verifyNamespace: mesh.verifyWorkload.namespace } : {}),
  };
}

function summarized({ stack, region, network, existing, ranges }: MeshCluster): SummarizedCluster {
  return {
    ...{ stack, region, network, existing: existing !== undefined },
    ...(!existing && ranges ? { ranges } : {}),
  };
}
