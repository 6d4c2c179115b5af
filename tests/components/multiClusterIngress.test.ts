import * as gkehub from "@pulumi/gcp/gkehub";
import assert from "node:assert/strict";
import type { MeshInput } from "../../components/config/schema";
import { multiClusterService } from "../../components/manifests/multiClusterIngress";
import { MultiClusterIngress } from "../../components/multiClusterIngress";
import { mesh } from "../unit/manifests/mesh";
import { privateKey } from "./computed";
import { register } from "./mocks";
import { all, assertInside, fakeCluster, key, one, PROVIDER, SECRET, Thing, thing, valueAt } from "./support";

const NAME = "mesh-us-east1-ingress";
const INGRESS = "kubernetes:networking.gke.io/v1:MultiClusterIngress";
const SERVICE = "kubernetes:networking.gke.io/v1:MultiClusterService";
const MANAGED = "gcp:compute/managedSslCertificate:ManagedSslCertificate";
const FEATURE = "gcp:gkehub/feature:Feature";

type Certificate = NonNullable<MeshInput["ingress"]>["certificate"];

function made(certificate?: Certificate) {
  return register(
    () =>
      new MultiClusterIngress(NAME, {
        project: "my-project",
        mesh: mesh({ ingress: { certificate } }),
        cluster: fakeCluster(),
        namespace: new Thing("namespace"),
        address: "203.0.113.7",
        kinds: {
          feature: new gkehub.Feature("feature", { name: "multiclusteringress", location: "global" }),
        },
        dependsOn: [new Thing("frontend"), new Thing("backend")],
      }),
  );
}

describe("the MultiClusterService", () => {
  it("mirrors the ingress gateway, after its namespace, its configs, and Google's kinds", async () => {
    const service = one(await made(), SERVICE, `${NAME}-service`);
    assert.deepEqual(service.inputs, multiClusterService());
    assert.deepEqual(service.dependencies, [
      `${FEATURE}::feature`,
      thing("backend"),
      thing("frontend"),
      thing("namespace"),
    ]);
  });
});

describe("the MultiClusterIngress", () => {
  it("has the address itself, and comes after the service and the certificate", async () => {
    const ingress = one(await made(), INGRESS, NAME);
    assert.deepEqual(valueAt(ingress.inputs, "metadata"), {
      name: "edge",
      namespace: "istio-gateways",
      annotations: {
        "networking.gke.io/static-ip": "203.0.113.7",
        "networking.gke.io/frontend-config": "edge",
      },
    });
    assert.deepEqual(ingress.dependencies, [`${SECRET}::${NAME}-tls`, `${SERVICE}::${NAME}-service`]);
  });

  it("is always deleted, and waited for: Google's load balancer goes first, then the cluster", async () => {
    const resources = await made();
    for (const [type, timeouts] of [
      [INGRESS, { delete: "30m" }],
      [SERVICE, { delete: "20m" }],
    ] as const) {
      const object = one(resources, type);
      assert.equal(object.deletedWith, undefined, type);
      assert.equal(object.provider, `${PROVIDER}::us-east1`, type);
      assert.deepEqual(object.timeouts, timeouts, type);
    }
  });

  it("does not overtake the fleet feature, which would take Google's kinds away", async () => {
    assert.ok(one(await made(), SERVICE).dependencies.includes(`${FEATURE}::feature`));
  });
});

describe("the certificate of the edge", () => {
  it("is self-signed by default, in a Secret that may go with the cluster", async () => {
    const resources = await made();
    const secret = one(resources, SECRET, `${NAME}-tls`);
    assert.deepEqual(secret.inputs.metadata, { name: "edge-tls", namespace: "istio-gateways" });
    assert.equal(secret.inputs.type, "kubernetes.io/tls");
    assert.deepEqual(secret.inputs.stringData, {
      "tls.crt": `certificate of ${NAME}\n`,
      "tls.key": privateKey(NAME),
    });
    assert.deepEqual(secret.secretInputs, ["stringData"]);
    assert.ok(secret.dependencies.includes(thing("namespace")));
    assertInside([secret]);
    assert.deepEqual(valueAt(one(resources, INGRESS).inputs, "spec", "template", "spec", "tls"), [
      { secretName: "edge-tls" },
    ]);
  });

  it("is self-signed for the user's name", async () => {
    const resources = await made({ selfSigned: { commonName: "shop.example.com" } });
    const { inputs } = one(resources, "tls:index/selfSignedCert:SelfSignedCert", NAME);
    assert.deepEqual(inputs.dnsNames, ["shop.example.com"]);
  });

  it("may be a Secret of the user's, and then none is made", async () => {
    const resources = await made({ secretName: "my-tls" });
    assert.deepEqual(all(resources, SECRET), []);
    assert.deepEqual(valueAt(one(resources, INGRESS).inputs, "spec", "template", "spec", "tls"), [
      { secretName: "my-tls" },
    ]);
  });

  it("may be certificates that Google holds, and then there is no Secret at all", async () => {
    const resources = await made({ preShared: ["one", "two"] });
    assert.deepEqual(all(resources, SECRET), []);
    const { inputs } = one(resources, INGRESS);
    assert.equal(valueAt(inputs, "metadata", "annotations", "networking.gke.io/pre-shared-certs"), "one,two");
    assert.equal(valueAt(inputs, "spec", "template", "spec", "tls"), undefined);
  });

  it("may be managed by Google, before the ingress names it", async () => {
    const resources = await made({ managed: { domains: ["shop.example.com", "example.com"] } });
    const certificate = one(resources, MANAGED);
    assert.match(certificate.name, new RegExp(`^${NAME}-[0-9a-f]{8}$`));
    assert.deepEqual(certificate.inputs, {
      project: "my-project",
      name: certificate.name,
      managed: { domains: ["shop.example.com", "example.com"] },
    });
    // The API is on once the feature is.
    assert.deepEqual(certificate.dependencies, [`${FEATURE}::feature`]);
    const ingress = one(resources, INGRESS);
    assert.equal(
      valueAt(ingress.inputs, "metadata", "annotations", "networking.gke.io/pre-shared-certs"),
      certificate.name,
    );
    assert.ok(ingress.dependencies.includes(key(certificate)));
    assert.deepEqual(all(resources, SECRET), []);
  });

  it("managed by Google has another name for other domains, and the same in whatever order", async () => {
    const name = async (...domains: string[]) => one(await made({ managed: { domains } }), MANAGED).name;
    const first = await name("a.example.com", "b.example.com");
    assert.equal(await name("b.example.com", "a.example.com"), first);
    assert.notEqual(await name("a.example.com"), first);
  });
});
