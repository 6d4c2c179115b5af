import * as assert from "node:assert/strict";
import { isSecret, isUnknown, type Properties } from "../../../rehearsal/engine/providers/values";
import { clusterArgs, projectId } from "./fixtures";
import { request, ServedProvider } from "./servedProvider";

describe("plans of the gcp stand-in", () => {
  let gcp: ServedProvider;
  before(async () => (gcp = await ServedProvider.start()));
  after(() => gcp.stop());

  it("leave everything open in preview that Google decides", async () => {
    const { inputs } = await gcp.check("cluster", clusterArgs() as Properties);
    const { id, outputs } = await gcp.provider.create({ ...request("cluster"), inputs, preview: true });
    assert.equal(id, "");
    assert.equal(outputs.name, "us-east1");
    const closed = outputs.privateClusterConfig as Properties;
    assert.equal(closed.enablePrivateNodes, true);
    assert.ok(isUnknown(closed.privateEndpoint));
    for (const name of ["endpoint", "masterAuth", "masterVersion", "controlPlaneEndpointsConfig"])
      assert.ok(isUnknown(outputs[name]), name);
    assert.equal(gcp.host.clusters.size, 0);
  });

  it("see no change where nothing changed, for a cluster, also after a refresh", async () => {
    const made = await gcp.make("cluster", clusterArgs() as Properties);
    assert.deepEqual((await gcp.diff("cluster", made, made.inputs)).detailedDiff, {});
    const read = await gcp.provider.read({ ...request("cluster"), ...made });
    assert.deepEqual(read.inputs, made.inputs);
    assert.deepEqual(
      (await gcp.diff("cluster", { ...made, outputs: read.outputs }, made.inputs)).detailedDiff,
      {},
    );
    assert.ok(isSecret((made.outputs.masterAuth as Properties).clientKey));
  });

  it("replace, change in place or ignore, as the provider's schema says", async () => {
    const news = {
      name: "rule",
      network: "mesh",
      sourceRanges: ["10.0.0.0/8"],
      allows: [{ protocol: "tcp", ports: ["1"] }],
    };
    const made = await gcp.make("firewall", news);
    const reference = {
      ...made.inputs,
      network: `https://www.googleapis.com/compute/v1/projects/${projectId}/global/networks/mesh`,
    };
    assert.deepEqual((await gcp.diff("firewall", made, reference)).detailedDiff, {});
    const ports = { ...made.inputs, allows: [{ protocol: "TCP", ports: ["2"] }] };
    assert.deepEqual((await gcp.diff("firewall", made, ports)).detailedDiff, { allows: "update" });
    const direction = await gcp.diff("firewall", made, { ...made.inputs, direction: "EGRESS" });
    assert.deepEqual(direction.detailedDiff, { direction: "update-replace" });
    assert.equal(direction.deleteBeforeReplace, true);
  });

  it("make the new one first where the name is generated", async () => {
    const made = await gcp.make("globalAddress", {});
    const { inputs } = await gcp.check("globalAddress", { description: "new" }, { olds: made.inputs });
    const diff = await gcp.diff("globalAddress", made, inputs);
    assert.deepEqual(diff.detailedDiff, { description: "add-replace" });
    assert.equal(diff.deleteBeforeReplace, false);
  });

  it("replace a subnetwork only when its range shrinks", async () => {
    const made = await gcp.make("subnetwork", {
      name: "west",
      region: "us-west1",
      network: "mesh",
      ipCidrRange: "10.32.0.0/20",
    });
    const grown = await gcp.diff("subnetwork", made, { ...made.inputs, ipCidrRange: "10.32.0.0/19" });
    assert.deepEqual(grown.detailedDiff, { ipCidrRange: "update" });
    const shrunk = await gcp.diff("subnetwork", made, { ...made.inputs, ipCidrRange: "10.32.0.0/24" });
    assert.deepEqual(shrunk.detailedDiff, { ipCidrRange: "update-replace" });
  });
});
