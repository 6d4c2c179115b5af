import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { certificateAuthorityOf, ExistingCluster } from "../../components/existingCluster";
import { CLUSTER_CA, kubeconfigOf } from "../unit/config/kubeconfig";
import { mesh } from "../unit/manifests/mesh";
import { register, run } from "./mocks";
import { key, one, PROVIDER, valueAt } from "./support";

function program(text = kubeconfigOf()) {
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
    assert.equal(provider.inputs.kubeconfig, kubeconfigOf());
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
    assert.deepEqual(seen, ["https://10.0.0.2", CLUSTER_CA]);
    assert.equal(secret, false);
  });

  it("is refused when its kubeconfig cannot be used, without a word of what is in it", () => {
    for (const text of [kubeconfigOf({ authority: "" }), "{}", "", "users: [{ token: hush"]) {
      assert.throws(
        () => certificateAuthorityOf("on-premises", text),
        ({ message }: Error) =>
          /^The kubeconfig of on-premises (is|has) .*: kubectl config view --raw/.test(message) &&
          !message.includes("hush"),
      );
    }
  });

  it("fails the stack, instead of giving others no CA", async () => {
    const { errors } = await run(() => {
      const { certificateAuthority } = program("{}");
      return { certificateAuthority };
    });
    assert.match(String(errors[0]?.message), /kubeconfig of on-premises/);
  });
});
