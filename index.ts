import * as pulumi from "@pulumi/pulumi";
import { readMesh } from "./components/config/validate";
import { MultiClusterMesh } from "./components/multiClusterMesh";
import { PeerStacks } from "./components/peers";

const config = new pulumi.Config();
const owned = config.getObject<string[]>("clusters") ?? [];
const peers = config.getObject<string[]>("peers") ?? [];
const project = new pulumi.Config("gcp").get("project") ?? "";
const kubeconfigs = Object.fromEntries(
  owned.flatMap((cluster) => {
    const kubeconfig = config.getSecret(`kubeconfig-${cluster}`);
    return kubeconfig ? [[cluster, kubeconfig]] : [];
  }),
);

const { mesh, warnings } = readMesh(config.getObject("mesh"), {
  clusters: owned,
  peers,
  kubeconfigs: Object.keys(kubeconfigs),
  project,
  stack: pulumi.getStack(),
});
for (const warning of warnings) {
  void pulumi.log.warn(warning);
}

const others = new PeerStacks(mesh);
const { clusters, shared } = new MultiClusterMesh(mesh.id, {
  project,
  mesh,
  clusters: owned,
  peers: others.peers(mesh.id, peers),
  shared: owned.includes(mesh.configCluster) ? undefined : others.shared(),
  kubeconfigs,
  deletionProtection: config.getBoolean("deletionProtection"),
});

export { clusters };
export const { network, address, rootCertificate, intermediates } = shared;
