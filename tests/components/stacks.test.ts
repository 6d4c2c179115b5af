import assert from "node:assert/strict";
import { READER_TOKEN } from "./computed";
import type { Registered, Run } from "./mocks";
import { configOf, runBothStacks, runProgram } from "./program";
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
const REFERENCE = "pulumi:pulumi:StackReference::organization/mesh/us-east1";

let east: Run;
let central: Run;
let both: [stack: string, run: Run][];

before(async () => {
  ({ east, central } = await runBothStacks());
  both = [
    ["us-east1", east],
    ["us-central1", central],
  ];
});

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
  "kubernetes:networking.istio.io/v1beta1:Gateway": 2,
  "kubernetes:networking.istio.io/v1beta1:VirtualService": 1,
  "kubernetes:networking.gke.io/v1beta1:FrontendConfig": 1,
  "kubernetes:cloud.google.com/v1:BackendConfig": 1,
};

describe("the stack us-east1, which owns the config cluster", () => {
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

  it("has the literal global address on the load balancer", () => {
    assert.equal(
      valueAt(one(east.resources, INGRESS).inputs, "metadata", "annotations", "networking.gke.io/static-ip"),
      "203.0.113.7",
    );
  });

  it("exports what the others need, and only the intermediates of it as a secret", () => {
    assert.deepEqual(Object.keys(east.outputs).sort(), [
      "address",
      "clusters",
      "intermediates",
      "network",
      "rootCertificate",
    ]);
    assert.deepEqual(east.secretOutputs, ["intermediates"]);
    assert.deepEqual(Object.keys(east.outputs.intermediates as object).sort(), ["us-central1", "us-east1"]);
    assert.equal(
      valueAt(east.outputs, "clusters", "us-east1", "server"),
      "https://private-endpoint-of-mesh-us-east1",
    );
  });
});

describe("the stack us-central1, which joins", () => {
  it("makes a member of the mesh, and both ends of the link with its peer", () => {
    assert.deepEqual(central.errors, []);
    assert.deepEqual(countsOf(central.resources), {
      ...MEMBER,
      [PROVIDER]: 1 + 1,
      [SECRET]: 2 + 4,
    });
  });

  it("stands in the VPC of the config cluster's stack, and comes after it", () => {
    const subnet = one(central.resources, "gcp:compute/subnetwork:Subnetwork");
    assert.equal(subnet.inputs.network, east.outputs.network);
    assert.deepEqual(subnet.dependencies, [REFERENCE]);
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
    const { clusters, ...rest } = central.outputs;
    assert.deepEqual(rest, { address: "203.0.113.7" });
    assert.deepEqual(Object.keys(clusters as object), ["us-central1"]);
    assert.deepEqual(central.secretOutputs, []);
  });
});

describe("every stack", () => {
  it("names what belongs to a cluster after it", () => {
    // What exists once per mesh or per project.
    const once = new Set([
      "mesh",
      "mesh-edge",
      "mesh-east-west",
      "mesh-global-load-balancer",
      "mesh-ca",
      "mesh-ca-root",
      "mesh-multiclusteringress-agent",
      "mesh-gkehub-agent",
    ]);
    for (const [, { resources }] of both) {
      for (const resource of resources) {
        const { type, name } = resource;
        if (!once.has(name) && type !== "gcp:projects/service:Service") {
          assert.match(name, /us-east1|us-central1/, key(resource));
        }
      }
    }
  });

  it("names what is inside of a cluster after that cluster", () => {
    for (const [stack, { resources }] of both) {
      const inside = resources.filter(({ provider }) => provider === `${PROVIDER}::mesh-${stack}`);
      assert.ok(inside.length > 0);
      inside.forEach((object) => assert.ok(object.name.includes(stack), key(object)));
    }
  });

  it("has no name twice in a type, also not in both stacks together where a cluster is named", () => {
    for (const [, { resources }] of both) {
      const names = resources.map(key);
      assert.deepEqual(
        names.filter((name, index) => names.indexOf(name) !== index),
        [],
      );
    }
    const names = new Set(east.resources.map(key));
    assert.deepEqual(
      central.resources.map(key).filter((name) => names.has(name)),
      ["mesh:index:MultiClusterMesh::mesh"],
    );
  });

  it("makes every Kubernetes object through the provider of a cluster, never by the machine's own kubeconfig", () => {
    for (const [, { resources }] of both) {
      const providers = new Set(all(resources, PROVIDER).map(key));
      for (const object of resources.filter(({ type }) => type.startsWith("kubernetes:"))) {
        assert.ok(object.provider && providers.has(object.provider), key(object));
      }
    }
  });

  it("gives every Kubernetes object the name that it has in the cluster", () => {
    for (const [, { resources }] of both) {
      for (const object of resources.filter(({ type }) => type.startsWith("kubernetes:"))) {
        assert.equal(typeof valueAt(object.inputs, "metadata", "name"), "string", key(object));
      }
    }
  });

  it("holds everything in components, down from one", () => {
    for (const [stack, { resources }] of both) {
      const components = new Set(resources.filter(({ custom }) => !custom).map(key));
      const roots = resources.filter(({ parent }) => parent === `pulumi:pulumi:Stack::mesh-${stack}`);
      for (const resource of resources) {
        assert.ok(roots.includes(resource) || components.has(resource.parent ?? ""), key(resource));
      }
      assert.deepEqual(
        roots.map(key).sort(),
        stack === "us-east1"
          ? ["mesh:index:MultiClusterMesh::mesh"]
          : ["mesh:index:MultiClusterMesh::mesh", "mesh:index:Peer::mesh-peer-us-east1"],
      );
    }
  });

  it("shows no private key and no token outside of secrets: not as an input, not as an output", () => {
    for (const [, { resources, plainOutputs }] of both) {
      assert.ok(resources.some(({ inputs }) => JSON.stringify(inputs).includes("PRIVATE KEY")));
      for (const [what, plain] of [
        ...resources.map((resource) => [key(resource), resource.plainInputs] as const),
        ...plainOutputs.map((outputs, index) => [`outputs ${index}`, outputs] as const),
      ]) {
        const text = JSON.stringify(plain);
        assert.doesNotMatch(text, /PRIVATE KEY/, what);
        assert.ok(!text.includes(READER_TOKEN), what);
      }
    }
  });

  it("keeps the root's key in one place: us-east1 makes it and signs with it", () => {
    const holders = east.resources.filter(({ inputs }) =>
      JSON.stringify(inputs).includes("key of mesh-ca-root"),
    );
    assert.deepEqual(holders.map(key).sort(), [
      "tls:index/locallySignedCert:LocallySignedCert::mesh-ca-us-central1",
      "tls:index/locallySignedCert:LocallySignedCert::mesh-ca-us-east1",
      "tls:index/selfSignedCert:SelfSignedCert::mesh-ca-root",
    ]);
  });

  it("protects the mesh's keys and the clusters, unless the user lifts it", async () => {
    const protectedOf = ({ resources }: Run) => [
      ...new Set(resources.filter(({ protect }) => protect).map(({ name }) => name)),
    ];
    assert.deepEqual(protectedOf(east).sort(), [
      "mesh-ca-root",
      "mesh-ca-us-central1",
      "mesh-ca-us-east1",
      "mesh-us-east1",
    ]);
    assert.deepEqual(protectedOf(central), ["mesh-us-central1"]);
    for (const [, { resources }] of both) {
      assert.equal(one(resources, CLUSTER).protect, true);
      assert.equal(one(resources, CLUSTER).inputs.deletionProtection, true);
    }
    const free = await runProgram({ ...configOf("us-east1"), "mesh:deletionProtection": false });
    assert.deepEqual(protectedOf(free), []);
    assert.equal(one(free.resources, CLUSTER).inputs.deletionProtection, false);
  });

  it("deletes for itself, before the cluster, whatever a controller of Google's answers to", () => {
    for (const [stack, { resources }] of both) {
      const stays = resources.filter(
        ({ provider, deletedWith }) => provider === `${PROVIDER}::mesh-${stack}` && deletedWith === undefined,
      );
      const expected = [
        `${NAMESPACE}::mesh-${stack}-istio-gateways`,
        `${ISTIO_OPERATOR}::mesh-${stack}-gateways`,
      ];
      if (stack === "us-east1") {
        expected.push(
          `${INGRESS}::mesh-us-east1-ingress`,
          `${MULTI_CLUSTER_SERVICE}::mesh-us-east1-ingress-service`,
        );
      }
      assert.deepEqual(stays.map(key).sort(), expected.sort());
    }
  });

  it("registers the same in a first preview, when nothing is known yet", async () => {
    const first = await runProgram(configOf("us-east1"), { unknown: true });
    assert.deepEqual(first.errors, []);
    assert.deepEqual(first.resources.map(key).sort(), east.resources.map(key).sort());
    const joining = await runProgram(configOf("us-central1"), {
      stack: "us-central1",
      unknown: true,
      stacks: { "organization/mesh/us-east1": east },
    });
    assert.deepEqual(joining.errors, []);
    assert.deepEqual(joining.resources.map(key).sort(), central.resources.map(key).sort());
  });

  it("warns of what it does not refuse", () => {
    for (const [, { warnings }] of both) {
      assert.ok(
        warnings.some((line) => line.startsWith('mesh.istio.version is "1.23.6"')),
        warnings.join("\n"),
      );
    }
  });
});
