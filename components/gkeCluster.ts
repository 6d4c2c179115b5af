import * as container from "@pulumi/gcp/container";
import * as projects from "@pulumi/gcp/projects";
import * as serviceaccount from "@pulumi/gcp/serviceaccount";
import * as pulumi from "@pulumi/pulumi";
import { type Cluster, clusterProvider } from "./cluster";
import { meshRanges } from "./config/meshRanges";
import type { Mesh, MeshCluster } from "./config/schema";
import { checkPair } from "./config/versions";
import { gkeKubeconfig } from "./manifests/kubeconfig";

export interface GkeClusterArgs {
  project: string;
  /** Name of the cluster in Google Cloud and in the mesh. */
  cluster: string;
  mesh: Mesh;
  config: MeshCluster;
  /** Ids of the VPC and the subnet. */
  network: pulumi.Input<string>;
  subnetwork: pulumi.Input<string>;
  /** Names of the subnet's secondary ranges. */
  rangeNames: { pods: string; services: string };
  /** Refuse to delete the cluster. To destroy it, first `pulumi up` with `false`. */
  deletionProtection: boolean;
}

/**
 * A private, VPC-native, regional GKE cluster with two node pools: spot nodes for the mesh's workloads, and a small pool for
 * what must not be preempted. More nodes come from Node Auto Provisioning.
 */
export class GkeCluster extends pulumi.ComponentResource implements Cluster {
  readonly name: string;
  readonly network: string;
  readonly cluster: container.Cluster;
  readonly kubeconfig: pulumi.Output<string>;
  readonly provider: Cluster["provider"];
  readonly server: pulumi.Output<string>;
  readonly certificateAuthority: pulumi.Output<string>;
  readonly deletedWith: pulumi.Resource;

  constructor(name: string, args: GkeClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:google:GkeCluster", name, {}, opts);
    const { project, mesh, config } = args;
    const child = { parent: this, dependsOn: opts?.dependsOn };
    this.name = args.cluster;
    this.network = config.network;

    const nodeAccount = new serviceaccount.Account(
      `${name}-nodes`,
      { project, accountId: `${args.cluster}-nodes`, displayName: `Nodes of ${args.cluster}` },
      child,
    );
    // https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster#use_least_privilege_sa
    const nodeRole = new projects.IAMMember(
      `${name}-nodes`,
      {
        project,
        role: "roles/container.defaultNodeServiceAccount",
        member: pulumi.interpolate`serviceAccount:${nodeAccount.email}`,
      },
      child,
    );

    this.cluster = new container.Cluster(name, clusterArgs(args, nodeAccount.email), {
      parent: this,
      dependsOn: [nodeRole],
      // Google's own protection strikes when the cluster's turn comes, which is last: this one refuses before anything is gone.
      protect: args.deletionProtection,
      ignoreChanges: [
        // These describe the default node pool, which is gone after the creation; a difference would replace the cluster.
        "nodeConfig",
        "initialNodeCount",
        "nodePools",
        // Filled in by Google: the first would unregister the cluster when it is taken for a difference, the second replace it.
        "fleet",
        "privateClusterConfig.privateEndpointSubnetwork",
      ],
      customTimeouts: { create: "60m", update: "90m", delete: "60m" },
    });

    const { spot, system } = config.nodePools;
    const pools = {
      spot: spotPool(mesh.availability.spot, spot),
      system: {
        minNodes: system.minNodes,
        maxNodes: system.maxNodes,
        nodeConfig: { machineType: system.machineType },
      },
    };
    const nodePools = Object.entries(pools).map(
      ([pool, { minNodes, maxNodes, nodeConfig }]) =>
        new container.NodePool(
          `${name}-${pool}`,
          {
            project,
            name: pool,
            cluster: this.cluster.id,
            location: config.region,
            autoscaling: { minNodeCount: minNodes, maxNodeCount: maxNodes, locationPolicy: spotPolicy(pool) },
            initialNodeCount: minNodes,
            management: { autoRepair: true, autoUpgrade: true },
            upgradeSettings: { strategy: "SURGE", maxSurge: 1, maxUnavailable: 0 },
            nodeConfig: { ...nodeDefaults(nodeAccount.email), ...nodeConfig },
          },
          // The autoscaler owns the size.
          { parent: this, deletedWith: this.cluster, ignoreChanges: ["initialNodeCount"] },
        ),
    );

    this.kubeconfig = this.cluster.controlPlaneEndpointsConfig.apply((endpoints) =>
      gkeKubeconfig({ name: args.cluster, dnsEndpoint: endpoints.dnsEndpointConfig.endpoint }),
    );
    this.server = this.cluster.privateClusterConfig.apply((config) => `https://${config.privateEndpoint}`);
    // `masterAuth` is secret for its client key; the CA certificate in it is public.
    this.certificateAuthority = pulumi.unsecret(
      this.cluster.masterAuth.apply((auth) => auth.clusterCaCertificate),
    );
    this.provider = clusterProvider(
      name,
      { identifier: `${mesh.id}/${args.cluster}`, kubeconfig: this.kubeconfig, owned: true },
      // Pods need nodes, and deleting a workload needs what runs on them.
      { parent: this, dependsOn: nodePools },
    );
    this.deletedWith = this.cluster;
    this.cluster.masterVersion.apply((version) => this.warnOfVersion(mesh.istio.version, version));

    this.registerOutputs({ cluster: this.cluster.id, kubeconfig: this.kubeconfig });
  }

  /** The configured pair was checked before; Google has the last word about a control plane's version. */
  private warnOfVersion(istio: string, kubernetes: string): void {
    const { problem } = checkPair(istio, kubernetes);
    if (problem) {
      void pulumi.log.warn(`The control plane of ${this.name} runs ${kubernetes}: ${problem}`, this);
    }
  }
}

function clusterArgs(
  { project, cluster, mesh, config, deletionProtection, ...args }: GkeClusterArgs,
  nodeAccount: pulumi.Input<string>,
): container.ClusterArgs {
  const { releaseChannel, version, autoProvisioning } = mesh.kubernetes;
  const node = nodeDefaults(nodeAccount);
  return {
    project,
    name: cluster,
    location: config.region,
    deletionProtection,

    network: args.network,
    subnetwork: args.subnetwork,
    networkingMode: "VPC_NATIVE",
    ipAllocationPolicy: {
      clusterSecondaryRangeName: args.rangeNames.pods,
      servicesSecondaryRangeName: args.rangeNames.services,
    },
    datapathProvider: "ADVANCED_DATAPATH",
    // Internal load balancers with network endpoint groups. Turning it off would replace the cluster.
    enableL4IlbSubsetting: true,

    privateClusterConfig: {
      enablePrivateNodes: true,
      enablePrivateEndpoint: true,
      // istiod of the other regions watches this API server.
      masterGlobalAccessConfig: { enabled: true },
      ...(config.ranges?.controlPlane && { masterIpv4CidrBlock: config.ranges.controlPlane }),
    },
    // Whom the private endpoint admits. Pods keep their own address towards private ranges, so pod ranges belong here: the
    // supernet holds those of every region, also of later ones.
    masterAuthorizedNetworksConfig: {
      cidrBlocks: meshRanges(mesh).map((cidrBlock) => ({ cidrBlock, displayName: "mesh" })),
      gcpPublicCidrsAccessEnabled: false,
      privateEndpointEnforcementEnabled: true,
    },
    // How Pulumi and people get in: by name, with IAM (container.clusters.connect) in front.
    controlPlaneEndpointsConfig: {
      dnsEndpointConfig: { allowExternalTraffic: true },
      ipEndpointsConfig: { enabled: true },
    },

    workloadIdentityConfig: { workloadPool: `${project}.svc.id.goog` },
    enableShieldedNodes: true,
    enableLegacyAbac: false,
    masterAuth: { clientCertificateConfig: { issueClientCertificate: false } },
    addonsConfig: {
      httpLoadBalancing: { disabled: false },
      horizontalPodAutoscaling: { disabled: false },
    },

    releaseChannel: { channel: releaseChannel },
    minMasterVersion: version,
    maintenancePolicy: {
      dailyMaintenanceWindow: { startTime: "03:00" },
      // Istio's version names the Kubernetes versions that it works with: a minor upgrade is ours to start.
      // https://cloud.google.com/kubernetes-engine/docs/concepts/maintenance-windows-and-exclusions
      maintenanceExclusions: [
        {
          exclusionName: "no-minor-upgrades",
          startTime: "2025-01-01T00:00:00Z",
          exclusionOptions: { scope: "NO_MINOR_UPGRADES", endTimeBehavior: "UNTIL_END_OF_SUPPORT" },
        },
      ],
    },

    clusterAutoscaling: {
      enabled: true,
      autoscalingProfile: "BALANCED",
      resourceLimits: [
        { resourceType: "cpu", minimum: autoProvisioning.cpu.min, maximum: autoProvisioning.cpu.max },
        {
          resourceType: "memory",
          minimum: autoProvisioning.memoryGb.min,
          maximum: autoProvisioning.memoryGb.max,
        },
      ],
      autoProvisioningDefaults: {
        serviceAccount: nodeAccount,
        oauthScopes: node.oauthScopes,
        management: { autoRepair: true, autoUpgrade: true },
        shieldedInstanceConfig: node.shieldedInstanceConfig,
      },
    },

    // The default pool is thrown away at once, but it is created first: with the mesh's own account, not the project's default.
    removeDefaultNodePool: true,
    initialNodeCount: 1,
    nodeConfig: node,
  };
}

function nodeDefaults(serviceAccount: pulumi.Input<string>) {
  return {
    serviceAccount,
    // The default, 100 GB of pd-balanced a node, is past the SSD quota of a new project.
    diskType: "pd-standard",
    diskSizeGb: 50,
    // What the account may do is said by its role.
    oauthScopes: ["https://www.googleapis.com/auth/cloud-platform"],
    shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
    workloadMetadataConfig: { mode: "GKE_METADATA" },
  };
}

type NodePool = MeshCluster["nodePools"]["spot"];
type Spot = Mesh["availability"]["spot"];

/** Google labels spot nodes by itself; the taint keeps away what did not ask for them. */
// https://cloud.google.com/kubernetes-engine/docs/concepts/spot-vms
function spotPool({ label, taint }: Spot, { minNodes, maxNodes, machineType }: NodePool) {
  return {
    minNodes,
    maxNodes,
    nodeConfig: {
      machineType,
      spot: true,
      labels: label.key === "cloud.google.com/gke-spot" ? {} : { [label.key]: label.value },
      taints: [{ key: taint.key, value: taint.value, effect: TAINT_EFFECTS[taint.effect] }],
    },
  };
}

/** Kubernetes' words for a taint's effect, and those of Google's API. */
const TAINT_EFFECTS: Record<Spot["taint"]["effect"], string> = {
  NoSchedule: "NO_SCHEDULE",
  PreferNoSchedule: "PREFER_NO_SCHEDULE",
  NoExecute: "NO_EXECUTE",
};

/** Spot capacity comes from wherever there is most of it; the system pool is spread. */
function spotPolicy(pool: string): string {
  return pool === "spot" ? "ANY" : "BALANCED";
}
