import assert from "node:assert/strict";
import { READER_TOKEN } from "./computed";
import type { Run } from "./mocks";
import { configOf, runBothStacks, runProgram } from "./program";
import { all, CLUSTER, ISTIO_OPERATOR, key, NAMESPACE, one, PROVIDER, valueAt } from "./support";

const INGRESS = "kubernetes:networking.gke.io/v1:MultiClusterIngress";
const MULTI_CLUSTER_SERVICE = "kubernetes:networking.gke.io/v1:MultiClusterService";

let east: Run;
let central: Run;
let both: [stack: string, run: Run][];

describe("every stack", () => {
  before(async () => {
    ({ east, central } = await runBothStacks());
    both = [
      ["us-east1", east],
      ["us-central1", central],
    ];
  });

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
