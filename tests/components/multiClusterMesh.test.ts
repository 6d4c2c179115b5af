import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import type { MeshInput } from "../../components/config/schema";
import { MultiClusterMesh, type MultiClusterMeshArgs } from "../../components/multiClusterMesh";
import { kubeconfigOf } from "../unit/config/kubeconfig";
import { mesh } from "../unit/manifests/mesh";
import { run } from "./mocks";
import {
  all,
  assertBefore,
  CLUSTER,
  DESTINATION_RULE,
  ISTIO_OPERATOR,
  one,
  PROVIDER,
  SECRET,
  VIRTUAL_SERVICE,
  valueAt,
} from "./support";

const MEMBERSHIP = "gcp:gkehub/membership:Membership";
const NETWORK = "gcp:compute/network:Network";
const LINK = "//container.googleapis.com/projects/my-project/locations/us-east1/clusters/main";

/** A whole mesh in one stack, with what a test changes. */
function made(change: Partial<MeshInput> = {}, args: Partial<MultiClusterMeshArgs> = {}) {
  const whole = mesh(change);
  return run(() => {
    const { clusters, shared } = new MultiClusterMesh("mesh", {
      project: "my-project",
      mesh: whole,
      clusters: Object.keys(whole.clusters),
      ...args,
    });
    return { clusters, ...shared };
  });
}

function existing(membershipLink?: string) {
  return { existing: { server: "https://10.0.0.2", membershipLink } };
}

const KUBECONFIG = kubeconfigOf();

describe("a mesh with options", () => {
  it("has no routes and no verify workload unless they are asked for", async () => {
    const { resources, errors } = await made();
    assert.deepEqual(errors, []);
    for (const type of [VIRTUAL_SERVICE, "gcp:dns/recordSet:RecordSet"]) {
      assert.deepEqual(all(resources, type), [], type);
    }
  });

  it("takes out what fails in every cluster, unless that is switched off", async () => {
    const { resources } = await made();
    assert.deepEqual(
      all(resources, DESTINATION_RULE)
        .map(({ name }) => name)
        .sort(),
      ["mesh-us-central1-outlier-detection", "mesh-us-east1-outlier-detection"],
    );
    const without = await made({ outlierDetection: false });
    assert.deepEqual(all(without.resources, DESTINATION_RULE), []);
  });

  it("prefers the near region in every cluster when asked to", async () => {
    const { resources } = await made({ locality: { enabled: true } });
    for (const cluster of ["us-central1", "us-east1"]) {
      const { inputs } = one(resources, ISTIO_OPERATOR, `mesh-${cluster}-istiod`);
      assert.deepEqual(valueAt(inputs, "spec", "meshConfig", "localityLbSetting"), { enabled: true });
    }
  });

  it("has each route in every cluster, each with the record of its own name, and switches Cloud DNS on", async () => {
    const { resources } = await made({
      dns: { zone: "mesh-example-com", domain: "mesh.example.com" },
      routes: [{ name: "alerts", service: "alertmanager", namespace: "monitoring", port: 9093 }],
    });
    assert.deepEqual(
      all(resources, "gcp:dns/recordSet:RecordSet")
        .map(({ name, inputs }) => [name, inputs.name, inputs.rrdatas])
        .sort(),
      [
        ["mesh-us-central1-alerts", "alerts-us-central1.mesh.example.com.", ["203.0.113.7"]],
        ["mesh-us-east1-alerts", "alerts-us-east1.mesh.example.com.", ["203.0.113.7"]],
      ],
    );
    assert.equal(all(resources, VIRTUAL_SERVICE).length, 4);
    for (const cluster of ["us-central1", "us-east1"]) {
      const { dependencies } = one(resources, DESTINATION_RULE, `mesh-${cluster}-alerts-subsets`);
      assert.ok(dependencies.includes(`${ISTIO_OPERATOR}::mesh-${cluster}-istiod`));
      assert.ok(dependencies.includes(`kubernetes:core/v1:Namespace::mesh-${cluster}-istio-gateways`));
    }
    one(resources, "gcp:projects/service:Service", "mesh-dns");
  });

  it("has an SSL policy once, which every FrontendConfig names", async () => {
    const { resources } = await made({ ingress: { sslPolicy: { minTlsVersion: "TLS_1_3" } } });
    assert.deepEqual(one(resources, "gcp:compute/sSLPolicy:SSLPolicy", "mesh-edge").inputs, {
      project: "my-project",
      name: "mesh-edge",
      minTlsVersion: "TLS_1_3",
      profile: "MODERN",
    });
    const frontends = all(resources, "kubernetes:networking.gke.io/v1beta1:FrontendConfig");
    assert.deepEqual(
      frontends.map(({ inputs }) => valueAt(inputs, "spec", "sslPolicy")),
      ["mesh-edge", "mesh-edge"],
    );
  });

  it("keeps the SSL policy from before the cluster until after the load balancer that uses it", async () => {
    const { resources } = await made({ ingress: { sslPolicy: { minTlsVersion: "TLS_1_3" } } });
    const policy = one(resources, "gcp:compute/sSLPolicy:SSLPolicy", "mesh-edge");
    all(resources, CLUSTER).forEach((cluster) => assertBefore(resources, policy, cluster));
    assertBefore(resources, policy, one(resources, "kubernetes:networking.gke.io/v1:MultiClusterIngress"));
  });

  it("carries its own id in the names of what exists once, so that two fit into one project", async () => {
    const { resources } = await run(
      () =>
        new MultiClusterMesh("staging", {
          project: "my-project",
          mesh: mesh({ id: "staging" }),
          clusters: ["us-east1"],
        }),
    );
    for (const type of [
      NETWORK,
      "gcp:compute/globalAddress:GlobalAddress",
      "gcp:compute/firewall:Firewall",
    ]) {
      for (const { inputs } of all(resources, type)) {
        assert.match(String(inputs.name), /^staging/);
      }
    }
  });
});

describe("three clusters in one stack", () => {
  it("are linked in all six directions, each link once", async () => {
    const ranges = { nodes: "10.24.0.0/20", services: "10.24.16.0/20", pods: "10.25.0.0/16" };
    const { clusters } = mesh();
    const { resources } = await made({
      clusters: { ...clusters, "europe-west1": { ranges } },
    });
    const links = all(resources, "mesh:istio:RemoteSecret").map(({ name }) => name);
    const names = ["us-east1", "us-central1", "europe-west1"];
    assert.deepEqual(
      links.sort(),
      names.flatMap((of) => names.filter((one) => one !== of).map((one) => `mesh-${of}-for-${one}`)).sort(),
    );
    assert.equal(all(resources, "gcp:gkehub/feature:Feature").length, 1);
  });
});

describe("a mesh with existing clusters", () => {
  it("makes no VPC, no cluster and no node where all are there already", async () => {
    const { resources, outputs, errors } = await made(
      { clusters: { "us-east1": existing(LINK) } },
      { kubeconfigs: { "us-east1": KUBECONFIG } },
    );
    assert.deepEqual(errors, []);
    for (const { type, name } of resources) {
      assert.doesNotMatch(type, /^gcp:(container|serviceaccount)|compute\/(network|subnetwork|router)/, name);
    }
    assert.equal(outputs.network, undefined);
    assert.equal(one(resources, MEMBERSHIP).inputs.membershipId, "us-east1");
    assert.equal(valueAt(one(resources, MEMBERSHIP).inputs, "endpoint", "gkeCluster", "resourceLink"), LINK);
  });

  it("keeps the kubeconfig that a user gave secret, in the provider and in the outputs", async () => {
    const { resources, secretOutputs, plainOutputs } = await made(
      { clusters: { "us-east1": existing(LINK) } },
      { kubeconfigs: { "us-east1": pulumi.secret(KUBECONFIG) } },
    );
    assert.deepEqual(one(resources, PROVIDER).secretInputs, ["kubeconfig"]);
    assert.deepEqual(secretOutputs.sort(), ["clusters", "edgeCertificate", "intermediates"]);
    assert.doesNotMatch(JSON.stringify(plainOutputs), /current-context/);
  });

  it("makes the VPC where one cluster is new, and links both", async () => {
    const { clusters } = mesh();
    const { resources, errors } = await made(
      {
        clusters: { "us-east1": clusters["us-east1"], campus: existing() } as MeshInput["clusters"],
      },
      { kubeconfigs: { campus: KUBECONFIG } },
    );
    assert.deepEqual(errors, []);
    one(resources, NETWORK);
    one(resources, CLUSTER);
    const { inputs } = one(resources, SECRET, "mesh-campus-for-us-east1-kubeconfig");
    assert.match(String(valueAt(inputs, "stringData", "campus")), /https:\/\/10\.0\.0\.2/);
  });

  it("leaves a cluster without a membership link out of the fleet", async () => {
    const { clusters } = mesh();
    const { resources } = await made(
      {
        clusters: { "us-east1": clusters["us-east1"], campus: existing() } as MeshInput["clusters"],
      },
      { kubeconfigs: { campus: KUBECONFIG } },
    );
    assert.equal(one(resources, MEMBERSHIP).inputs.membershipId, "us-east1");
  });
});

describe("a stack that lacks something", () => {
  it("fails without the config cluster and without what its stack made", async () => {
    const { errors } = await made({}, { clusters: ["us-central1"] });
    assert.equal(errors.length, 1);
    assert.match(String(errors[0]?.message), /does not own us-east1.*`shared`/s);
  });

  it("fails for a cluster that is not in the map", async () => {
    const { errors } = await made({}, { clusters: ["us-east1", "us-north1"] });
    assert.match(String(errors[0]?.message), /us-north1 is not in the map of clusters/);
  });

  it("fails for a config cluster that the fleet cannot know", async () => {
    const { errors } = await made(
      { clusters: { "us-east1": existing() } },
      { kubeconfigs: { "us-east1": KUBECONFIG } },
    );
    assert.match(String(errors[0]?.message), /us-east1 is the config cluster and has no membershipLink/);
  });
});
