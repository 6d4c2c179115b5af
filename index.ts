import * as pulumi from "@pulumi/pulumi";
import { checkBeforehand } from "./components/beforehand";
import type { GivenAuthority } from "./components/config/authority";
import { linkedStacks, nextSteps } from "./components/config/nextSteps";
import { readStackConfig } from "./components/config/stackConfig";
import { meshSummary } from "./components/config/summary";
import { apiServers, madeFrom } from "./components/madeFrom";
import { MultiClusterMesh } from "./components/multiClusterMesh";
import { PeerStacks } from "./components/peers";

/** This stack's part of the mesh; what it returns are the stack's outputs. */
export = async () => {
  const config = new pulumi.Config();
  const stack = { namespace: pulumi.getProject(), stack: pulumi.getStack() };
  const read = readStackConfig(pulumi.runtime.allConfig(), stack);
  const { mesh, project, clusters: owned, peers, deletionProtection } = read;
  const kubeconfigs = Object.fromEntries(
    read.kubeconfigs.map((cluster) => [cluster, config.requireSecret(`kubeconfig-${cluster}`)]),
  );
  const certificateAuthority = config.getSecretObject<GivenAuthority>("certificateAuthority");
  await checkBeforehand({ project, mesh, clusters: owned, peers, checkPermissions: read.checkPermissions });
  for (const warning of read.warnings) {
    void pulumi.log.warn(warning);
  }

  const ownsHome = owned.includes(mesh.homeCluster);
  const others = new PeerStacks(mesh);
  const sharedThere = ownsHome ? undefined : await others.shared(owned);
  const configKubeconfig =
    ownsHome && !owned.includes(mesh.configCluster) ? await others.configKubeconfig() : undefined;
  const linked = await others.peers(mesh.id, peers);
  const { clusters, shared } = new MultiClusterMesh(mesh.id, {
    project,
    mesh,
    clusters: owned,
    shared: sharedThere,
    configKubeconfig,
    peers: linked,
    certificateAuthority,
    kubeconfigs,
    deletionProtection,
  });

  const elsewhere = Object.keys(mesh.clusters).filter((cluster) => !owned.includes(cluster));
  const lastRuns = await others.lastRuns(elsewhere);
  if (!deletionProtection) {
    for (const linked of linkedStacks(mesh, owned, lastRuns)) {
      void pulumi.log.warn(
        `mesh:deletionProtection is false, and stack ${linked} is up and linked with this one, which a destroy would take away from it. ` +
          `Before that: pulumi destroy -s ${linked}, or take this stack's clusters out of its mesh:peers (docs/shapes.md#a-member-leaves).`,
      );
    }
  }
  const readSoFar = ownsHome ? undefined : await others.readConfigCluster();
  const steps = madeFrom(mesh, elsewhere, shared, clusters).apply((now) =>
    nextSteps({ mesh, owned, peers, read: readSoFar, lastRuns, now }),
  );

  // What exists once is an output of one stack: the others read it there.
  return {
    clusters,
    address: shared.address,
    mesh: meshSummary(mesh),
    madeFrom: madeFrom(mesh, owned, shared, apiServers(linked)),
    nextSteps: steps,
    ...(ownsHome && shared),
  };
};
