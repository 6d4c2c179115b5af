import assert from "node:assert/strict";
import { verifyWorkload } from "../../components/manifests/verifyWorkload";
import { VerifyWorkload } from "../../components/verifyWorkload";
import { mesh } from "../unit/manifests/mesh";
import { register } from "./mocks";
import {
  assertBefore,
  assertInside,
  DEPLOYMENT,
  fakeCluster,
  key,
  NAMESPACE,
  one,
  ready,
  SERVICE,
  thing,
  VIRTUAL_SERVICE,
} from "./support";

const NAME = "mesh-us-east1-verify";
const PAGE = "kubernetes:core/v1:ConfigMap";
const BUDGET = "kubernetes:policy/v1:PodDisruptionBudget";
const whole = mesh({ verifyWorkload: { namespace: "try-me", replicas: 3 } });

function made() {
  return register(
    () => new VerifyWorkload(NAME, { mesh: whole, cluster: fakeCluster(), ready: ready("istiod") }),
  );
}

describe("the verify workload", () => {
  it("has the objects for this cluster, in the user's namespace", async () => {
    const resources = await made();
    const objects = verifyWorkload(whole.verifyWorkload, {
      cluster: "us-east1",
      clusters: ["us-central1", "us-east1"],
      revision: "1-23-6",
    });
    for (const [type, object] of [
      [NAMESPACE, objects.namespace],
      [PAGE, objects.page],
      [DEPLOYMENT, objects.deployment],
      [SERVICE, objects.service],
      [BUDGET, objects.disruptionBudget],
      [VIRTUAL_SERVICE, objects.virtualService],
    ] as const) {
      const { inputs } = one(resources, type, NAME);
      assert.deepEqual(inputs, { apiVersion: inputs.apiVersion, kind: inputs.kind, ...object }, type);
    }
    assert.match(JSON.stringify(objects.page), /answered in us-east1/);
  });

  it("starts once istiod injects sidecars", async () => {
    const resources = await made();
    assert.deepEqual(one(resources, NAMESPACE).dependencies, [thing("istiod")]);
    assertBefore(resources, one(resources, "test:index:Thing", "istiod"), one(resources, DEPLOYMENT));
  });

  it("finds its page, and is there before its Service is waited for", async () => {
    const resources = await made();
    assert.deepEqual(one(resources, DEPLOYMENT).dependencies, [`${PAGE}::${NAME}`]);
    assert.deepEqual(one(resources, SERVICE).dependencies, [`${DEPLOYMENT}::${NAME}`]);
    assertBefore(resources, one(resources, NAMESPACE), one(resources, PAGE));
  });

  it("may go with the cluster", async () => {
    const objects = (await made()).filter(({ parent }) => parent === `mesh:edge:VerifyWorkload::${NAME}`);
    assert.equal(objects.length, 6, objects.map(key).join("\n"));
    assertInside(objects);
  });
});
