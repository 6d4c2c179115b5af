import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { MeshInput } from "../../components/config/schema";
import { IstioControlPlane } from "../../components/istioControlPlane";
import { controlPlane } from "../../components/manifests/istioOperator";
import { operatorObjects } from "../../components/manifests/operator";
import { mesh } from "../unit/manifests/mesh";
import { privateKey } from "./computed";
import { register } from "./mocks";
import {
  assertBefore,
  assertInside,
  DEPLOYMENT,
  fakeCluster,
  ISTIO_OPERATOR,
  key,
  NAMESPACE,
  one,
  PROVIDER,
  SECRET,
  SERVICE,
  valueAt,
} from "./support";

const NAME = "mesh-us-east1";
const ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole";
const BINDING = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding";
const ACCOUNT = "kubernetes:core/v1:ServiceAccount";
const DEFINITION = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";

function made(change: Partial<MeshInput> = {}) {
  return register(
    () =>
      new IstioControlPlane(NAME, {
        mesh: mesh(change),
        cluster: fakeCluster(),
        intermediate: { certificate: "own\n", issuers: "", privateKey: pulumi.secret(privateKey("istiod")) },
        rootCertificate: "root\n",
      }),
  );
}

function children(resources: Awaited<ReturnType<typeof made>>) {
  return resources.filter(({ parent }) => parent === `mesh:istio:IstioControlPlane::${NAME}`);
}

describe("the namespace of istiod", () => {
  it("says which network the cluster is in", async () => {
    assert.deepEqual(one(await made(), NAMESPACE, `${NAME}-istio-system`).inputs.metadata, {
      name: "istio-system",
      labels: { "topology.istio.io/network": "network-of-us-east1" },
    });
  });
});

describe("what istiod signs with", () => {
  it("is a Secret by the name that istiod looks for, with the mesh's root", async () => {
    const { inputs, dependencies } = one(await made(), SECRET, `${NAME}-cacerts`);
    assert.deepEqual(inputs.metadata, { name: "cacerts", namespace: "istio-system" });
    assert.deepEqual(inputs.stringData, {
      "ca-cert.pem": "own\n",
      "ca-key.pem": privateKey("istiod"),
      "root-cert.pem": "root\n",
      "cert-chain.pem": "own\nroot\n",
    });
    assert.deepEqual(dependencies, [`${NAMESPACE}::${NAME}-istio-system`]);
  });

  it("is secret", async () => {
    const secret = one(await made(), SECRET, `${NAME}-cacerts`);
    assert.deepEqual(secret.secretInputs, ["stringData"]);
    assert.equal(valueAt(secret.plainInputs, "stringData"), "[secret]");
  });

  it("is there before istiod is asked for: one that starts without makes a root of its own", async () => {
    const resources = await made();
    const istiod = one(resources, ISTIO_OPERATOR);
    assert.ok(istiod.dependencies.includes(`${SECRET}::${NAME}-cacerts`));
    assertBefore(resources, one(resources, NAMESPACE, `${NAME}-istio-system`), istiod);
  });
});

describe("the operator", () => {
  it("has the objects of its revision", async () => {
    const resources = await made();
    const objects = operatorObjects(mesh().istio);
    for (const [type, object] of [
      [ACCOUNT, objects.serviceAccount],
      [ROLE, objects.clusterRole],
      [BINDING, objects.clusterRoleBinding],
      [SERVICE, objects.service],
      [DEPLOYMENT, objects.deployment],
    ] as const) {
      const { apiVersion, kind, ...inputs } = one(resources, type, `${NAME}-operator`).inputs;
      assert.deepEqual(inputs, object, `${String(apiVersion)} ${String(kind)}`);
    }
    assert.equal(valueAt(one(resources, DEPLOYMENT).inputs, "metadata", "name"), "istio-operator-1-23-6");
    assert.deepEqual(one(resources, NAMESPACE, `${NAME}-istio-operator`).inputs.metadata, {
      name: "istio-operator",
    });
  });

  it("watches the namespaces of istiod and of the gateways, and no other", async () => {
    const { inputs } = one(await made(), DEPLOYMENT);
    const env = valueAt(inputs, "spec", "template", "spec", "containers", 0, "env") as { name: string }[];
    assert.deepEqual(
      env.find(({ name }) => name === "WATCH_NAMESPACE"),
      { name: "WATCH_NAMESPACE", value: "istio-system,istio-gateways" },
    );
  });

  it("starts after its kind, its rights and the namespace that it watches, and goes before them", async () => {
    assert.deepEqual(one(await made(), DEPLOYMENT).dependencies, [
      `${DEFINITION}::${NAME}-istiooperators`,
      `${NAMESPACE}::${NAME}-istio-system`,
      `${ACCOUNT}::${NAME}-operator`,
      `${BINDING}::${NAME}-operator`,
    ]);
  });

  it("has rights that refer to what is there", async () => {
    const resources = await made();
    assert.deepEqual(one(resources, BINDING).dependencies, [
      `${ACCOUNT}::${NAME}-operator`,
      `${ROLE}::${NAME}-operator`,
    ]);
    assert.deepEqual(one(resources, ACCOUNT).dependencies, [`${NAMESPACE}::${NAME}-istio-operator`]);
  });

  it("runs as long as there is a resource for it: it removes what it made, and the finalizer", async () => {
    const resources = await made();
    const istiod = one(resources, ISTIO_OPERATOR);
    for (const first of [
      one(resources, DEPLOYMENT),
      one(resources, ROLE),
      one(resources, BINDING),
      one(resources, ACCOUNT),
      one(resources, DEFINITION),
      one(resources, NAMESPACE, `${NAME}-istio-operator`),
    ]) {
      assertBefore(resources, first, istiod);
    }
  });
});

describe("istiod's IstioOperator resource", () => {
  it("is the control plane's, for this cluster and network", async () => {
    const { inputs } = one(await made(), ISTIO_OPERATOR, `${NAME}-istiod`);
    assert.deepEqual(inputs, controlPlane(mesh(), { name: "us-east1", network: "network-of-us-east1" }));
  });

  it("follows the mesh's version and revision", async () => {
    const { inputs } = one(await made({ istio: { version: "1.22.8", revision: "blue" } }), ISTIO_OPERATOR);
    assert.deepEqual(valueAt(inputs, "metadata"), { name: "control-plane-blue", namespace: "istio-system" });
    assert.equal(valueAt(inputs, "spec", "tag"), "1.22.8");
  });

  it("has time to go", async () => {
    assert.deepEqual(one(await made(), ISTIO_OPERATOR).timeouts, { delete: "10m" });
  });
});

describe("everything of istiod", () => {
  it("is made through the cluster's provider, and may go with the cluster", async () => {
    const objects = children(await made());
    assert.equal(objects.length, 10);
    assertInside(objects);
  });

  it("is deleted one by one from a cluster that stays", async () => {
    const resources = await register(
      () =>
        new IstioControlPlane(NAME, {
          mesh: mesh(),
          cluster: fakeCluster("us-east1", { owned: false }),
          intermediate: { certificate: "own\n", issuers: "", privateKey: pulumi.secret("key\n") },
          rootCertificate: "root\n",
        }),
    );
    for (const object of children(resources)) {
      assert.equal(object.deletedWith, undefined, key(object));
      assert.equal(object.provider, `${PROVIDER}::us-east1`, key(object));
    }
  });
});
