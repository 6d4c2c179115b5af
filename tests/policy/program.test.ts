import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { rules } from "../../policy/rules";
import { judge } from "./harness";
import { type ProgramResources, programResources } from "./programResources";

describe("the program under its own policies", () => {
  let stacks: ProgramResources;

  before(async () => {
    stacks = await programResources();
  });

  for (const { name } of rules) {
    it(`has no finding of ${name}`, () => {
      for (const resources of Object.values(stacks)) {
        assert.deepEqual(judge(name, resources), { findings: [] });
      }
    });
  }

  it("has something for each rule to look at", () => {
    const types = new Set(Object.values(stacks).flatMap((resources) => resources.map(({ type }) => type)));
    for (const type of [
      "gcp:container/cluster:Cluster",
      "gcp:compute/firewall:Firewall",
      "kubernetes:install.istio.io/v1alpha1:IstioOperator",
      "kubernetes:core/v1:Namespace",
      "kubernetes:core/v1:Secret",
      "kubernetes:networking.gke.io/v1:MultiClusterIngress",
      "kubernetes:networking.gke.io/v1beta1:FrontendConfig",
      "kubernetes:cloud.google.com/v1:BackendConfig",
      "tls:index/privateKey:PrivateKey",
      "tls:index/selfSignedCert:SelfSignedCert",
      "tls:index/locallySignedCert:LocallySignedCert",
    ]) {
      assert.ok(types.has(type), type);
    }
  });

  it("has certificates that chain to one root over both stacks", () => {
    const roots = Object.values(stacks).map((resources) => {
      const cacerts = resources.find(
        ({ type, name }) => type === "kubernetes:core/v1:Secret" && name?.endsWith("-cacerts"),
      );
      const data = cacerts?.props.stringData as Record<string, string>;
      const root = new X509Certificate(data["root-cert.pem"] ?? "");
      assert.ok(new X509Certificate(data["ca-cert.pem"] ?? "").verify(root.publicKey));
      return root.fingerprint256;
    });
    assert.equal(new Set(roots).size, 1);
  });
});
