import assert from "node:assert/strict";
import { readMesh } from "../../../components/config/validate";
import { change, fixture } from "./support";

describe("an external east-west gateway", () => {
  const warnings = (set: Record<string, unknown>) =>
    readMesh(change(fixture("mesh.yaml"), set), {
      clusters: ["us-east1"],
      peers: [],
      stack: "us-east1",
    }).warnings.filter((warning) => warning.includes("eastWest"));
  const external = { "eastWest.access": "external", "eastWest.sourceRanges": ["203.0.113.0/24"] };

  it("is warned of where Istio ignores the AuthorizationPolicy", () => {
    const [warning = "", ...others] = warnings(external);
    assert.match(warning, /from Istio 1\.20 on .*sourceRanges alone .*mesh\.eastWest\.access: internal/);
    assert.deepEqual(others, []);
  });

  it("is not where Istio heeds it, and an internal one never", () => {
    assert.deepEqual(warnings({ ...external, "istio.version": "1.19.10", "kubernetes.version": "1.28" }), []);
    assert.deepEqual(warnings({}), []);
  });
});
