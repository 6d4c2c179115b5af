import assert from "node:assert/strict";
import { destroy } from "../../rehearsal/destroy";
import { runChecks } from "../../rehearsal/checks";
import { Rehearsal } from "../../rehearsal/host";
import { Processes } from "../../rehearsal/processes";
import { createProgress } from "../../rehearsal/progress";
import { describeMesh } from "../../rehearsal/program";
import { Pulumi } from "../../rehearsal/pulumi";
import { claim, clear } from "../../rehearsal/running";
import { ensureTools } from "../../rehearsal/tools";

import { makeZone, STACKS } from "./rehearsedMesh";
import { readable, readableSecrets, secretsOfTheMesh } from "./secrets";

describe("the mesh on the real engine", function () {
  this.bail(true);
  const progress = createProgress();
  const processes = new Processes();
  let rehearsal: Rehearsal;
  let pulumi: Pulumi;

  before(async () => {
    const tools = await ensureTools(progress);
    claim();
    clear();
    rehearsal = await Rehearsal.start(tools, processes);
    pulumi = new Pulumi(tools.pulumi, processes, await rehearsal.environment());
  });

  after(async () => {
    await rehearsal?.stop();
    await processes.stopAll();
  });

  for (const stack of STACKS) {
    it(`${stack} comes up`, async () => {
      await pulumi.run(["stack", "select", "--create", "--stack", stack]);
      await progress.step(`up ${stack}`, (say) =>
        pulumi.run(["up", "-s", stack, "--yes", "--policy-pack", "policy"], say),
      );
    });
  }

  it("passes every check", async () => {
    const { checks } = await runChecks(rehearsal, { stacks: STACKS, env: await rehearsal.environment() });
    assert.ok(checks.filter(({ status }) => status === "ok").length > 80);
    assert.deepEqual(
      checks.filter(({ status }) => status === "failed"),
      [],
    );
  });

  for (const stack of STACKS) {
    it(`${stack} has nothing to change in a second up`, async () => {
      await pulumi.run(["up", "-s", stack, "--yes", "--skip-preview", "--expect-no-changes"]);
    });

    it(`${stack} is as its state says`, async () => {
      await pulumi.run(["refresh", "-s", stack, "--yes", "--skip-preview", "--expect-no-changes"]);
    });
  }

  it("shows no private key and no token in state, logs, outputs and files", async () => {
    for (const stack of STACKS) {
      await pulumi.run(["stack", "output", "-s", stack, "--json"]);
    }
    assert.deepEqual(await readableSecrets(rehearsal), []);
  });

  it("refuses to be destroyed while it is protected, before anything is gone", async () => {
    await assert.rejects(pulumi.run(["destroy", "-s", "us-central1", "--yes"]), /protect/);
    await pulumi.run(["up", "-s", "us-central1", "--yes", "--skip-preview", "--expect-no-changes"]);
  });

  it("takes routes, locality, an SSL policy and Google's certificate", async () => {
    await makeZone(rehearsal);
    describeMesh({
      dns: { zone: "mesh-example-com", domain: "mesh.example.com" },
      routes: [{ name: "alertmanager", service: "alertmanager", namespace: "monitoring", port: 9093 }],
      locality: { enabled: true },
      ingress: {
        sslPolicy: { minTlsVersion: "TLS_1_2", profile: "MODERN" },
        certificate: { managed: { domains: ["mesh.example.com"] } },
      },
    });
    for (const stack of STACKS) {
      await pulumi.run(["up", "-s", stack, "--yes", "--skip-preview"]);
      await pulumi.run(["up", "-s", stack, "--yes", "--skip-preview", "--expect-no-changes"]);
    }
    const records = rehearsal.project
      .list("gcp:dns/recordSet:RecordSet")
      .map(({ properties }) => properties.name);
    assert.deepEqual(records.sort(), [
      "alertmanager-us-central1.mesh.example.com.",
      "alertmanager-us-east1.mesh.example.com.",
    ]);
    for (const { plane } of rehearsal.clusters.values()) {
      const rules = await plane.client.list("networking.istio.io/v1", "DestinationRule");
      assert.deepEqual(rules.map(({ metadata }) => metadata.name).sort(), [
        "alertmanager",
        "outlier-detection",
      ]);
    }
    const problems = rehearsal.ingresses().flatMap((ingress) => ingress.problems);
    assert.deepEqual(problems, []);
  });

  it("lets go of them again", async () => {
    describeMesh({});
    for (const stack of [...STACKS].reverse()) {
      await pulumi.run(["up", "-s", stack, "--yes", "--skip-preview"]);
    }
    for (const { plane } of rehearsal.clusters.values()) {
      const rules = await plane.client.list("networking.istio.io/v1", "DestinationRule");
      assert.deepEqual(
        rules.map(({ metadata }) => metadata.name),
        ["outlier-detection"],
      );
    }
    const [zone] = rehearsal.project.list("gcp:dns/managedZone:ManagedZone");
    await rehearsal.project.call("delete", "gcp:dns/managedZone:ManagedZone", { id: zone?.id });
  });

  it("goes without a trace", async () => {
    const secrets = await secretsOfTheMesh(rehearsal);
    await assert.rejects(
      destroy(rehearsal, pulumi, ["us-east1"], progress),
      /us-central1 is still up and needs us-east1/,
    );
    assert.ok(await destroy(rehearsal, pulumi, ["us-central1"], progress));
    assert.deepEqual([...rehearsal.clusters.keys()], ["us-east1"]);
    assert.ok(await destroy(rehearsal, pulumi, STACKS, progress));
    assert.equal(rehearsal.clusters.size, 0);
    assert.deepEqual(readable(secrets), [], "readable after everything that was done");
  });
});
