import assert from "node:assert/strict";
import { RemoteSecret } from "../../components/remoteSecret";
import { base64, computedOutputs, READER_TOKEN } from "./computed";
import { register, run, type RunOptions } from "./mocks";
import { fakeCluster, one, PROVIDER, SECRET, Thing, thing, valueAt } from "./support";

const NAME = "mesh-us-east1-for-us-central1";

function program() {
  return new RemoteSecret(NAME, {
    of: fakeCluster("us-east1", { owned: false }),
    reader: fakeCluster("us-central1"),
    dependsOn: [new Thing("istiod"), new Thing("other istiod")],
  });
}

function made(options: RunOptions = {}) {
  return register(program, options);
}

describe("the token for a watching istiod", () => {
  it("is made in the cluster that is watched, for that one reader", async () => {
    const token = one(await made(), SECRET, `${NAME}-token`);
    assert.deepEqual(token.inputs, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: "istio-reader-service-account-istio-remote-secret-token-us-central1",
        namespace: "istio-system",
        annotations: { "kubernetes.io/service-account.name": "istio-reader-service-account" },
      },
      type: "kubernetes.io/service-account-token",
    });
    assert.equal(token.provider, `${PROVIDER}::us-east1`);
  });

  it("waits for istiod of both clusters, which brings the account and the namespace", async () => {
    const { dependencies } = one(await made(), SECRET, `${NAME}-token`);
    assert.deepEqual(dependencies, [thing("istiod"), thing("other istiod")]);
  });

  it("is withdrawn for itself from a cluster of another stack", async () => {
    assert.equal(one(await made(), SECRET, `${NAME}-token`).deletedWith, undefined);
  });
});

describe("the Secret by which istiod learns of another cluster", () => {
  it("stands in the watching cluster, under the watched one's name", async () => {
    const secret = one(await made(), SECRET, `${NAME}-kubeconfig`);
    assert.deepEqual(secret.inputs.metadata, {
      name: "istio-remote-secret-us-east1",
      namespace: "istio-system",
      labels: { "istio/multiCluster": "true" },
      annotations: { "networking.istio.io/cluster": "us-east1" },
    });
    assert.deepEqual(Object.keys(secret.inputs.stringData as object), ["us-east1"]);
    assert.equal(secret.provider, `${PROVIDER}::us-central1`);
    assert.equal(secret.deletedWith, thing("us-central1"));
  });

  it("holds a kubeconfig with a token, the watched cluster's address and its CA", async () => {
    const { inputs } = one(await made(), SECRET, `${NAME}-kubeconfig`);
    const kubeconfig = JSON.parse(String(valueAt(inputs, "stringData", "us-east1"))) as unknown;
    assert.deepEqual(valueAt(kubeconfig, "clusters"), [
      {
        name: "us-east1",
        cluster: {
          server: "https://server-of-us-east1",
          "certificate-authority-data": base64("CA of us-east1"),
        },
      },
    ]);
    assert.deepEqual(valueAt(kubeconfig, "users"), [{ name: "us-east1", user: { token: READER_TOKEN } }]);
  });

  it("is secret", async () => {
    const secret = one(await made(), SECRET, `${NAME}-kubeconfig`);
    assert.deepEqual(secret.secretInputs, ["stringData"]);
    assert.ok(!JSON.stringify(secret.plainInputs).includes(READER_TOKEN));
  });

  it("comes after the token and istiod of both clusters", async () => {
    const { dependencies } = one(await made(), SECRET, `${NAME}-kubeconfig`);
    assert.deepEqual(dependencies, [`${SECRET}::${NAME}-token`, thing("istiod"), thing("other istiod")]);
  });
});

describe("a link that cannot be made", () => {
  it("names the account that may be missing, when Kubernetes made no token", async () => {
    const { errors, resources } = await run(program, {
      outputs: (type, name) =>
        type === SECRET ? { data: { "ca.crt": "Q0E=" } } : computedOutputs(type, name),
    });
    assert.match(String(errors[0]?.message), /no token for istio-reader-service-account/);
    assert.ok(!resources.some(({ name }) => name === `${NAME}-kubeconfig`));
  });
});
