import assert from "node:assert/strict";
import { meshConfigProblems } from "../../../verify/checks/meshConfig";

describe("the check of istiod's configuration", () => {
  const asked = { trustDomain: "cluster.local", localityLbSetting: { enabled: false } };
  const made = { ...asked, rootNamespace: "istio-system", defaultConfig: { meshId: "mesh" } };
  const problems = (own: object, other: object = made) =>
    meshConfigProblems({ ...own }, asked, [{ name: "west", config: { ...other } }]);

  it("wants what was asked for", () => {
    assert.deepEqual(problems(made), []);
    assert.deepEqual(problems({ ...made, localityLbSetting: { enabled: true } }), [
      "meshConfig.localityLbSetting.enabled is true, not false",
    ]);
    assert.equal(problems({ ...made, localityLbSetting: undefined }).length, 1);
  });

  it("finds what nobody asked for in the cluster that has it", () => {
    const blind = { ...made, discoverySelectors: [{ matchLabels: { team: "shop" } }] };
    assert.deepEqual(problems(blind), [
      'meshConfig.discoverySelectors is [{"matchLabels":{"team":"shop"}}], and missing in west',
    ]);
    assert.deepEqual(problems(made, blind), []);
  });

  it("finds what the charts write in the cluster that lacks it, and what differs in both", () => {
    const { rootNamespace: _, ...without } = made;
    assert.equal(problems(without).length, 1);
    assert.deepEqual(problems(made, without), []);
    const other = { ...made, defaultConfig: { meshId: "other" } };
    assert.equal(problems(other).length, 1);
    assert.equal(problems(made, other).length, 1);
  });

  it("compares with nobody where there is nobody", () => {
    assert.deepEqual(meshConfigProblems(made, asked, []), []);
  });
});
