import * as gkehub from "@pulumi/gcp/gkehub";
import assert from "node:assert/strict";
import { Fleet, FleetMembership } from "../../components/fleet";
import { register } from "./mocks";
import { key, one } from "./support";

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

describe("the fleet", () => {
  it("has the multi-cluster ingress, with the config cluster's membership by its id", async () => {
    const resources = await register(() => {
      const configMembership = new gkehub.Membership("config", { membershipId: "us-east1" });
      return new Fleet("mesh", { project: "my-project", configMembership });
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

  it("has time to go, since load balancers go first", async () => {
    const resources = await register(() => {
      const configMembership = new gkehub.Membership("config", { membershipId: "us-east1" });
      return new Fleet("mesh", { project: "my-project", configMembership });
    });
    assert.deepEqual(one(resources, FEATURE).timeouts, { delete: "30m" });
  });
});
