import * as pulumi from "@pulumi/pulumi";
import { meshSummary, MultiClusterMesh, readMesh } from "multi-region-istio-mesh";

/** Both clusters in one stack: no peers, no other stack's outputs, and the same mesh in the end. */
const owned = ["us-east1", "us-central1"];
const project = new pulumi.Config("gcp").require("project");
/** To destroy the stack, first `pulumi up -c deletionProtection=false`. */
const deletionProtection = new pulumi.Config().getBoolean("deletionProtection");

const { mesh: planned, warnings } = readMesh(
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
  { clusters: owned, peers: [], project },
);
for (const warning of warnings) {
  void pulumi.log.warn(warning);
}

const installed = new MultiClusterMesh(planned.id, {
  project,
  mesh: planned,
  clusters: owned,
  deletionProtection,
});

// By these outputs other programs find the mesh, and `npm run verify -- -C FOLDER STACK` can ask it.
/** Secret: kubeconfigs and intermediates' keys are among them. */
export const clusters = installed.clusters;
export const { address, rootCertificate } = installed.shared;
export const mesh = meshSummary(planned);
