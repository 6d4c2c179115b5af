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
const ownsConfigCluster = owned.includes(mesh.configCluster);
const { clusters, shared } = new MultiClusterMesh(mesh.id, {
  project,
  mesh,
  clusters: owned,
  peers: others.peers(mesh.id, peers),
  shared: ownsConfigCluster ? undefined : others.shared(),
  kubeconfigs,
  deletionProtection: config.getBoolean("deletionProtection"),
});

export { clusters };
export const { address } = shared;
// Other stacks take these from the config cluster's: a key stands in no more states than it has to.
export const { network, rootCertificate, intermediates } = ownsConfigCluster ? shared : {};
