import assert from "node:assert/strict";
import type { MeshInput } from "../../components/config/schema";
import { GkeCluster } from "../../components/gkeCluster";
import { mesh } from "../unit/manifests/mesh";
import { register } from "./mocks";
import { Thing } from "./support";

export const ACCOUNT = "mesh-us-east1-nodes@project.iam.gserviceaccount.com";
export const NODE_POOL = "gcp:container/nodePool:NodePool";
export const RANGES = { nodes: "10.16.0.0/20", services: "10.16.16.0/20", pods: "10.17.0.0/16" };

export function program({
  deletionProtection = true,
  ...change
}: Partial<MeshInput> & { deletionProtection?: boolean }) {
  const whole = mesh(change);
  const config = whole.clusters["us-east1"];
  assert.ok(config);
  return new GkeCluster(
    "mesh-us-east1",
    {
      project: "my-project",
      cluster: "us-east1",
      mesh: whole,
      config,
      network: "id of the VPC",
      subnetwork: "id of the subnet",
      rangeNames: { pods: "pods", services: "services" },
      deletionProtection,
    },
    { dependsOn: [new Thing("services")] },
  );
}

export function made(change: Parameters<typeof program>[0] = {}) {
  return register(() => program(change));
}

export const NODE = {
  serviceAccount: ACCOUNT,
  diskType: "pd-standard",
  diskSizeGb: 50,
  oauthScopes: ["https://www.googleapis.com/auth/cloud-platform"],
  shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
  workloadMetadataConfig: { mode: "GKE_METADATA" },
};
