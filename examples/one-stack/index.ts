import * as pulumi from "@pulumi/pulumi";
import { checkBeforehand, meshSummary, MultiClusterMesh, readMesh } from "multi-region-istio-mesh";

/** Both clusters in one stack: no peers, no other stack's outputs, and the same mesh in the end. */
const clusters = ["us-east1", "us-central1"];

/** What it returns are the stack's outputs. */
export = async () => {
  const project = new pulumi.Config("gcp").require("project");
  /** To destroy the stack, first `pulumi up -c deletionProtection=false`. */
  const deletionProtection = new pulumi.Config().getBoolean("deletionProtection");

  const { mesh, warnings } = readMesh(
    {
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
      verifyWorkload: true,
    },
    { clusters, peers: [], project },
  );
  await checkBeforehand({ project, mesh, clusters });
  for (const warning of warnings) {
    void pulumi.log.warn(warning);
  }

  const installed = new MultiClusterMesh(mesh.id, { project, mesh, clusters, deletionProtection });

  return {
    address: installed.shared.address,
    rootCertificate: installed.shared.rootCertificate,
    // By these two checkBeforehand sees the last run, other programs find the mesh, and `npm run verify -- -C FOLDER STACK` can ask it.
    mesh: meshSummary(mesh),
    /** Secret: kubeconfigs and intermediates' keys are among them. */
    clusters: installed.clusters,
  };
};
