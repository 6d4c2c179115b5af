import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { authPluginScript } from "../../../rehearsal/google/authPlugin";

describe("the stand-in for gke-gcloud-auth-plugin", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "auth plugin's "));
  const tokenFile = path.join(folder, "token");
  const script = path.join(folder, "gke-gcloud-auth-plugin");

  before(() => {
    fs.writeFileSync(tokenFile, "a-token\n");
    fs.writeFileSync(script, authPluginScript(tokenFile), { mode: 0o755 });
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  const run = (environment: Record<string, string> = {}) =>
    JSON.parse(
      execFileSync(script, { env: { PATH: process.env.PATH ?? "", ...environment }, encoding: "utf8" }),
    ) as Record<string, unknown>;

  it("prints an ExecCredential that is good for about an hour", () => {
    const { kind, apiVersion, spec, status } = run();
    const { token, expirationTimestamp } = status as { token: string; expirationTimestamp: string };
    assert.deepEqual(
      { kind, apiVersion, spec, token },
      {
        kind: "ExecCredential",
        apiVersion: "client.authentication.k8s.io/v1beta1",
        spec: { interactive: false },
        token: "a-token",
      },
    );
    const minutes = (Date.parse(expirationTimestamp) - Date.now()) / 60_000;
    assert.ok(minutes > 58 && minutes < 61, expirationTimestamp);
  });

  it("speaks v1beta1 even when it is asked for v1, as the real one does", () => {
    const info =
      '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false}}';
    assert.equal(run({ KUBERNETES_EXEC_INFO: info }).apiVersion, "client.authentication.k8s.io/v1beta1");
  });

  it("takes another token file from the environment", () => {
    const other = path.join(folder, "other");
    fs.writeFileSync(other, "another");
    assert.equal((run({ REHEARSAL_GOOGLE_TOKEN_FILE: other }).status as { token: string }).token, "another");
  });

  it("fails with a reason when there is no token", () => {
    const failed = spawnSync(script, {
      env: { ...process.env, REHEARSAL_GOOGLE_TOKEN_FILE: "/none" },
      encoding: "utf8",
    });
    assert.equal(failed.status, 1);
    assert.match(failed.stderr, /no token in \/none/);
    assert.equal(failed.stdout, "");
  });
});
