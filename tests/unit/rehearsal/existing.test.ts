import assert from "node:assert/strict";
import { existingClusters, makeExisting } from "../../../rehearsal/existing";
import { clusterType } from "../../../rehearsal/google/names";
import { clusterArgs, foundation, newProject } from "../google/fixtures";

describe("clusters that are there already", () => {
  it("are not mixed with those that the program made", async () => {
    const { project } = newProject();
    await foundation(project);
    await project.call("create", clusterType, { properties: clusterArgs() });
    await assert.rejects(
      makeExisting(project),
      /REHEARSAL_HOME=\.rehearsal-existing npm start -- --existing/,
    );
  });

  it("are described with the ways by which the fleet and the other clusters know them", async () => {
    const { project } = newProject();
    await foundation(project);
    await project.call("create", clusterType, { properties: clusterArgs() });
    assert.deepEqual(existingClusters(project), {
      "us-east1": {
        existing: {
          server: "https://10.16.0.2",
          membershipLink:
            "//container.googleapis.com/projects/mesh-rehearsal/locations/us-east1/clusters/us-east1",
        },
      },
    });
  });
});
