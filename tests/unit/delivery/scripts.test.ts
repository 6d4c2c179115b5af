import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { checkout, workflow } from "./workflows";

/** Scripts run as they are, in an empty folder, with stand-ins for the programs that reach out. */
describe("the scripts of the workflows and deployments", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "delivery-"));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const log = () => fs.readFileSync(path.join(folder, "log"), "utf8").trim().split("\n");

  /** A program that writes down how it was called, and then does what `body` says. */
  const standIn = (name: string, body = "") => {
    const file = path.join(folder, "bin", name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, `#!/usr/bin/env bash\necho "${name} $*" >>"$LOG"\n${body}\n`, { mode: 0o755 });
  };

  /** The usual tools and the stand-ins, and nothing else that happens to be on this machine. */
  const bash = (script: string, env: Record<string, string> = {}) => {
    const bin = path.join(folder, "bin");
    const tools = ["bash", "cat", "cp", "env", "iconv", "ln", "mktemp", "rm", "sed", "tail"].map(installed);
    for (const tool of tools) {
      const link = path.join(bin, path.basename(tool));
      if (!fs.existsSync(link)) fs.symlinkSync(tool, link);
    }
    const settings = { PATH: bin, LOG: path.join(folder, "log"), HOME: folder, TMPDIR: folder, ...env };
    // As GitHub runs a step whose shell is bash.
    const options = ["--noprofile", "--norc", "-eo", "pipefail", "-c", script];
    return spawnSync("bash", options, { cwd: folder, env: settings, encoding: "utf8" });
  };

  describe("comment", () => {
    const script = workflow("pull-request.yml").jobs["comment"]?.steps?.at(-1)?.run ?? "";
    const env = { GITHUB_REPOSITORY: "me/mesh", NUMBER: "7", RUN: "https://github.example/run" };
    const preview = (stack: string, text: string) => {
      fs.mkdirSync(path.join(folder, "previews"), { recursive: true });
      fs.writeFileSync(path.join(folder, "previews", `${stack}.txt`), text);
    };
    const comment = () => fs.readFileSync(path.join(folder, "comment.md"), "utf8");

    it("is written once, with every stack's preview", () => {
      standIn("gh");
      preview("us-east1", "+ gcp:compute/network:Network\n");
      preview("us-central1", "Resources: 3 unchanged\n");
      assert.equal(bash(script, env).status, 0);
      assert.match(
        log()[1] ?? "",
        /^gh api --method POST repos\/me\/mesh\/issues\/7\/comments -F body=@comment\.md/,
      );
      assert.match(
        comment(),
        /`us-east1`[^]*\+ gcp:compute\/network:Network[^]*`us-central1`[^]*3 unchanged/,
      );
    });

    it("is renewed at the next push", () => {
      standIn("gh", `case "$*" in *--paginate*) echo 4711; echo 4712 ;; esac`);
      preview("us-east1", "same\n");
      assert.equal(bash(script, env).status, 0);
      assert.match(log()[0] ?? "", /<!-- pulumi-preview -->/);
      assert.match(log()[1] ?? "", /^gh api --method PATCH repos\/me\/mesh\/issues\/comments\/4711 /);
      assert.equal(log().length, 2);
    });

    it("says when there is no preview, and keeps the end of a long one, where findings are", () => {
      standIn("gh");
      preview("us-central1", `${"é".repeat(40000)}\nPolicies: east-west-gateway-internal`);
      assert.equal(bash(script, env).status, 0);
      assert.match(comment(), /`us-east1`\s+It did not get that far\./);
      assert.match(comment(), /Policies: east-west-gateway-internal/);
      assert.ok(comment().length < 65536);
      assert.doesNotMatch(comment(), /\uFFFD/);
    });

    it("fails when GitHub refuses", () => {
      standIn("gh", "exit 1");
      assert.notEqual(bash(script, env).status, 0);
    });
  });

  describe("the report on drift", () => {
    const script = workflow("drift.yml").jobs["report"]?.steps?.at(-1)?.run ?? "";
    const env = { GITHUB_REPOSITORY: "me/mesh", RUN: "https://github.example/run" };
    const open = `case "$*" in *--paginate*) echo 12 ;; esac`;

    for (const { title, gh, result, call } of [
      {
        title: "opens an issue",
        gh: "",
        result: "failure",
        call: /^gh api --method POST repos\/me\/mesh\/issues -f title=/,
      },
      {
        title: "renews an open one",
        gh: open,
        result: "failure",
        call: /PATCH repos\/me\/mesh\/issues\/12 -f body=/,
      },
      {
        title: "closes it when all is equal",
        gh: open,
        result: "success",
        call: /PATCH \S+\/12 -f state=closed/,
      },
      { title: "writes nothing when nothing is open", gh: "", result: "success", call: /^$/ },
    ]) {
      it(title, () => {
        standIn("gh", gh);
        assert.equal(bash(script, { ...env, RESULT: result }).status, 0);
        assert.match(log()[1] ?? "", call);
        assert.ok(log().length <= 2);
      });
    }
  });

  describe("what Pulumi Deployments run before", () => {
    const script = fs.readFileSync(path.join(checkout, "deployments/prepare.sh"), "utf8");
    const google = "35BAA0B33E9EB396F59CA838C0BA5CE6DC6315A3";
    const env = { GOOGLE_CREDENTIALS: '{"type":"external_account"}' };
    const machine = (key: string) => {
      standIn("curl");
      standIn("gpg", `case "$*" in *"--export ${key}"*) echo key ;; esac`);
      standIn("install", `case "$*" in */dev/stdin*) cat >sources ;; esac`);
      standIn("apt-get", `case "$*" in *auth-plugin*) cp bin/gcloud bin/gke-gcloud-auth-plugin ;; esac`);
      standIn(
        "gcloud",
        `for each in "$@"; do case "$each" in --cred-file=*) cp "\${each#*=}" login ;; esac; done`,
      );
    };

    it("installs the plugin by apt where it is not, signed by Google's key alone", () => {
      machine(google);
      const { status, stderr } = bash(script, env);
      assert.equal(status, 0, stderr);
      const sources = fs.readFileSync(path.join(folder, "sources"), "utf8");
      assert.match(
        sources,
        /^deb \[signed-by=\S+google-cloud-packages\.gpg\] https:\/\/packages\.cloud\.google\.com\/apt /,
      );
    });

    it("installs nothing when the key is another one", () => {
      machine("0000000000000000000000000000000000000000");
      const { status, stderr } = bash(script, env);
      assert.notEqual(status, 0);
      assert.match(stderr, new RegExp(`is not ${google}`));
      assert.deepEqual(
        log().filter((line) => /^(install|apt-get|gcloud) /.test(line)),
        [],
      );
    });

    it("installs nothing where the plugin is", () => {
      machine(google);
      standIn("gke-gcloud-auth-plugin");
      assert.equal(bash(script, env).status, 0);
      assert.deepEqual(
        log().map((line) => line.split(" ")[0]),
        ["gke-gcloud-auth-plugin", "gcloud"],
      );
    });

    it("logs gcloud in with the credentials that were exchanged, and says when there are none", () => {
      machine(google);
      standIn("gke-gcloud-auth-plugin");
      assert.equal(bash(script, env).status, 0);
      assert.equal(fs.readFileSync(path.join(folder, "login"), "utf8"), env.GOOGLE_CREDENTIALS);
      const without = bash(script);
      assert.notEqual(without.status, 0);
      assert.match(without.stderr, /operationContext\.oidc\.gcp/);
    });
  });
});

function installed(tool: string): string {
  const found = (process.env["PATH"] ?? "").split(path.delimiter).map((folder) => path.join(folder, tool));
  const file = found.find((candidate) => fs.existsSync(candidate));
  return file ?? assert.fail(`${tool} is not installed`);
}
