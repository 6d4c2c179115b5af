import assert from "node:assert/strict";
import { rules } from "../../policy/rules";
import { runBothStacks } from "../components/program";
import { judge, type Resource } from "./harness";

describe("the program under its own policies", () => {
  let stacks: Record<string, Resource[]>;

  before(async () => {
    const { east, central } = await runBothStacks();
    stacks = Object.fromEntries(
      Object.entries({ east, central }).map(([stack, { resources }]) => [
        stack,
        resources.map(({ type, name, inputs, provider }) => ({ type, name, props: inPem(inputs), provider })),
      ]),
    );
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
    ]) {
      assert.ok(types.has(type), type);
    }
  });
});

/** The mocks' certificates are words; a rule looks for PEM. */
function inPem(inputs: Resource["props"]): Resource["props"] {
  const text = JSON.stringify(inputs).replaceAll(/certificate of [\w-]+/g, "-----BEGIN CERTIFICATE-----");
  return JSON.parse(text) as Resource["props"];
}
