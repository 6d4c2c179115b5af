import assert from "node:assert/strict";
import type { Registered, Run } from "./mocks";
import { runBothStacks } from "./program";
import {
  all,
  assertBefore,
  CLUSTER,
  FIREWALL,
  ISTIO_OPERATOR,
  key,
  NAMESPACE,
  one,
  PRIVATE_KEY,
  PROVIDER,
  SECRET,
  valueAt,
} from "./support";

const INGRESS = "kubernetes:networking.gke.io/v1:MultiClusterIngress";
const MULTI_CLUSTER_SERVICE = "kubernetes:networking.gke.io/v1:MultiClusterService";
const FEATURE = "gcp:gkehub/feature:Feature";
const MEMBERSHIP = "gcp:gkehub/membership:Membership";

let east: Run;
let central: Run;

async function load(): Promise<void> {
  ({ east, central } = await runBothStacks());
}

function countsOf(resources: Registered[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type, custom } of resources) {
    if (custom) counts[type] = (counts[type] ?? 0) + 1;
  }
  return counts;
}

/** What each member of the mesh has in its own stack. */
const MEMBER = {
  "gcp:compute/subnetwork:Subnetwork": 1,
  "gcp:compute/router:Router": 1,
  "gcp:compute/routerNat:RouterNat": 1,
  [FIREWALL]: 1,
  "gcp:serviceaccount/account:Account": 1,
  "gcp:projects/iAMMember:IAMMember": 1,
  [CLUSTER]: 1,
  "gcp:container/nodePool:NodePool": 2,
  [MEMBERSHIP]: 1,
  [PRIVATE_KEY]: 1,
  "tls:index/selfSignedCert:SelfSignedCert": 1,
  [PROVIDER]: 1,
  [NAMESPACE]: 4,
  [SECRET]: 2,
  "kubernetes:core/v1:ServiceAccount": 1,
  "kubernetes:core/v1:Service": 2,
  "kubernetes:core/v1:ConfigMap": 1,
  "kubernetes:apps/v1:Deployment": 2,
  "kubernetes:policy/v1:PodDisruptionBudget": 1,
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole": 1,
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding": 1,
  "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition": 1,
  [ISTIO_OPERATOR]: 2,
  "kubernetes:telemetry.istio.io/v1alpha1:Telemetry": 1,
  "kubernetes:networking.istio.io/v1beta1:DestinationRule": 1,
  "kubernetes:networking.istio.io/v1beta1:Gateway": 2,
  "kubernetes:networking.istio.io/v1beta1:VirtualService": 1,
  "kubernetes:networking.gke.io/v1beta1:FrontendConfig": 1,
  "kubernetes:cloud.google.com/v1:BackendConfig": 1,
};

describe("the stack us-east1, which owns the config cluster", () => {
  before(load);

  it("makes a member of the mesh and what exists once per mesh", () => {
    assert.deepEqual(east.errors, []);
    assert.deepEqual(countsOf(east.resources), {
      ...MEMBER,
      "gcp:projects/service:Service": 8,
      "gcp:projects/serviceIdentity:ServiceIdentity": 2,
      "gcp:projects/iAMMember:IAMMember": 1 + 2,
      "gcp:compute/network:Network": 1,
      [FIREWALL]: 1 + 2,
      "gcp:compute/globalAddress:GlobalAddress": 1,
      [FEATURE]: 1,
      // Root, two intermediates, the origin's and the edge's.
      [PRIVATE_KEY]: 1 + 4,
      "tls:index/selfSignedCert:SelfSignedCert": 1 + 2,
      "tls:index/certRequest:CertRequest": 2,
      "tls:index/locallySignedCert:LocallySignedCert": 2,
      [SECRET]: 2 + 1,
      [INGRESS]: 1,
      [MULTI_CLUSTER_SERVICE]: 1,
    });
  });

  it("makes no remote secret: the other cluster may not be there yet", () => {
    assert.ok(!east.resources.some(({ type }) => type === "mesh:istio:RemoteSecret"));
  });

  it("has APIs, rights and membership before the fleet feature, and that before the load balancer", () => {
    const { resources } = east;
    const ingress = one(resources, INGRESS);
    const feature = one(resources, FEATURE);
    for (const first of [
      ...all(resources, "gcp:projects/service:Service"),
      one(resources, "gcp:projects/iAMMember:IAMMember", "mesh-multiclusteringress-agent"),
      one(resources, "gcp:projects/iAMMember:IAMMember", "mesh-gkehub-agent"),
      one(resources, MEMBERSHIP),
    ]) {
      assertBefore(resources, first, feature);
    }
    for (const first of [
      feature,
      one(resources, "kubernetes:networking.gke.io/v1beta1:FrontendConfig"),
      one(resources, "kubernetes:cloud.google.com/v1:BackendConfig"),
      one(resources, SECRET, "mesh-us-east1-ingress-tls"),
      one(resources, "gcp:compute/globalAddress:GlobalAddress"),
      one(resources, NAMESPACE, "mesh-us-east1-istio-gateways"),
      one(resources, MULTI_CLUSTER_SERVICE),
    ]) {
      assertBefore(resources, first, ingress);
    }
  });

  it("keeps the feature until the gateways' namespace is gone: it is not let go while load balancers are removed", () => {
    const { resources } = east;
    const namespace = one(resources, NAMESPACE, "mesh-us-east1-istio-gateways");
    assertBefore(resources, one(resources, FEATURE), namespace);
  });

  it("asks for nothing of Google Cloud before all APIs are on", () => {
    const { resources } = east;
    const google = resources.filter(({ type }) => /^gcp:(?!projects\/service)/.test(type));
    for (const resource of google) {
      if (!resource.name.endsWith("-agent")) {
        all(resources, "gcp:projects/service:Service").forEach((api) =>
          assertBefore(resources, api, resource),
        );
      }
    }
  });

  it("has the VPC, its rules and its ways in and out before the cluster, and until the cluster is gone", () => {
    const { resources } = east;
    for (const first of [
      one(resources, "gcp:compute/network:Network"),
      ...all(resources, FIREWALL),
      one(resources, "gcp:compute/subnetwork:Subnetwork"),
      one(resources, "gcp:compute/router:Router"),
      one(resources, "gcp:compute/routerNat:RouterNat"),
    ]) {
      assertBefore(resources, first, one(resources, CLUSTER));
    }
  });

  it("has the literal global address on the load balancer", () => {
    assert.equal(
      valueAt(one(east.resources, INGRESS).inputs, "metadata", "annotations", "networking.gke.io/static-ip"),
      "203.0.113.7",
    );
  });

  it("exports what the others need, and of it the intermediates and the edge's certificate as secrets", () => {
    assert.deepEqual(Object.keys(east.outputs).sort(), [
      "address",
      "clusters",
      "edgeCertificate",
      "intermediates",
      "madeFrom",
      "mesh",
      "network",
      "nextSteps",
      "rootCertificate",
    ]);
    assert.deepEqual(east.secretOutputs.sort(), ["edgeCertificate", "intermediates"]);
    assert.deepEqual(Object.keys(east.outputs.intermediates as object).sort(), ["us-central1", "us-east1"]);
    assert.equal(
      valueAt(east.outputs, "clusters", "us-east1", "server"),
      "https://private-endpoint-of-mesh-us-east1",
    );
  });
});

describe("the stack us-central1, which joins", () => {
  before(load);

  it("makes a member of the mesh, and both ends of the link with its peer", () => {
    assert.deepEqual(central.errors, []);
    assert.deepEqual(countsOf(central.resources), {
      ...MEMBER,
      [PROVIDER]: 1 + 1,
      [SECRET]: 2 + 4,
    });
  });

  it("stands in the VPC of the config cluster's stack, which was read before anything was made", () => {
    const subnet = one(central.resources, "gcp:compute/subnetwork:Subnetwork");
    assert.equal(subnet.inputs.network, east.outputs.network);
    assert.deepEqual(subnet.dependencies, []);
  });

  it("signs with its own intermediate under the mesh's root, and never sees the root's key", () => {
    const { inputs } = one(central.resources, SECRET, "mesh-us-central1-cacerts");
    const own = valueAt(east.outputs, "intermediates", "us-central1");
    assert.equal(valueAt(inputs, "stringData", "ca-key.pem"), valueAt(own, "privateKey"));
    assert.equal(valueAt(inputs, "stringData", "ca-cert.pem"), valueAt(own, "certificate"));
    assert.equal(valueAt(inputs, "stringData", "root-cert.pem"), east.outputs.rootCertificate);
    assert.ok(!JSON.stringify(central).includes("key of mesh-ca-root"));
  });

  it("gives its peer a kubeconfig of its own cluster, and takes one of the peer's", () => {
    for (const [of, reader, provider] of [
      ["us-central1", "us-east1", "mesh-peer-us-east1"],
      ["us-east1", "us-central1", "mesh-us-central1"],
    ] as const) {
      const secret = one(central.resources, SECRET, `mesh-${of}-for-${reader}-kubeconfig`);
      assert.equal(secret.provider, `${PROVIDER}::${provider}`);
      const kubeconfig = JSON.parse(String(valueAt(secret.inputs, "stringData", of))) as unknown;
      assert.equal(
        valueAt(kubeconfig, "clusters", 0, "cluster", "server"),
        `https://private-endpoint-of-mesh-${of}`,
      );
      const token = one(central.resources, SECRET, `mesh-${of}-for-${reader}-token`);
      assert.notEqual(token.provider, secret.provider);
      assertBefore(central.resources, token, secret);
      assertBefore(
        central.resources,
        one(central.resources, ISTIO_OPERATOR, "mesh-us-central1-istiod"),
        token,
      );
    }
  });

  it("removes from its peer what it made there, one by one", () => {
    const there = central.resources.filter(({ provider }) => provider === `${PROVIDER}::mesh-peer-us-east1`);
    assert.deepEqual(there.map(({ name }) => name).sort(), [
      "mesh-us-central1-for-us-east1-kubeconfig",
      "mesh-us-east1-for-us-central1-token",
    ]);
    there.forEach((object) => assert.equal(object.deletedWith, undefined, key(object)));
  });

  it("has the named NEG that the map asks for, and us-east1 has none", () => {
    const annotated = (run: Run, name: string) =>
      JSON.stringify(one(run.resources, ISTIO_OPERATOR, name).inputs).includes("cloud.google.com/neg");
    assert.equal(annotated(central, "mesh-us-central1-gateways"), true);
    assert.equal(annotated(east, "mesh-us-east1-gateways"), false);
  });

  it("exports its own cluster, and no key: those stand in no more states than they have to", () => {
    const { clusters, mesh, madeFrom, ...rest } = central.outputs;
    assert.deepEqual(mesh, east.outputs.mesh);
    for (const [what, name] of [
      ["clusters", "us-central1"],
      ["peers", "us-east1"],
    ] as const) {
      const digests = valueAt(madeFrom, what) as Record<string, string>;
      assert.deepEqual(Object.keys(digests), [name]);
      assert.match(digests[name] ?? "", /^[0-9a-f]{64}$/);
    }
    assert.deepEqual(rest, { address: "203.0.113.7", nextSteps: [] });
    assert.deepEqual(Object.keys(clusters as object), ["us-central1"]);
    assert.deepEqual(central.secretOutputs, []);
  });

  it("leaves the fleet before its gateways go: while it is a member, its pods get requests", () => {
    const { resources } = central;
    const gateways = one(resources, ISTIO_OPERATOR, "mesh-us-central1-gateways");
    assertBefore(resources, gateways, one(resources, MEMBERSHIP));
  });
});
