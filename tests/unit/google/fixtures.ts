import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { ClusterHost, ClusterNode, ClusterRequest } from "../../../rehearsal/google/clusterHost";
import { SimulatedProject } from "../../../rehearsal/google/project";
import type { Properties } from "../../../rehearsal/google/properties";

export const projectId = "mesh-rehearsal";
export const number = "123456789012";
export const region = "us-east1";

/** Remembers what it was asked for. */
export class FakeHost implements ClusterHost {
  readonly clusters = new Map<string, ClusterRequest>();
  readonly nodes = new Map<string, ClusterNode[]>();

  createCluster(cluster: ClusterRequest): Promise<{ caCertificate: string }> {
    this.clusters.set(cluster.name, cluster);
    return Promise.resolve({ caCertificate: `certificate of ${cluster.name}` });
  }

  deleteCluster(name: string): Promise<void> {
    this.clusters.delete(name);
    return Promise.resolve();
  }

  setNodes(cluster: string, nodes: ClusterNode[]): Promise<void> {
    this.nodes.set(cluster, nodes);
    return Promise.resolve();
  }
}

// One listener per folder, more than node expects of one emitter.
process.setMaxListeners(0);

/** Removed when the process ends. */
export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "google-"));
  process.once("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function newProject(file = path.join(temporaryFolder(), "google.json")) {
  const host = new FakeHost();
  return { host, file, project: new SimulatedProject({ projectId, number, file, host }) };
}

const short: Record<string, string> = {
  service: "gcp:projects/service:Service",
  identity: "gcp:projects/serviceIdentity:ServiceIdentity",
  member: "gcp:projects/iAMMember:IAMMember",
  account: "gcp:serviceaccount/account:Account",
  network: "gcp:compute/network:Network",
  subnetwork: "gcp:compute/subnetwork:Subnetwork",
  router: "gcp:compute/router:Router",
  nat: "gcp:compute/routerNat:RouterNat",
  firewall: "gcp:compute/firewall:Firewall",
  address: "gcp:compute/address:Address",
  globalAddress: "gcp:compute/globalAddress:GlobalAddress",
  cluster: "gcp:container/cluster:Cluster",
  pool: "gcp:container/nodePool:NodePool",
  membership: "gcp:gkehub/membership:Membership",
  feature: "gcp:gkehub/feature:Feature",
  zone: "gcp:dns/managedZone:ManagedZone",
  record: "gcp:dns/recordSet:RecordSet",
};

export const token = (name: string): string => short[name] ?? name;

export const create = (project: SimulatedProject, type: string, properties: Properties) =>
  project.call("create", token(type), { properties });

export const remove = (project: SimulatedProject, type: string, id: string) =>
  project.call("delete", token(type), { id });

const apis = ["iam", "compute", "container", "gkehub", "multiclusteringress", "dns"];

export const nodeAccount = `mesh-nodes@${projectId}.iam.gserviceaccount.com`;

/** Arguments of a cluster that the project accepts once {@link foundation} is there. */
export function clusterArgs(changes: Properties = {}): Properties {
  return {
    name: "us-east1",
    location: region,
    network: `projects/${projectId}/global/networks/mesh`,
    subnetwork: "mesh-us-east1",
    ipAllocationPolicy: { clusterSecondaryRangeName: "pods", servicesSecondaryRangeName: "services" },
    initialNodeCount: 1,
    minMasterVersion: "1.33",
    releaseChannel: { channel: "EXTENDED" },
    removeDefaultNodePool: true,
    nodeConfig: { serviceAccount: nodeAccount },
    workloadIdentityConfig: { workloadPool: `${projectId}.svc.id.goog` },
    privateClusterConfig: { enablePrivateNodes: true, masterGlobalAccessConfig: { enabled: true } },
    ...changes,
  };
}

/** APIs, a network with one subnetwork, and an account for nodes. */
export async function foundation(project: SimulatedProject): Promise<void> {
  for (const api of apis) await create(project, "service", { service: `${api}.googleapis.com` });
  await create(project, "network", { name: "mesh", autoCreateSubnetworks: false });
  await create(project, "subnetwork", {
    name: "mesh-us-east1",
    region,
    network: "mesh",
    ipCidrRange: "10.16.0.0/20",
    secondaryIpRanges: [
      { rangeName: "pods", ipCidrRange: "10.20.0.0/16" },
      { rangeName: "services", ipCidrRange: "10.24.0.0/20" },
    ],
  });
  await create(project, "account", { accountId: "mesh-nodes" });
}

/** Foundation, cluster, fleet and feature. */
export async function mesh(project: SimulatedProject) {
  await foundation(project);
  const cluster = await create(project, "cluster", clusterArgs());
  for (const api of ["gkehub", "multiclusteringress"]) {
    const identity = await create(project, "identity", { service: `${api}.googleapis.com` });
    const role = `roles/${api}.serviceAgent`;
    await create(project, "member", { project: projectId, role, member: identity.properties.member });
  }
  const membership = await create(project, "membership", {
    membershipId: "us-east1",
    location: "global",
    endpoint: { gkeCluster: { resourceLink: `//container.googleapis.com/${cluster.id ?? ""}` } },
    authority: { issuer: `https://container.googleapis.com/v1/${cluster.id ?? ""}` },
  });
  const feature = await create(project, "feature", {
    name: "multiclusteringress",
    location: "global",
    spec: { multiclusteringress: { configMembership: membership.id } },
  });
  return { cluster, membership, feature };
}
