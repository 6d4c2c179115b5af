import assert from "node:assert/strict";
import { ClusterRoute } from "../../components/clusterRoute";
import { clusterSubsets, clusterVirtualService } from "../../components/manifests/clusterRoute";
import { mesh } from "../unit/manifests/mesh";
import { register } from "./mocks";
import {
  all,
  assertInside,
  DESTINATION_RULE,
  fakeCluster,
  one,
  Thing,
  thing,
  VIRTUAL_SERVICE,
} from "./support";

const NAME = "mesh-us-east1-alertmanager";
const RECORD = "gcp:dns/recordSet:RecordSet";

function routeTo(clusters?: string[]) {
  const [route] = mesh({
    routes: [
      { name: "alertmanager", service: "alertmanager", namespace: "monitoring", port: 9093, clusters },
    ],
  }).routes;
  assert.ok(route);
  return route;
}

function made(clusters?: string[]) {
  return register(
    () =>
      new ClusterRoute(NAME, {
        project: "my-project",
        route: routeTo(clusters),
        outlierDetection: mesh().outlierDetection,
        dns: { zone: "mesh-example-com", domain: "mesh.example.com" },
        cluster: fakeCluster(),
        address: "203.0.113.7",
        dependsOn: [new Thing("namespace"), new Thing("istiod")],
      }),
  );
}

describe("a route to one cluster's service", () => {
  it("records the cluster's own name at the global address", async () => {
    assert.deepEqual(one(await made(), RECORD, NAME).inputs, {
      project: "my-project",
      managedZone: "mesh-example-com",
      name: "alertmanager-us-east1.mesh.example.com.",
      type: "A",
      ttl: 300,
      rrdatas: ["203.0.113.7"],
    });
  });

  it("makes the subsets of all clusters, and then a rule for each cluster's name", async () => {
    const resources = await made();
    const subsets = one(resources, DESTINATION_RULE, `${NAME}-subsets`);
    assert.deepEqual(subsets.inputs, clusterSubsets(routeTo(), mesh().outlierDetection));
    assert.deepEqual(subsets.dependencies, [thing("istiod"), thing("namespace")]);
    assert.equal(all(resources, VIRTUAL_SERVICE).length, 2);
    for (const target of ["us-east1", "us-central1"]) {
      const rule = one(resources, VIRTUAL_SERVICE, `${NAME}-to-${target}`);
      assert.deepEqual(rule.inputs, clusterVirtualService(routeTo(), target, "mesh.example.com"));
      assert.deepEqual(rule.dependencies, [`${DESTINATION_RULE}::${NAME}-subsets`]);
    }
  });

  it("has no record for a cluster that it does not lead to, but the rules: requests come in there too", async () => {
    const resources = await made(["us-central1"]);
    assert.deepEqual(all(resources, RECORD), []);
    assert.deepEqual(
      all(resources, VIRTUAL_SERVICE).map(({ name }) => name),
      [`${NAME}-to-us-central1`],
    );
  });

  it("may go with the cluster", async () => {
    const resources = await made();
    assertInside([...all(resources, DESTINATION_RULE), ...all(resources, VIRTUAL_SERVICE)]);
  });
});
