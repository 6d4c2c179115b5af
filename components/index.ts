// What other programs import: examples/ shows how. Nothing in here reads a configuration or the environment, but for
// checkBeforehand, which looks at the machine and at the stacks.
export { type Beforehand, checkBeforehand } from "./beforehand";
export { MultiClusterMesh, type MultiClusterMeshArgs } from "./multiClusterMesh";
export { type MeshSummary, meshSummary } from "./config/summary";
export { nextSteps } from "./config/nextSteps";
export { MeshConfigError, type Problem, readMesh, type Selection } from "./config/validate";
export type { Mesh, MeshCluster, MeshInput } from "./config/schema";
export type { GivenAuthority } from "./config/authority";
export { type ClusterOutputs, Peer, PeerStacks, type SharedOutputs, type SigningCertificate } from "./peers";

// Its parts, each of use by itself.
export type { Cluster } from "./cluster";
export { AuthorityService, type AuthorityServiceArgs } from "./authorityService";
export type { CertificateAuthority } from "./certificateAuthority";
export { ClusterNetwork, type ClusterNetworkArgs } from "./clusterNetwork";
export { ClusterRoute, type ClusterRouteArgs } from "./clusterRoute";
export { ExistingCluster, type ExistingClusterArgs } from "./existingCluster";
export { Fleet, FleetMembership } from "./fleet";
export { GkeCluster, type GkeClusterArgs } from "./gkeCluster";
export { IstioControlPlane, type IstioControlPlaneArgs } from "./istioControlPlane";
export { IstioGateways, type IstioGatewaysArgs } from "./istioGateways";
export { MeshCertificateAuthority, type MeshCertificateAuthorityArgs } from "./meshCertificateAuthority";
export { MeshNetwork, type MeshNetworkArgs } from "./meshNetwork";
export { MultiClusterIngress, type MultiClusterIngressArgs } from "./multiClusterIngress";
export { RemoteSecret, type RemoteSecretArgs } from "./remoteSecret";
