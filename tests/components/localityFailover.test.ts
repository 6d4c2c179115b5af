import assert from "node:assert/strict";
import { LocalityFailover } from "../../components/localityFailover";
import { localityFailover } from "../../components/manifests/locality";
import { mesh } from "../unit/manifests/mesh";
import { register } from "./mocks";
import { assertInside, DESTINATION_RULE, fakeCluster, one, ready, thing } from "./support";

describe("preferring the near region", () => {
  it("is one rule for the mesh, made once istiod's webhooks answer", async () => {
    const whole = mesh({ locality: { enabled: true, outlierDetection: { consecutive5xxErrors: 3 } } });
    const resources = await register(
      () =>
        new LocalityFailover("mesh-us-east1-locality", {
          mesh: whole,
          cluster: fakeCluster(),
          ready: ready("istiod"),
        }),
    );
    const rule = one(resources, DESTINATION_RULE, "mesh-us-east1-locality");
    assert.deepEqual(rule.inputs, localityFailover(whole.locality));
    assert.deepEqual(rule.dependencies, [thing("istiod")]);
    assert.equal(rule.parent, "mesh:istio:LocalityFailover::mesh-us-east1-locality");
    assertInside([rule]);
  });
});
