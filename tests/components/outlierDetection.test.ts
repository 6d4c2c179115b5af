import assert from "node:assert/strict";
import { outlierDetectionRule } from "../../components/manifests/outlierDetection";
import { OutlierDetection } from "../../components/outlierDetection";
import { mesh } from "../unit/manifests/mesh";
import { register } from "./mocks";
import { assertInside, DESTINATION_RULE, fakeCluster, one, ready, thing } from "./support";

describe("taking endpoints out that fail", () => {
  it("is one rule for the mesh, made once istiod's webhooks answer", async () => {
    const { outlierDetection: limits } = mesh({ outlierDetection: { consecutiveGatewayErrors: 3 } });
    assert.ok(limits);
    const name = "mesh-us-east1-outlier-detection";
    const resources = await register(
      () => new OutlierDetection(name, { limits, cluster: fakeCluster(), ready: ready("istiod") }),
    );
    const rule = one(resources, DESTINATION_RULE, name);
    assert.deepEqual(rule.inputs, outlierDetectionRule(limits));
    assert.deepEqual(rule.dependencies, [thing("istiod")]);
    assert.equal(rule.parent, `mesh:istio:OutlierDetection::${name}`);
    assertInside([rule]);
  });
});
