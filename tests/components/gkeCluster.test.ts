import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { base64, computedOutputs } from "./computed";
import { ACCOUNT, made, NODE, NODE_POOL, program, RANGES } from "./gkeProgram";
import { register, run } from "./mocks";
import { assertBefore, CLUSTER, key, one, PROVIDER, thing, valueAt } from "./support";

describe("a GKE cluster", () => {
  it("is private, VPC-native, pinned and auto-provisioned: every argument", async () => {
    const cluster = one(await made(), CLUSTER, "mesh-us-east1");
    assert.deepEqual(cluster.inputs, {
      project: "my-project",
      name: "us-east1",
      location: "us-east1",
      deletionProtection: true,

      network: "id of the VPC",
      subnetwork: "id of the subnet",
      networkingMode: "VPC_NATIVE",
      ipAllocationPolicy: { clusterSecondaryRangeName: "pods", servicesSecondaryRangeName: "services" },
      datapathProvider: "ADVANCED_DATAPATH",
      enableL4IlbSubsetting: true,

      privateClusterConfig: {
        enablePrivateNodes: true,
        enablePrivateEndpoint: true,
        masterGlobalAccessConfig: { enabled: true },
      },
      masterAuthorizedNetworksConfig: {
        cidrBlocks: [{ cidrBlock: "10.16.0.0/12", displayName: "mesh" }],
        gcpPublicCidrsAccessEnabled: false,
        privateEndpointEnforcementEnabled: true,
      },
      controlPlaneEndpointsConfig: {
        dnsEndpointConfig: { allowExternalTraffic: true },
        ipEndpointsConfig: { enabled: true },
      },

      workloadIdentityConfig: { workloadPool: "my-project.svc.id.goog" },
      enableShieldedNodes: true,
      enableLegacyAbac: false,
      masterAuth: { clientCertificateConfig: { issueClientCertificate: false } },
      addonsConfig: {
        httpLoadBalancing: { disabled: false },
        horizontalPodAutoscaling: { disabled: false },
      },

      releaseChannel: { channel: "EXTENDED" },
      minMasterVersion: "1.33",
      maintenancePolicy: {
        dailyMaintenanceWindow: { startTime: "03:00" },
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
          { resourceType: "cpu", minimum: 0, maximum: 64 },
          { resourceType: "memory", minimum: 0, maximum: 256 },
        ],
        autoProvisioningDefaults: {
          serviceAccount: ACCOUNT,
          oauthScopes: NODE.oauthScopes,
          management: { autoRepair: true, autoUpgrade: true },
          shieldedInstanceConfig: NODE.shieldedInstanceConfig,
        },
      },

      removeDefaultNodePool: true,
      initialNodeCount: 1,
      nodeConfig: NODE,
    });
  });

  it("has a range of its own for the control plane only where one is given", async () => {
    const clusters = { "us-east1": { ranges: { ...RANGES, controlPlane: "10.16.32.0/28" } } };
    const { inputs } = one(await made({ clusters }), CLUSTER);
    assert.equal(valueAt(inputs, "privateClusterConfig", "masterIpv4CidrBlock"), "10.16.32.0/28");
  });

  it("may stand in a region that is not its name, and be of another version and channel", async () => {
    const { inputs } = one(
      await made({
        clusters: { "us-east1": { region: "europe-west1", ranges: RANGES } },
        kubernetes: {
          version: "1.30.5-gke.1000000",
          releaseChannel: "STABLE",
          autoProvisioning: { cpu: { min: 4, max: 8 }, memoryGb: { min: 16, max: 32 } },
        },
      }),
      CLUSTER,
    );
    assert.equal(inputs.name, "us-east1");
    assert.equal(inputs.location, "europe-west1");
    assert.equal(inputs.minMasterVersion, "1.30.5-gke.1000000");
    assert.deepEqual(inputs.releaseChannel, { channel: "STABLE" });
    assert.deepEqual(valueAt(inputs, "clusterAutoscaling", "resourceLimits"), [
      { resourceType: "cpu", minimum: 4, maximum: 8 },
      { resourceType: "memory", minimum: 16, maximum: 32 },
    ]);
  });

  it("can be deleted only once it is allowed to, by Google and by Pulumi, which refuses before anything is gone", async () => {
    assert.equal(one(await made(), CLUSTER).protect, true);
    const free = one(await made({ deletionProtection: false }), CLUSTER);
    assert.equal(free.inputs.deletionProtection, false);
    assert.equal(free.protect, false);
  });

  it("admits an existing cluster's ranges, which lie outside of the supernet, to its control plane", async () => {
    const campus = {
      existing: { server: "https://172.16.0.2" },
      ranges: { nodes: "172.16.0.0/20", services: "172.16.16.0/20", pods: "172.17.0.0/16" },
    };
    const { inputs } = one(await made({ clusters: { "us-east1": { ranges: RANGES }, campus } }), CLUSTER);
    assert.deepEqual(
      (valueAt(inputs, "masterAuthorizedNetworksConfig", "cidrBlocks") as { cidrBlock: string }[]).map(
        ({ cidrBlock }) => cidrBlock,
      ),
      ["10.16.0.0/12", "172.16.0.0/20", "172.17.0.0/16"],
    );
  });

  it("warns when Google gave it a version that this Istio does not work with", async () => {
    const outputs = (type: string, name: string) => ({
      ...computedOutputs(type, name),
      ...(type === CLUSTER && { masterVersion: "1.35.1-gke.1000000" }),
    });
    const { warnings, errors } = await run(() => program({}), { outputs });
    assert.deepEqual(errors, []);
    assert.equal(warnings.length, 1);
    assert.match(
      String(warnings[0]),
      /control plane of us-east1 runs 1\.35\.1-gke\.1000000: Istio 1\.23 works on/,
    );
    assert.deepEqual((await run(() => program({}))).warnings, []);
  });

  it("is not replaced for its default pool, which is gone, and has time to come and go", async () => {
    const cluster = one(await made(), CLUSTER);
    assert.deepEqual(cluster.ignoreChanges.sort(), [
      "fleet",
      "initialNodeCount",
      "nodeConfig",
      "nodePools",
      "privateClusterConfig.privateEndpointSubnetwork",
    ]);
    assert.deepEqual(cluster.timeouts, { create: "60m", update: "90m", delete: "60m" });
  });

  it("waits for the APIs, and for the rights of its nodes' account", async () => {
    const resources = await made();
    const cluster = one(resources, CLUSTER);
    assertBefore(resources, one(resources, "test:index:Thing", "services"), cluster);
    assert.ok(cluster.dependencies.includes("gcp:projects/iAMMember:IAMMember::mesh-us-east1-nodes"));
  });
});

describe("the account of a cluster's nodes", () => {
  it("is the cluster's own, with the least role", async () => {
    const resources = await made();
    const account = one(resources, "gcp:serviceaccount/account:Account", "mesh-us-east1-nodes");
    assert.equal(account.inputs.accountId, "us-east1-nodes");
    assert.equal(account.inputs.project, "my-project");
    assert.deepEqual(account.dependencies, [thing("services")]);
    assert.deepEqual(one(resources, "gcp:projects/iAMMember:IAMMember", "mesh-us-east1-nodes").inputs, {
      project: "my-project",
      role: "roles/container.defaultNodeServiceAccount",
      member: `serviceAccount:${ACCOUNT}`,
    });
  });
});

describe("the way into a cluster", () => {
  it("is its DNS endpoint with a plugin, and no secret", async () => {
    const provider = one(await made(), PROVIDER, "mesh-us-east1");
    assert.equal(provider.inputs.clusterIdentifier, "mesh/us-east1");
    assert.equal(provider.inputs.upsertExistingObjects, "true");
    assert.deepEqual(provider.secretInputs, []);
    const kubeconfig = JSON.parse(String(provider.inputs.kubeconfig)) as unknown;
    assert.equal(
      valueAt(kubeconfig, "clusters", 0, "cluster", "server"),
      "https://gke-mesh-us-east1.gke.goog",
    );
    assert.equal(valueAt(kubeconfig, "users", 0, "user", "exec", "command"), "gke-gcloud-auth-plugin");
  });

  it("opens once there are nodes for what is made inside", async () => {
    const { dependencies } = one(await made(), PROVIDER);
    for (const pool of ["spot", "system"]) {
      assert.ok(dependencies.includes(`${NODE_POOL}::mesh-us-east1-${pool}`), pool);
    }
  });

  it("from other clusters is the private endpoint, with a CA that everybody may know", async () => {
    let seen: unknown;
    let secret: boolean | undefined;
    await register(async () => {
      const { server, certificateAuthority } = program({});
      const access = pulumi.all([server, certificateAuthority]);
      secret = await pulumi.isSecret(access);
      access.apply((values) => (seen = values));
    });
    assert.deepEqual(seen, ["https://private-endpoint-of-mesh-us-east1", base64("CA of mesh-us-east1")]);
    assert.equal(secret, false);
  });

  it("is known, in a first preview, as little as the cluster", async () => {
    const resources = await register(() => program({}), { unknown: true });
    assert.deepEqual(resources.map(key).sort(), (await made()).map(key).sort());
  });
});
