import assert from "node:assert/strict";
import type { CustomObjectRef, WritableClusterApi } from "../../components/clusterApi";
import { observeIngress, release } from "../../components/configClusterMove";
import { bringKinds } from "../../components/multiClusterKinds";

const INGRESSES = "multiclusteringresses.networking.gke.io";
const SERVICES = "multiclusterservices.networking.gke.io";
const FINALIZER = "mci.finalizer.networking.gke.io";
const ESTABLISHED = { conditions: [{ type: "Established", status: "True" }] };

type Definition = Awaited<ReturnType<WritableClusterApi["customResourceDefinition"]>>;

/** A cluster with some objects, by plural, and definitions; what is written goes there too. */
function cluster(objects: Record<string, object> = {}, definitions: Record<string, object> = {}) {
  const patched: [CustomObjectRef, string, string[]][] = [];
  const notAsked = () => Promise.reject(new Error("not asked for"));
  const api: WritableClusterApi = {
    customObject: ({ plural }) => Promise.resolve(objects[plural]),
    service: notAsked,
    deployment: notAsked,
    customResourceDefinition: (name) => Promise.resolve(definitions[name] as Definition),
    createCustomResourceDefinition: (definition) => {
      definitions[String(definition.metadata?.name)] = { ...definition, status: ESTABLISHED };
      return Promise.resolve();
    },
    setFinalizers: (...patch) => {
      patched.push(patch);
      return Promise.resolve();
    },
  };
  return { api, patched, definitions };
}

describe("the MultiClusterIngress of the config cluster", () => {
  const seen = (object?: object) =>
    observeIngress(cluster(object && { multiclusteringresses: object }).api, "203.0.113.7");
  const read = { finalizers: [FINALIZER] };

  it("is read by Google when it has Google's finalizer and its address", async () => {
    assert.deepEqual(await seen({ metadata: read, status: { VIP: "203.0.113.7" } }), { done: true });
  });

  it("is not read yet with an address from an earlier time", async () => {
    for (const metadata of [{}, { finalizers: ["somebody.example.com/else"] }]) {
      assert.deepEqual(await seen({ metadata, status: { VIP: "203.0.113.7" } }), {
        done: false,
        reason: "Google does not read it yet",
      });
    }
  });

  it("is waited for without an address, with another, and when it is not there", async () => {
    for (const [object, reason] of [
      [{ metadata: read }, "it has no address yet"],
      [{ metadata: read, status: { VIP: "203.0.113.9" } }, "it has 203.0.113.9, not 203.0.113.7"],
      [undefined, "it is not there"],
    ] as const) {
      assert.deepEqual(await seen(object), { done: false, reason });
    }
  });
});

describe("objects that Google does not read any more", () => {
  it("lose Google's finalizers, and keep those of others", async () => {
    const metadata = { resourceVersion: "7", finalizers: [FINALIZER, "example.com/mine"] };
    const { api, patched } = cluster({ multiclusteringresses: { metadata } });
    assert.deepEqual(await release(api), { done: true });
    assert.deepEqual(
      patched.map(([{ plural, name, namespace }, ...rest]) => [`${namespace}/${plural}/${name}`, ...rest]),
      [["istio-gateways/multiclusteringresses/edge", "7", ["example.com/mine"]]],
    );
  });

  it("are left alone where nothing of Google's holds them, and where there are none", async () => {
    const { api, patched } = cluster({
      multiclusterservices: { metadata: { finalizers: ["x.example.com"] } },
    });
    assert.deepEqual(await release(api), { done: true });
    assert.deepEqual(patched, []);
  });
});

describe("Google's kinds in the next config cluster", () => {
  const both = { [INGRESSES]: { spec: { group: "one" } }, [SERVICES]: { spec: { group: "two" } } };
  const source = () => Promise.resolve(cluster({}, { ...both }).api);

  it("are taken from the cluster that has them", async () => {
    const { api, definitions } = cluster();
    assert.deepEqual(await bringKinds(api, source, "us-east1"), { done: true });
    assert.deepEqual(definitions[SERVICES], {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: SERVICES },
      spec: { group: "two" },
      status: ESTABLISHED,
    });
  });

  it("are left as they are where they are, and then nobody else is asked", async () => {
    const there = { [INGRESSES]: { status: ESTABLISHED }, [SERVICES]: { status: ESTABLISHED } };
    const { api, definitions } = cluster({}, { ...there });
    const nobody = () => Promise.reject(new Error("asked"));
    assert.deepEqual(await bringKinds(api, nobody, "us-east1"), { done: true });
    assert.deepEqual(definitions, there);
  });

  it("fail at once when they are in neither", async () => {
    const nothing = () => Promise.resolve(cluster().api);
    assert.deepEqual(await bringKinds(cluster().api, nothing, "us-east1"), {
      done: false,
      failed: true,
      reason: `${INGRESSES} is neither here nor in us-east1`,
    });
  });
});
