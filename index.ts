import * as pulumi from "@pulumi/pulumi";
import type { GivenAuthority } from "./components/config/authority";
import { nextSteps } from "./components/config/nextSteps";
import { readMesh } from "./components/config/validate";
import { MultiClusterMesh } from "./components/multiClusterMesh";
import { PeerStacks } from "./components/peers";

/** This stack's part of the mesh; what it returns are the stack's outputs. */
export = async () => {
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

  const certificateAuthority = config.getSecretObject<GivenAuthority>("certificateAuthority");

  const { mesh, warnings } = readMesh(config.getObject("mesh"), {
    clusters: owned,
    peers,
    kubeconfigs: Object.keys(kubeconfigs),
    certificateAuthority: certificateAuthority && (await valueOf(certificateAuthority)),
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
    shared: ownsConfigCluster ? undefined : await others.shared(owned),
    peers: await others.peers(mesh.id, peers),
    certificateAuthority,
    kubeconfigs,
    deletionProtection: config.getBoolean("deletionProtection"),
  });

  // What exists once is an output of one stack: the others read it there.
  const steps = nextSteps(mesh, owned, peers);
  return {
    clusters,
    address: shared.address,
    ...(steps.length > 0 && { nextSteps: steps }),
    ...(ownsConfigCluster && shared),
  };
};

/** What a configuration's secret holds, to be checked before anything is registered. It is always known. */
function valueOf(secret: pulumi.Output<unknown>): Promise<unknown> {
  return new Promise((resolve) => {
    secret.apply(resolve);
  });
}
