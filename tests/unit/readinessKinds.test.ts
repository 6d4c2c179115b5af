import type { V1CustomResourceDefinition } from "@kubernetes/client-node" with {
  "resolution-mode": "import",
};
import assert from "node:assert/strict";
import type { ClusterApi } from "../../components/clusterApi";
import { observeKinds } from "../../components/multiClusterKinds";

const INGRESSES = "multiclusteringresses.networking.gke.io";
const SERVICES = "multiclusterservices.networking.gke.io";

function definition(status: "True" | "False" | undefined): V1CustomResourceDefinition {
  const conditions = [
    { type: "NamesAccepted", status: "True" },
    ...(status ? [{ type: "Established", status }] : []),
  ];
  return { status: { conditions } } as V1CustomResourceDefinition;
}

function api(definitions: Record<string, V1CustomResourceDefinition>): ClusterApi {
  return {
    customObject: () => Promise.reject(new Error("not asked for")),
    service: () => Promise.reject(new Error("not asked for")),
    deployment: () => Promise.reject(new Error("not asked for")),
    customResourceDefinition: (name) => Promise.resolve(definitions[name]),
  };
}

describe("the kinds of the multi-cluster ingress", () => {
  it("are ready when both are established", async () => {
    const both = api({ [INGRESSES]: definition("True"), [SERVICES]: definition("True") });
    assert.deepEqual(await observeKinds(both), { done: true });
  });

  it("are waited for until Google installs them", async () => {
    assert.deepEqual(await observeKinds(api({})), { done: false, reason: `${INGRESSES} is not installed` });
    assert.deepEqual(await observeKinds(api({ [INGRESSES]: definition("True") })), {
      done: false,
      reason: `${SERVICES} is not installed`,
    });
  });

  it("are waited for until the API server serves them", async () => {
    for (const status of ["False", undefined] as const) {
      const one = api({ [INGRESSES]: definition("True"), [SERVICES]: definition(status) });
      assert.deepEqual(await observeKinds(one), { done: false, reason: `${SERVICES} is not established` });
    }
  });

  it("are waited for when a definition has no status yet", async () => {
    const young = api({ [INGRESSES]: {} as V1CustomResourceDefinition });
    assert.deepEqual(await observeKinds(young), { done: false, reason: `${INGRESSES} is not established` });
  });
});
