import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { nodeProblem, pluginProblem, preflight } from "../../components/preflight";
import { pluginFolder } from "./authPlugin";
import { configOf, runProgram } from "./program";
import { key } from "./support";

/** Runs `work` with nothing else on PATH. */
async function withPath<T>(path: string, work: () => Promise<T>): Promise<T> {
  const before = process.env.PATH;
  process.env.PATH = path;
  try {
    return await work();
  } finally {
    process.env.PATH = before;
  }
}

describe("what is installed beside the program", () => {
  it("is a Node.js that is new enough", () => {
    for (const version of ["20.19.0", "20.20.1", "22.0.0"]) {
      assert.equal(nodeProblem(version), undefined);
    }
    for (const version of ["18.20.8", "20.18.3"]) {
      assert.match(nodeProblem(version) ?? "", /^Node\.js is .*: install 20\.19 or newer/);
    }
  });

  it("is the plugin by which clusters are reached", async () => {
    await withPath(pluginFolder(), () => preflight({ gke: true }));
    const missing = await withPath("", () => pluginProblem("gke-gcloud-auth-plugin"));
    assert.match(missing ?? "", /is not on PATH, .*: gcloud components install gke-gcloud-auth-plugin/);
    const folder = pluginFolder();
    chmodSync(join(folder, "gke-gcloud-auth-plugin"), 0o644);
    const broken = await withPath(folder, () => pluginProblem("gke-gcloud-auth-plugin"));
    assert.match(broken ?? "", /does not run \(.*EACCES\), .*: gcloud components install/);
  });

  it("is a plugin that is logged in, whose credential is not shown", async () => {
    const problem = await withPath(`${pluginFolder(1)}:${process.env.PATH}`, () =>
      pluginProblem("gke-gcloud-auth-plugin"),
    );
    assert.match(
      problem ?? "",
      /gives no credential, .*: gcloud auth login.* It says: ERROR: no active account$/,
    );
    assert.doesNotMatch(problem ?? "", /ExecCredential/);
  });

  it("is not asked for where every cluster has its kubeconfig", async () => {
    await withPath("", () => preflight({ gke: false }));
  });

  it("is asked for before anything is registered", async () => {
    const { resources, errors } = await withPath("", () =>
      runProgram(configOf("us-east1"), { stack: "us-east1" }),
    );
    assert.deepEqual(resources.map(key), []);
    assert.match(String(errors[0]), /This machine lacks something; nothing was changed\.\n {2}- gke-gcloud/);
  });
});
