import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { columns, istioctlQuestions } from "../../../rehearsal/checks/istioctl";
import type { CheckedMesh } from "../../../rehearsal/checks/mesh";
import { settingsOf } from "../../../rehearsal/checks/settings";
import { reported } from "../../../rehearsal/report";

describe("the report", () => {
  it("has the checks that were judged", () => {
    const check = { id: "drain", title: "t", detail: "d", needs: [] };
    assert.deepEqual(
      reported([
        { ...check, cluster: "east", status: "ok", ok: true },
        { ...check, cluster: "west", status: "failed", ok: false },
        { ...check, cluster: "south", status: "not judged", ok: false },
      ]),
      [
        { id: "drain", cluster: "east", ok: true, detail: "d" },
        { id: "drain", cluster: "west", ok: false, detail: "d" },
      ],
    );
  });
});

describe("istioctl, as a person types it", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "istioctl-"));

  before(() =>
    fs.writeFileSync(path.join(folder, "istioctl"), "#!/bin/sh\nexec sleep 60\n", { mode: 0o755 }),
  );

  after(() => fs.rmSync(folder, { recursive: true }));

  it("may take as long as an answer", async () => {
    const mesh = {
      clusters: [{ name: "us-east1", kubeconfigPath: "/nowhere" }],
      env: { PATH: `${folder}:${process.env.PATH}` },
      timeout: 0.3,
    } as unknown as CheckedMesh;
    const asked = istioctlQuestions(mesh).map(({ ask }) => ask());
    await assert.rejects(Promise.all(asked), {
      message:
        /^istioctl (remote-clusters|proxy-status): no answer in 0\.3 s \(--timeout SECONDS waits longer\)$/,
    });
  });
});

describe("istioctl's tables", () => {
  it("are read by the columns' places, as cells may be empty", () => {
    const { names, rows } = columns(
      [
        "NAME            SECRET                     STATUS     ISTIOD",
        "us-east1                                   synced     istiod-a",
        "us-central1     istio-system/the-secret    timeout    istiod-a",
        "",
      ].join("\n"),
    );
    assert.deepEqual(names, ["NAME", "SECRET", "STATUS", "ISTIOD"]);
    assert.deepEqual(rows, [
      { NAME: "us-east1", SECRET: "", STATUS: "synced", ISTIOD: "istiod-a" },
      { NAME: "us-central1", SECRET: "istio-system/the-secret", STATUS: "timeout", ISTIOD: "istiod-a" },
    ]);
  });
});

describe("what checks expect", () => {
  const project = (mesh: object) => ({ config: { mesh: { type: "object", value: mesh } } });
  const stacks = [{ config: { "mesh:clusters": ["east"] } }, { config: { "mesh:clusters": ["west"] } }];

  it("comes from the project's and the stacks' configuration", () => {
    const mesh = { clusters: { east: {}, west: { namedNeg: "west-group" } }, verifyWorkload: true };
    assert.deepEqual(settingsOf(project(mesh), stacks), {
      clusters: ["east", "west"],
      namedNegs: { west: "west-group" },
      verifyNamespace: "verify",
    });
  });
});
