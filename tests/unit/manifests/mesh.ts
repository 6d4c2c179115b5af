import { meshSchema, type Mesh, type MeshInput } from "../../../components/config/schema";

/** A mesh of two clusters with every default, and what a test changes. */
export function mesh(change: Partial<MeshInput> = {}): Mesh {
  return meshSchema.parse({
    cidr: "10.16.0.0/12",
    configCluster: "us-east1",
    clusters: {
      "us-east1": {
        ranges: { nodes: "10.16.0.0/20", services: "10.16.16.0/20", pods: "10.17.0.0/16" },
      },
      "us-central1": {
        ranges: { nodes: "10.20.0.0/20", services: "10.20.16.0/20", pods: "10.21.0.0/16" },
        namedNeg: "us-central1",
      },
    },
    ...change,
  });
}

export const usEast1 = { name: "us-east1", network: "us-east1" };
