import * as assert from "node:assert/strict";
import type { SimulatedProject } from "../../../rehearsal/google/project";
import { at, type Properties } from "../../../rehearsal/google/properties";
import {
  FakeHost,
  clusterArgs,
  create,
  foundation,
  newProject,
  nodeAccount,
  projectId,
  remove,
  token,
} from "./fixtures";

describe("GKE in the simulated project", () => {
  let project: SimulatedProject;
  let host: FakeHost;
  beforeEach(async () => {
    ({ project, host } = newProject());
    await foundation(project);
  });

  it("answers endpoints, version and certificate, and starts a control plane", async () => {
    const { id, properties } = await create(project, "cluster", clusterArgs());
    assert.equal(id, `projects/${projectId}/locations/us-east1/clusters/us-east1`);
    assert.match(String(properties.masterVersion), /^1\.33\.1-gke\.\d+$/);
    assert.equal(at(properties, "privateClusterConfig.privateEndpoint"), "10.16.0.2");
    assert.match(
      String(at(properties, "controlPlaneEndpointsConfig.dnsEndpointConfig.endpoint")),
      /^gke-[0-9a-f]{32}-123456789012\.us-east1\.gke\.goog$/,
    );
    const ca = String(at(properties, "masterAuth.clusterCaCertificate"));
    assert.equal(Buffer.from(ca, "base64").toString(), "certificate of us-east1");
    assert.deepEqual(properties.nodePools, []);
    const asked = host.clusters.get("us-east1");
    assert.equal(asked?.podCidr, "10.20.0.0/16");
    assert.equal(asked?.serviceCidr, "10.24.0.0/20");
  });

  it("keeps what it filled in when something else is changed", async () => {
    const client = { clientCertificateConfig: { issueClientCertificate: false } };
    const args = clusterArgs({ deletionProtection: true, masterAuth: client });
    const made = await create(project, "cluster", args);
    const changed = await project.call("update", token("cluster"), {
      id: made.id,
      properties: { ...args, deletionProtection: false },
    });
    for (const filledIn of [
      "masterAuth.clusterCaCertificate",
      "privateClusterConfig.privateEndpoint",
      "controlPlaneEndpointsConfig.dnsEndpointConfig.endpoint",
      "masterVersion",
    ]) {
      assert.equal(at(changed.properties, filledIn), at(made.properties, filledIn), filledIn);
    }
  });

  const refusals: [string, Properties, RegExp][] = [
    [
      "a minor that the channel does not offer",
      { releaseChannel: { channel: "REGULAR" } },
      /^GoogleError: No valid versions with the prefix "1.33" found\.$/,
    ],
    [
      "a minor that does not exist",
      { minMasterVersion: "1.99" },
      /No valid versions with the prefix "1.99" found\./,
    ],
    ["a network that does not exist", { network: "none" }, /Network ".*none" does not exist/],
    [
      "a subnetwork of another region",
      { location: "us-central1" },
      /Subnetwork "mesh-us-east1" does not exist/,
    ],
    ["an unknown location", { location: "us-east9" }, /Location "us-east9" does not exist/],
    [
      "a secondary range that is not in the subnetwork",
      { ipAllocationPolicy: { clusterSecondaryRangeName: "pod", servicesSecondaryRangeName: "services" } },
      /Secondary range "pod" does not exist/,
    ],
    [
      "a private endpoint without authorized networks",
      { privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: true } },
      /enable_master_authorized_networks should be enabled if private endpoint is enabled/,
    ],
    [
      "auto-provisioning without a memory limit",
      { clusterAutoscaling: { enabled: true, resourceLimits: [{ resourceType: "cpu", maximum: 16 }] } },
      /missing: memory/,
    ],
    [
      "an account that does not exist",
      { nodeConfig: { serviceAccount: "no@body" } },
      /does not have access to service account "no@body"/,
    ],
    [
      "no node to begin with",
      { initialNodeCount: undefined },
      /Cluster.initial_node_count must be greater than zero/,
    ],
    [
      "another project's identity pool",
      { workloadIdentityConfig: { workloadPool: "other.svc.id.goog" } },
      /must be "mesh-rehearsal.svc.id.goog"/,
    ],
    [
      "a control-plane range that is taken",
      { privateClusterConfig: { masterIpv4CidrBlock: "10.16.15.0/28" } },
      /conflicts with existing subnetwork 'mesh-us-east1'/,
    ],
    [
      "an exclusion that ends before it starts",
      {
        maintenancePolicy: {
          maintenanceExclusions: [
            { exclusionName: "x", startTime: "2026-02-01T00:00:00Z", endTime: "2026-01-01T00:00:00Z" },
          ],
        },
      },
      /ends before it starts/,
    ],
  ];
  for (const [title, change, text] of refusals)
    it(`refuses ${title}`, async () => {
      await assert.rejects(create(project, "cluster", clusterArgs(change)), text);
      assert.deepEqual(project.list(token("cluster")), []);
    });

  it("forgets a cluster whose control plane cannot be started", async () => {
    host.createCluster = () => Promise.reject(new Error("no such version here"));
    await assert.rejects(create(project, "cluster", clusterArgs()), /no such version here/);
    assert.deepEqual(project.list(token("cluster")), []);
  });

  const pool = (changes: Properties = {}, config: Properties = {}): Properties => ({
    name: "spot",
    cluster: `projects/${projectId}/locations/us-east1/clusters/us-east1`,
    initialNodeCount: 1,
    nodeConfig: {
      spot: true,
      machineType: "e2-standard-4",
      serviceAccount: nodeAccount,
      labels: { workload: "mesh" },
      taints: [{ key: "cloud.google.com/gke-spot", value: "true", effect: "NO_SCHEDULE" }],
      ...config,
    },
    ...changes,
  });

  it("makes a pool's nodes over three zones, with GKE's labels and Kubernetes' taints", async () => {
    await create(project, "cluster", clusterArgs());
    const { id } = await create(project, "pool", pool());
    const nodes = host.nodes.get("us-east1") ?? [];
    assert.deepEqual(
      nodes.map((node) => node.labels["topology.kubernetes.io/zone"]),
      ["us-east1-b", "us-east1-c", "us-east1-d"],
    );
    const [first] = nodes;
    assert.match(first?.name ?? "", /^gke-us-east1-spot-[0-9a-f]{8}-[0-9a-f]{4}$/);
    assert.equal(first?.labels["cloud.google.com/gke-nodepool"], "spot");
    assert.equal(first?.labels["cloud.google.com/gke-spot"], "true");
    assert.equal(first?.labels.workload, "mesh");
    assert.deepEqual(first?.taints, [
      { key: "cloud.google.com/gke-spot", value: "true", effect: "NoSchedule" },
    ]);
    assert.deepEqual([first?.cpu, first?.memory], ["4", "16Gi"]);
    await remove(project, "pool", id ?? "");
    assert.deepEqual(host.nodes.get("us-east1"), []);
  });

  const poolRefusals: [string, Properties, Properties, RegExp][] = [
    [
      "a machine type that does not exist",
      {},
      { machineType: "e9-huge" },
      /Machine type with name "e9-huge" does not exist/,
    ],
    [
      "limits that exclude each other",
      { autoscaling: { minNodeCount: 3, maxNodeCount: 1 } },
      {},
      /minNodeCount 3 is above maxNodeCount 1/,
    ],
    [
      "no automatic upgrades in a channel",
      { management: { autoUpgrade: false } },
      {},
      /Auto_upgrade must be true when release_channel EXTENDED is set/,
    ],
    ["a reserved label", {}, { labels: { "cloud.google.com/gke-spot": "true" } }, /is reserved/],
    [
      "a cluster that does not exist",
      { cluster: "none", location: "us-east1" },
      {},
      /Not found: .*clusters\/none/,
    ],
  ];
  for (const [title, change, config, text] of poolRefusals)
    it(`refuses a node pool with ${title}`, async () => {
      await create(project, "cluster", clusterArgs());
      await assert.rejects(create(project, "pool", pool(change, config)), text);
    });

  it("takes the pools along when a cluster goes", async () => {
    const { id } = await create(project, "cluster", clusterArgs());
    await create(project, "pool", pool());
    await remove(project, "cluster", id ?? "");
    assert.deepEqual(project.list(token("pool")), []);
    assert.equal(host.clusters.size, 0);
  });
});
