import assert from "node:assert/strict";
import { Fleet, FleetMembership } from "../../components/fleet";
import { register } from "./mocks";
import { key, one, Thing, thing } from "./support";

const MEMBERSHIP = "gcp:gkehub/membership:Membership";
const FEATURE = "gcp:gkehub/feature:Feature";

describe("a cluster's membership in the fleet", () => {
  it("is global, under the cluster's name, and issues identities for the cluster", async () => {
    const [component, ...children] = await register(
      () =>
        new FleetMembership("mesh-us-east1", {
          project: "my-project",
          cluster: "us-east1",
          clusterId: "projects/my-project/locations/us-east1/clusters/us-east1",
        }),
    );
    const membership = one(children, MEMBERSHIP, "mesh-us-east1");
    assert.deepEqual(membership.inputs, {
      project: "my-project",
      membershipId: "us-east1",
      location: "global",
      endpoint: {
        gkeCluster: {
          resourceLink: "//container.googleapis.com/projects/my-project/locations/us-east1/clusters/us-east1",
        },
      },
      authority: {
        issuer:
          "https://container.googleapis.com/v1/projects/my-project/locations/us-east1/clusters/us-east1",
      },
    });
    assert.ok(component);
    assert.equal(membership.parent, key(component));
  });
});

describe("a cluster that joins after something", () => {
  it("leaves the fleet before that goes", async () => {
    const resources = await register(
      () =>
        new FleetMembership(
          "mesh-us-east1",
          { project: "my-project", cluster: "us-east1", clusterId: "projects/p/locations/l/clusters/c" },
          { dependsOn: [new Thing("gateways")] },
        ),
    );
    assert.deepEqual(one(resources, MEMBERSHIP).dependencies, [thing("gateways")]);
  });
});

describe("the fleet", () => {
  it("has the multi-cluster ingress, with the config cluster's membership by its id", async () => {
    const resources = await register(() => {
      const membership = new FleetMembership("config", {
        project: "my-project",
        cluster: "us-east1",
        clusterId: "projects/my-project/locations/us-east1/clusters/us-east1",
      });
      return new Fleet("mesh", { project: "my-project", configMembership: membership.membership.id });
    });
    const feature = one(resources, FEATURE, "mesh");
    assert.deepEqual(feature.inputs, {
      project: "my-project",
      name: "multiclusteringress",
      location: "global",
      spec: { multiclusteringress: { configMembership: "config-id" } },
    });
    assert.deepEqual(feature.dependencies, [`${MEMBERSHIP}::config`]);
    assert.equal(feature.parent, "mesh:google:Fleet::mesh");
  });
});
