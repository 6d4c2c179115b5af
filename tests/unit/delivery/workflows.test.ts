import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { modules } from "../../../rehearsal/tools/table";
import { actionFiles, checkout, jobs, steps, workflow, workflowFiles } from "./workflows";

const files = { ...workflowFiles, ...actionFiles };
const readJson = (file: string) =>
  JSON.parse(fs.readFileSync(path.join(checkout, file), "utf8")) as {
    scripts: Record<string, string>;
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
const guide = fs.readFileSync(path.join(checkout, "docs/continuous-delivery.md"), "utf8");
const pulumiRuns = steps().filter(([, { run }]) => /\bpulumi (preview|up)\b/.test(run ?? ""));

describe("the workflows", () => {
  // The package is ESM; this is what GitHub's own editor extension checks with.
  for (const [file, content] of Object.entries(workflowFiles)) {
    it(`${file} is what GitHub accepts`, async () => {
      assert.deepEqual(await workflowProblems(content), []);
    });
  }
  for (const [file, content] of Object.entries(actionFiles)) {
    it(`${file} is an action that GitHub accepts`, async () => {
      assert.deepEqual(await actionProblems(content), []);
    });
  }

  it("are refused with a misspelt key, an unknown context, or a job that is needed and not there", async () => {
    const good = workflowFiles["deploy.yml"] ?? "";
    for (const [right, wrong] of [
      ["timeout-minutes:", "timeout-minuts:"],
      ["${{ vars.PULUMI_BACKEND_URL }}", "${{ variables.PULUMI_BACKEND_URL }}"],
      ["needs: us-east1", "needs: us-west1"],
    ] as const) {
      assert.ok(good.includes(right), right);
      assert.notDeepEqual(await workflowProblems(good.replace(right, wrong)), [], wrong);
    }
    const action = Object.values(actionFiles)[0] ?? "";
    assert.notDeepEqual(await actionProblems(action.replace("using: composite", "using: composit")), []);
  });

  it("pin each action by its commit, with the version for people and for updates", () => {
    for (const [file, text] of Object.entries(files)) {
      for (const [, uses] of text.matchAll(/^\s*(?:- )?uses: (.*)$/gm)) {
        assert.match(
          uses ?? "",
          /^(\.\/\.github\/\S+|[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/,
          file,
        );
      }
    }
  });

  it("pin one action at one commit everywhere", () => {
    const pins = new Map<string, string>();
    for (const [name, { uses }] of steps()) {
      const [action = "", commit = ""] = (uses ?? "").split("@");
      if (commit) assert.equal(pins.get(action) ?? commit, commit, `${action} in ${name}`);
      pins.set(action, commit);
    }
    assert.ok(pins.size > 5);
  });

  it("give no permission but by job, and each job a time limit", () => {
    for (const file of Object.keys(workflowFiles)) assert.deepEqual(workflow(file).permissions, {}, file);
    for (const [name, job] of jobs()) {
      assert.ok(job.permissions, `${name} has no permissions`);
      // A job that calls a workflow may have none: the called job has one.
      if (!job.uses) assert.ok(job["timeout-minutes"], `${name} has no timeout-minutes`);
    }
  });

  it("give the right to write to no job that runs the repository's code", () => {
    for (const [name, job] of jobs()) {
      const writes = Object.entries(job.permissions ?? {}).filter(([, level]) => level === "write");
      const scopes = writes.map(([scope]) => scope).filter((scope) => scope !== "id-token");
      const checksOut = (job.steps ?? []).some(({ uses }) => uses?.startsWith("actions/checkout@"));
      assert.ok(!checksOut || scopes.length === 0, `${name}: ${scopes.join(", ")}`);
    }
  });

  it("leave no token in the checkout", () => {
    for (const [name, { uses, with: inputs }] of steps()) {
      if (uses?.startsWith("actions/checkout@")) assert.equal(inputs?.["persist-credentials"], false, name);
    }
  });

  it("know no secret: credentials come by OpenID Connect", () => {
    for (const [file, text] of Object.entries(files)) {
      assert.doesNotMatch(text, /\bsecrets\b|credentials_json|PULUMI_ACCESS_TOKEN|PASSPHRASE/i, file);
    }
  });

  it("put no expression into a script, where its text would be run", () => {
    for (const [name, { run }] of steps()) assert.doesNotMatch(run ?? "", /\$\{\{/, name);
  });

  it("run nothing that they download, but through a package manager", () => {
    for (const [name, { run }] of steps()) assert.doesNotMatch(run ?? "", /curl|wget|npx/, name);
  });

  it("run only scripts that package.json has", () => {
    const { scripts } = readJson("package.json");
    const named = steps().flatMap(([, { run }]) =>
      [...(run ?? "").matchAll(/\bnpm (?:run )?(?!ci\b)([\w:]+)/g)].map(([, script = ""]) => script),
    );
    assert.deepEqual([...new Set(named)].sort(), ["lint", "test"]);
    for (const script of named) assert.ok(scripts[script], script);
  });

  it("have the policy pack on in each preview and update", () => {
    assert.equal(pulumiRuns.length, 4);
    for (const [name, { run }] of pulumiRuns) assert.match(run ?? "", / --policy-pack policy /, name);
  });

  it("need no install of their own for the pack: all its packages are the repository's", () => {
    const { dependencies, devDependencies } = readJson("package.json");
    const installed = { ...dependencies, ...devDependencies };
    for (const [name, version] of Object.entries(readJson("policy/package.json").dependencies)) {
      assert.equal(installed[name], version, name);
    }
  });

  it("install the Pulumi that the rehearsal runs, and the plugin that reaches clusters", () => {
    const inputs = (action: string) =>
      steps().find(([, { uses }]) => uses?.startsWith(`${action}@`))?.[1].with;
    assert.equal(`v${String(inputs("pulumi/actions")?.["pulumi-version"])}`, modules.pulumi.requires.version);
    const components = inputs("google-github-actions/setup-gcloud")?.["install_components"];
    assert.equal(components, "gke-gcloud-auth-plugin");
  });

  it("take every name in the cloud from the repository's variables", () => {
    const variables = new Set(
      Object.values(workflowFiles).flatMap((text) =>
        [...text.matchAll(/\bvars\.(\w+)/g)].map(([, name]) => name),
      ),
    );
    assert.deepEqual([...variables].sort(), [
      "GOOGLE_DEPLOY_SERVICE_ACCOUNT",
      "GOOGLE_PREVIEW_SERVICE_ACCOUNT",
      "GOOGLE_WORKLOAD_IDENTITY_PROVIDER",
      "PULUMI_BACKEND_URL",
      "PULUMI_ORGANIZATION",
    ]);
    for (const name of variables) assert.match(guide, new RegExp(`\\b${name}\\b`));
    for (const [file, text] of Object.entries(files)) {
      assert.doesNotMatch(text, /gs:\/\/|projects\/|gserviceaccount/, file);
    }
  });
});

describe("the order of deployments", () => {
  const { jobs: deploy, concurrency, on } = workflow("deploy.yml");

  it("is the config cluster's stack first, then the next, after all checks", () => {
    assert.deepEqual(Object.keys(deploy), ["checks", "us-east1", "us-central1"]);
    assert.equal(deploy["us-east1"]?.needs, "checks");
    assert.equal(deploy["us-central1"]?.needs, "us-east1");
    for (const stack of ["us-east1", "us-central1"]) {
      const runs = (deploy[stack]?.steps ?? []).flatMap(({ run }) => run ?? []);
      assert.equal(runs.length, 1);
      assert.match(runs[0] ?? "", new RegExp(`^pulumi up --stack ${stack} .*--yes`));
    }
  });

  it("never has two at once, nor one that is broken off", () => {
    assert.deepEqual(concurrency, { group: "deploy", "cancel-in-progress": false });
  });

  it("starts from main alone, and can wait for an approval", () => {
    assert.deepEqual(on["push"], { branches: ["main"] });
    assert.match(deploy["us-east1"]?.if ?? "", /github\.ref == 'refs\/heads\/main'/);
    for (const stack of ["us-east1", "us-central1"]) assert.equal(deploy[stack]?.environment, "production");
  });
});

describe("a pull request", () => {
  const { jobs: pull, on } = workflow("pull-request.yml");

  it("runs by its own event, never by one that has the repository's rights", () => {
    assert.deepEqual(Object.keys(on), ["pull_request"]);
    for (const file of Object.keys(workflowFiles)) {
      const events = Object.keys(workflow(file).on);
      assert.ok(!events.some((event) => ["pull_request_target", "workflow_run"].includes(event)), file);
    }
  });

  it("gets credentials only from a branch of this repository, and never those that deploy", () => {
    assert.match(pull["preview"]?.if ?? "", /head\.repo\.full_name == github\.repository/);
    for (const [name, job] of jobs()) {
      const mayAsk = job.permissions?.["id-token"] === "write";
      const text = JSON.stringify(job.steps ?? []);
      assert.equal(text.includes("GOOGLE_DEPLOY_SERVICE_ACCOUNT"), job.environment === "production", name);
      // Google's condition goes by the environment.
      assert.equal(mayAsk, job.environment !== undefined, name);
    }
    const environments = new Set(jobs().flatMap(([, { environment }]) => environment ?? []));
    const trusted = [...guide.matchAll(/^trust \S+ (\w+)$/gm)].map(([, environment]) => environment);
    assert.deepEqual(trusted.sort(), [...environments].sort());
  });

  it("previews every stack that is deployed, and so does the look for drift", () => {
    const stacks = Object.keys(workflow("deploy.yml").jobs).filter((name) => name !== "checks");
    assert.deepEqual(pull["preview"]?.strategy?.matrix.stack, stacks);
    assert.deepEqual(workflow("drift.yml").jobs["compare"]?.strategy?.matrix.stack, stacks);
    const comment = pull["comment"]?.steps?.at(-1)?.run ?? "";
    assert.ok(comment.includes(`for stack in ${stacks.join(" ")}; do`));
  });
});

describe("the look for drift", () => {
  it("asks Google and the clusters, fails on a difference, and changes nothing", () => {
    const run = workflow("drift.yml").jobs["compare"]?.steps?.at(-1)?.run ?? "";
    assert.match(run, /^pulumi preview .*--refresh .*--expect-no-changes/);
    assert.doesNotMatch(run, /pulumi (up|refresh|destroy)/);
  });
});

async function workflowProblems(content: string): Promise<string[]> {
  const parser = await import("@actions/workflow-parser");
  const { context, value } = parser.parseWorkflow(
    { name: "it", content },
    new parser.NoOperationTraceWriter(),
  );
  if (value) await parser.convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(String);
}

async function actionProblems(content: string): Promise<string[]> {
  const { NoOperationTraceWriter } = await import("@actions/workflow-parser");
  const { parseAction } = await import("@actions/workflow-parser/actions/action-parser");
  const { context } = parseAction({ name: "it", content }, new NoOperationTraceWriter());
  return context.errors.getErrors().map(String);
}
