import assert from "node:assert/strict";
import { existingClusters, giveKubeconfigs, makeExisting, theirIds } from "../../../rehearsal/existing";
import { membershipType } from "../../../rehearsal/google/names";
import { textAt, textsAt } from "../../../rehearsal/google/properties";
import { sign } from "../../unit/authority";
import { describeMesh } from "../../../rehearsal/program";
import { differences, type Objects, objectsOf } from "../objects";
import { readable, secretsOfTheMesh } from "../secrets";
import { Stage } from "../stage";

const STACKS = ["us-east1", "us-central1"];

/** What Istio's operator and Google leave in a cluster that lives on: docs/google-cloud.md. */
const LEFT =
  /CustomResourceDefinition \S+\.istio\.io is new|ConfigMap \S+\/istio-ca-root-cert is new|CustomResourceDefinition multicluster\S+\.networking\.gke\.io is new/;

describe("existing clusters, by way of the internet and with an authority of one's own, on the real engine", function () {
  this.bail(true);
  let stage: Stage;
  let objectsBefore: Objects;
  let projectBefore: unknown;
  const root = sign("Example Root");
  const issuing = sign("Example Issuing CA", { by: root });
  const east = sign("Example Mesh us-east1", { by: root });
  const central = sign("Example Mesh us-central1", { by: issuing });

  before(async () => {
    stage = await Stage.open();
    await makeExisting(stage.rehearsal.project);
    objectsBefore = await objectsOf(stage.rehearsal);
    projectBefore = theirs();
    describeMesh({
      clusters: existingClusters(stage.rehearsal.project),
      eastWest: { access: "external", sourceRanges: ["203.0.113.0/24"] },
      certificateAuthority: { source: "given" },
    });
    await giveKubeconfigs(stage.rehearsal, STACKS);
  });

  after(() => stage?.close());

  function theirs(): unknown {
    const { resources } = stage.rehearsal.project.contents();
    return structuredClone(resources.filter(({ id }) => theirIds().includes(id)));
  }

  it("say what is missing of the authority, before anything is there", async () => {
    await assert.rejects(stage.up("us-east1"), /mesh:certificateAuthority\.intermediates\.us-central1/);
    assert.deepEqual(stage.rehearsal.project.list(membershipType), []);
  });

  it("become one mesh, whose trust is the given one", async () => {
    const secrets = {
      root: root.certificate,
      "intermediates.us-east1.certificate": east.certificate,
      "intermediates.us-east1.privateKey": east.privateKey,
      "intermediates.us-central1.certificate": central.certificate + issuing.certificate,
      "intermediates.us-central1.privateKey": central.privateKey,
    };
    for (const [path, value] of Object.entries(secrets)) {
      await stage.setSecret("us-east1", `mesh:certificateAuthority.${path}`, value);
    }
    for (const stack of STACKS) {
      const { output } = await stage.up(stack);
      assert.match(output, /from Istio 1\.20 on the gateway ignores its AuthorizationPolicy/);
    }
    // Among them: istiod signs with these, and each cluster trusts the other's workloads.
    await stage.passesEveryCheck(STACKS);
    assert.equal(await stage.output("rootCertificate", "us-east1"), root.certificate.trim());
    for (const stack of STACKS) await stage.unchanged(stack);
  });

  it("have a chain that leads over the certificates between an intermediate and the root", async () => {
    const plane = stage.rehearsal.clusters.get("us-central1")?.plane;
    const cacerts = await plane?.client.get("v1", "Secret", "cacerts", "istio-system");
    const { "cert-chain.pem": chain = "" } = (cacerts?.data ?? {}) as Record<string, string>;
    assert.equal(
      Buffer.from(chain, "base64").toString(),
      central.certificate + issuing.certificate + root.certificate,
    );
  });

  it("meet at public addresses, which admit the given ranges and nobody else", async () => {
    for (const { plane } of stage.rehearsal.clusters.values()) {
      const service = await plane.client.get("v1", "Service", "istio-eastwestgateway", "istio-gateways");
      assert.match(textAt(service, "status.loadBalancer.ingress.0.ip") ?? "", /^198\.51\.100\./);
      assert.deepEqual(textsAt(service, "spec.loadBalancerSourceRanges"), ["203.0.113.0/24"]);
      const policies = await plane.client.list("security.istio.io/v1", "AuthorizationPolicy");
      assert.equal(policies.length, 1);
      assert.equal(policies[0]?.metadata.namespace, "istio-gateways");
    }
  });

  it("keep everything of theirs when the mesh goes", async () => {
    const secrets = await secretsOfTheMesh(stage.rehearsal);
    for (const stack of [...STACKS].reverse()) await stage.destroy(stack);
    const left = differences(objectsBefore, await objectsOf(stage.rehearsal));
    assert.deepEqual(
      left.filter((line) => !LEFT.test(line)),
      [],
    );
    assert.deepEqual(theirs(), projectBefore);
    assert.deepEqual(readable(secrets), []);
  });
});
