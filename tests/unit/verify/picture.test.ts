import assert from "node:assert/strict";
import type { Mesh } from "../../../verify/mesh";
import { questionsOf } from "../../../verify/questions";
import { PICTURED, picture, type PicturedCluster } from "../../../verify/picture";

describe("the picture of the mesh", () => {
  const cluster = (name: string, config: boolean): PicturedCluster => ({
    name,
    region: name,
    config,
    pods: { istiod: 2, ingress: 2, eastWest: 2, verify: 1 },
    eastWest: { address: "10.16.0.64", access: "internal" },
    apiServer: "10.16.0.2",
    nodes: { spot: 3, others: 3 },
  });

  it("shows the address, each cluster, and what links them", () => {
    const text = picture({
      address: "203.0.113.2",
      clusters: [cluster("us-east1", true), cluster("us-central1", false)],
    });
    for (const part of [
      "https://203.0.113.2",
      "us-east1  (config cluster)",
      "us-central1 ",
      "10.16.0.64:15443, internal",
      "mTLS 15443",
      "workload verify 1 pod ",
    ]) {
      assert.ok(text.includes(part), part);
    }
  });

  it("has straight edges for any number of clusters", () => {
    for (const count of [1, 2, 3]) {
      const clusters = [...Array(count).keys()].map((index) => cluster(`region-${index}`, index === 0));
      const lines = picture({ address: "203.0.113.2", clusters }).split("\n").slice(0, -2);
      assert.deepEqual([...new Set(lines.map((line) => line.length))].length, 1, `${count} clusters`);
    }
  });

  it("shows what is broken in its place", () => {
    const clusters = [cluster("us-east1", true), cluster("us-central1", false)];
    const draw = (id: string, scope: { cluster: string; other?: string }) =>
      picture({ address: "203.0.113.2", clusters }, [
        { id, ...scope, title: "", status: "failed", ok: false, detail: "", needs: [] },
      ]);
    const link = { cluster: "us-east1", other: "us-central1" };
    assert.match(draw("endpoints", link), /◄───✗────►.*\n.*mTLS 15443/);
    assert.match(draw("remote-token", link), /◄───✗────►.*watches|◄───✗────►.*\n.*watches/);
    assert.match(draw("ingress-gateway", link), /ingress gateway {6}2 pods ✗/);
    assert.match(draw("trust-roots", { cluster: "us-east1" }), /✗ trust is broken/);
    assert.match(draw("backends", { cluster: "us-central1" }), /▼ .*✗/);
    assert.ok(!draw("drain", { cluster: "us-east1" }).includes("◄───✗"));
  });

  it("has a place for every check", () => {
    const clusters = ["us-east1", "us-central1"].map((name) => ({
      name,
      stack: name,
      region: name,
      network: name,
      server: "",
    }));
    const config = {
      id: "mesh",
      configCluster: "us-east1",
      revision: "1-23-6",
      certificateNames: [],
      clusters: {},
      verifyNamespace: "verify",
    };
    const asked = questionsOf({ config, clusters, address: "203.0.113.2" } as unknown as Mesh);
    const ids = [...new Set(asked.map(({ id }) => id))];
    assert.deepEqual(
      ids.filter((id) => !PICTURED.includes(id)),
      [],
    );
    assert.ok(ids.length > 40);
  });
});
