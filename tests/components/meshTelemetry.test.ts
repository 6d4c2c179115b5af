import assert from "node:assert/strict";
import type { MeshInput } from "../../components/config/schema";
import { meshDefaultTelemetry } from "../../components/manifests/telemetry";
import { MeshTelemetry } from "../../components/meshTelemetry";
import { mesh } from "../unit/manifests/mesh";
import { register } from "./mocks";
import { all, assertInside, fakeCluster, one, ready, thing } from "./support";

const TELEMETRY = "kubernetes:telemetry.istio.io/v1alpha1:Telemetry";

function made(telemetry: MeshInput["telemetry"] = {}) {
  return register(
    () =>
      new MeshTelemetry("mesh-us-east1", {
        mesh: mesh({ telemetry }),
        cluster: fakeCluster(),
        ready: ready("istiod"),
      }),
  );
}

describe("the mesh's telemetry", () => {
  it("goes to Cloud Monitoring and Prometheus, once istiod's webhooks answer", async () => {
    const telemetry = one(await made(), TELEMETRY, "mesh-us-east1-mesh-default");
    assert.deepEqual(telemetry.inputs, meshDefaultTelemetry());
    assert.deepEqual(telemetry.dependencies, [thing("istiod")]);
    assert.equal(telemetry.parent, "mesh:istio:MeshTelemetry::mesh-us-east1");
    assertInside([telemetry]);
  });

  it("is left to Istio's defaults where Cloud Monitoring is switched off", async () => {
    assert.deepEqual(all(await made({ stackdriver: false }), TELEMETRY), []);
  });
});
