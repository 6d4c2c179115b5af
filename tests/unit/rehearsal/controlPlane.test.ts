import * as assert from "node:assert";
import { parseAllDocuments } from "yaml";
import { addressIn, nextPodAddress } from "../../../rehearsal/kubernetes/addresses";
import { tokenFile } from "../../../rehearsal/kubernetes/clusterFiles";
import { kwokConfiguration } from "../../../rehearsal/kubernetes/kwokConfig";
import { PlayedPods } from "../../../rehearsal/kubernetes/playedPods";
import { freePorts } from "../../../rehearsal/ports";

describe("control planes of the rehearsal", () => {
  it("counts addresses from the start of a range", () => {
    assert.strictEqual(addressIn("10.20.0.0/16", 1), "10.20.0.1");
    assert.strictEqual(addressIn("192.168.255.7/24", 300), "192.169.0.44");
    assert.throws(() => addressIn("10.0.0.0", 1), /"10.0.0.0" is not an IPv4 range/);
  });

  it("gives pods addresses behind those in use", () => {
    assert.strictEqual(nextPodAddress("10.20.0.0/16", []), "10.20.0.1");
    assert.strictEqual(
      nextPodAddress("10.20.0.0/16", ["10.20.0.9", "10.20.0.255", "10.99.0.1"]),
      "10.20.1.0",
    );
    assert.strictEqual(nextPodAddress("10.20.0.0/24", ["10.20.0.9"]), "10.20.0.1");
  });

  it("writes tokens with names that hold commas and quotes", () => {
    const users = [{ token: 'a"b', name: "x@example.com", groups: ["one", "two"] }];
    assert.strictEqual(tokenFile(users), '"a""b","x@example.com","x@example.com","one,two"\n');
  });

  it("hands out free ports below the ephemeral range, each once", async () => {
    const ports = await freePorts(50);
    assert.strictEqual(new Set(ports).size, 50);
    assert.ok(ports.every((port) => port >= 20000 && port < 32768));
  });

  it("configures kwok with every stage and a port-forward per slot", async () => {
    const { slots } = await PlayedPods.create();
    const documents = parseAllDocuments(kwokConfiguration(slots, ["gateway"])).map(
      (document) => document.toJSON() as { kind: string; metadata: { name: string } },
    );
    const names = (kind: string) =>
      documents.filter((d) => d.kind === kind).map(({ metadata }) => metadata.name);
    assert.deepStrictEqual(names("Stage"), [
      "node-initialize",
      "pod-start",
      "pod-start-app",
      "pod-start-operator",
      "pod-start-name",
      "pod-complete",
      "pod-delete",
    ]);
    assert.deepStrictEqual(
      names("ClusterPortForward"),
      slots.map(({ name }) => name),
    );
  });

  it("leaves the end of pods to what plays them, where that takes its time", () => {
    const ends = (ending?: string[]) => {
      const [stage] = parseAllDocuments(kwokConfiguration([], ["gateway"], ending))
        .map((document) => document.toJSON() as { metadata: { name: string }; spec: object })
        .filter(({ metadata }) => metadata.name === "pod-delete");
      assert.ok(stage && "selector" in stage.spec);
      return stage.spec.selector;
    };
    const deleted = { key: ".metadata.deletionTimestamp", operator: "Exists" };
    assert.deepStrictEqual(ends(), { matchExpressions: [deleted] });
    assert.deepStrictEqual(ends(["gateway"]), {
      matchExpressions: [deleted, { key: ".metadata.labels.app", operator: "NotIn", values: ["gateway"] }],
    });
  });
});
