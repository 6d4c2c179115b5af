import * as assert from "node:assert/strict";
import { plain, type Properties } from "../../../rehearsal/engine/providers/values";
import { projectId, region } from "./fixtures";
import { request, ServedProvider } from "./servedProvider";

describe("the gcp stand-in", () => {
  let gcp: ServedProvider;
  before(async () => (gcp = await ServedProvider.start()));
  after(() => gcp.stop());

  it("refuses to delete a protected cluster by its old state", async () => {
    const resource = { ...request("cluster"), id: "x", inputs: {} };
    await assert.rejects(
      gcp.provider.delete({ ...resource, outputs: { deletionProtection: true } }),
      /deletion_protection is set to true/,
    );
    await gcp.provider.delete({ ...resource, outputs: { deletionProtection: false } });
  });

  it("words Google's refusals as the provider does", async () => {
    await assert.rejects(
      gcp.make("network", { name: "mesh", autoCreateSubnetworks: false }),
      (error: Error) =>
        error.message ===
        `1 error occurred:\n\t* Error creating Network: googleapi: Error 409: The resource 'projects/${projectId}/global/networks/mesh' already exists, alreadyExists\n`,
    );
  });

  it("changes in place, and takes away what is no longer asked for", async () => {
    const made = await gcp.make("firewall", {
      name: "gone",
      network: "mesh",
      description: "old",
      sourceRanges: ["10.0.0.0/8"],
      allows: [{ protocol: "all" }],
    });
    const { inputs } = await gcp.check("firewall", {
      name: "gone",
      network: "mesh",
      sourceRanges: ["10.0.0.0/9"],
      allows: [{ protocol: "all" }],
    });
    const outputs = await gcp.provider.update({
      ...request("firewall"),
      id: made.id,
      olds: plain(made.outputs),
      oldInputs: made.inputs,
      news: inputs,
      preview: false,
      ignoreChanges: [],
    });
    assert.equal(outputs.description, undefined);
    assert.deepEqual(outputs.sourceRanges, ["10.0.0.0/9"]);
    assert.deepEqual((await gcp.diff("firewall", { ...made, outputs }, inputs)).detailedDiff, {});
  });

  it("says that a resource is gone", async () => {
    const read = await gcp.provider.read({
      ...request("network"),
      id: "projects/x/global/networks/none",
      inputs: {},
      outputs: {},
    });
    assert.equal(read.id, "");
  });

  it("answers functions", async () => {
    const signal = new AbortController().signal;
    const invoke = async (name: string, args: Properties) =>
      (await gcp.provider.invoke({ token: name, args, preview: false, signal })).result ?? {};
    assert.equal((await invoke("gcp:organizations/getProject:getProject", {})).number, "123456789012");
    const versions = await invoke("gcp:container/getEngineVersions:getEngineVersions", {
      location: region,
      versionPrefix: "1.33.",
    });
    assert.match(versions.latestMasterVersion as string, /^1\.33\./);
    assert.equal(
      (await invoke("gcp:compute/getNetwork:getNetwork", { name: "mesh" })).id,
      `projects/${projectId}/global/networks/mesh`,
    );
  });
});
