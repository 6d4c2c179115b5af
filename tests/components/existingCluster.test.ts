import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { certificateAuthorityOf, ExistingCluster } from "../../components/existingCluster";
import { mesh } from "../unit/manifests/mesh";
import { base64 } from "./computed";
import { register, run } from "./mocks";
import { key, one, PROVIDER, valueAt } from "./support";

const CA = base64("CA of the existing cluster");

function kubeconfig({ authority = CA, current = "main" } = {}) {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": current,
    contexts: [
      { name: "other", context: { cluster: "other", user: "other" } },
      { name: "main", context: { cluster: "here", user: "me" } },
    ],
    clusters: [
      { name: "other", cluster: { server: "https://other", "certificate-authority-data": "other" } },
      { name: "here", cluster: { server: "https://here", "certificate-authority-data": authority } },
    ],
    users: [{ name: "me", user: { token: "a token" } }],
  });
}

function program(text = kubeconfig()) {
  return new ExistingCluster("mesh-on-premises", {
    cluster: "on-premises",
    mesh: mesh(),
    network: "campus",
    server: "https://10.0.0.2",
    kubeconfig: text,
  });
}

describe("a cluster that is there already", () => {
  it("gets a provider, and nothing else is made", async () => {
    const [component, ...children] = await register(() => program());
    assert.ok(component);
    assert.deepEqual(children.map(key), [`${PROVIDER}::mesh-on-premises`]);
    assert.equal(children[0]?.parent, key(component));
    assert.equal(children[0]?.inputs.clusterIdentifier, "mesh/on-premises");
    assert.equal(children[0]?.inputs.upsertExistingObjects, "false");
  });

  it("keeps its kubeconfig secret, which holds credentials", async () => {
    const provider = one(await register(() => program()), PROVIDER);
    assert.deepEqual(provider.secretInputs, ["kubeconfig"]);
    assert.equal(provider.inputs.kubeconfig, kubeconfig());
    assert.equal(valueAt(provider.plainInputs, "kubeconfig"), "[secret]");
  });

  it("is reached by others where the user says, and known by the CA of its current context", async () => {
    let seen: unknown;
    let secret: boolean | undefined;
    await register(async () => {
      const cluster = program();
      assert.equal(cluster.name, "on-premises");
      assert.equal(cluster.network, "campus");
      assert.equal((cluster as { deletedWith?: pulumi.Resource }).deletedWith, undefined);
      const access = pulumi.all([cluster.server, cluster.certificateAuthority]);
      secret = await pulumi.isSecret(access);
      access.apply((values) => (seen = values));
    });
    assert.deepEqual(seen, ["https://10.0.0.2", CA]);
    assert.equal(secret, false);
  });

  for (const [what, text] of [
    ["has no CA", kubeconfig({ authority: "" })],
    ["has no current context", kubeconfig({ current: "" })],
    ["names a context that is not there", kubeconfig({ current: "gone" })],
    ["is no kubeconfig", "{}"],
    ["is empty", ""],
  ] as const) {
    it(`is refused when its kubeconfig ${what}, with what to do about it`, () => {
      assert.throws(() => certificateAuthorityOf("on-premises", text), {
        message: /kubeconfig of on-premises has no certificate-authority-data.*kubectl config view --raw/s,
      });
    });
  }

  it("fails the stack, instead of giving others no CA", async () => {
    const { errors } = await run(() => {
      const { certificateAuthority } = program("{}");
      return { certificateAuthority };
    });
    assert.match(String(errors[0]?.message), /kubeconfig of on-premises/);
  });
});
