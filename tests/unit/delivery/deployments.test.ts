import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import ts from "typescript";
import { parse } from "yaml";
import { type Delivery, driftSchedule, nextStack, stackSettings } from "../../../deployments/settings";
import { checkout, workflow } from "./workflows";

const delivery: Delivery = {
  organization: "my-org",
  project: "mesh",
  repository: "my-org/mesh",
  stacks: ["us-east1", "us-central1", "europe-west1"],
  google: {
    projectNumber: "123456789012",
    workloadPoolId: "pulumi",
    providerId: "pulumi-cloud",
    serviceAccount: "pulumi@my-admin-project.iam.gserviceaccount.com",
  },
};
interface Settings {
  vcs: { deployCommits: boolean; previewPullRequests: boolean };
  operationContext: {
    oidc: { gcp: Record<string, string> };
    preRunCommands: string[];
    environmentVariables: Record<string, string>;
    options: Record<string, boolean>;
  };
}
const all = delivery.stacks.map((stack) => stackSettings(stack, delivery) as unknown as Settings);
const project = (folder: string) =>
  parse(fs.readFileSync(path.join(checkout, folder, "Pulumi.yaml"), "utf8")) as {
    name: string;
    config: Record<string, { default?: unknown }>;
  };

describe("Pulumi Deployments", () => {
  it("start the config cluster's stack at a push, and no other", () => {
    assert.deepEqual(
      all.map(({ vcs }) => vcs.deployCommits),
      [true, false, false],
    );
  });

  it("start the next stack when an update of the one before has succeeded, and at nothing else", () => {
    const { filters, groups, format, projectName, stackName, payloadUrl } = nextStack(
      "us-east1",
      "us-central1",
      delivery,
    );
    assert.deepEqual(
      { filters, groups, format },
      {
        filters: ["update_succeeded"],
        groups: undefined,
        format: "pulumi_deployments",
      },
    );
    assert.deepEqual([projectName, stackName, payloadUrl], ["mesh", "us-east1", "mesh/us-central1"]);
  });

  it("run no branch's code with the account that may change the mesh", () => {
    for (const { vcs } of all) assert.equal(vcs.previewPullRequests, false);
  });

  it("log in by OpenID Connect, with no key", () => {
    for (const { operationContext } of all) {
      assert.deepEqual(operationContext.oidc.gcp, {
        projectId: "123456789012",
        workloadPoolId: "pulumi",
        providerId: "pulumi-cloud",
        serviceAccount: "pulumi@my-admin-project.iam.gserviceaccount.com",
      });
    }
    assert.doesNotMatch(JSON.stringify(all), /password|token|secret|privateKey/i);
  });

  it("prepare plugin and packages, and have the policy pack on", () => {
    for (const { operationContext } of all) {
      const { preRunCommands, environmentVariables, options } = operationContext;
      assert.deepEqual(preRunCommands, ["bash deployments/prepare.sh", "npm ci"]);
      assert.equal(options["skipInstallDependencies"], true);
      assert.ok(
        fs.existsSync(
          path.join(checkout, environmentVariables["PULUMI_OPTION_POLICY_PACK"] ?? "", "PulumiPolicy.yaml"),
        ),
      );
    }
  });

  it("look for drift without mending it", () => {
    assert.equal(driftSchedule("us-east1", delivery).autoRemediate, false);
  });

  it("have the stacks, their order and their project by default as the workflows and Pulumi.yaml do", () => {
    const { config } = project("deployments");
    const stacks = Object.keys(workflow("deploy.yml").jobs).filter((name) => name !== "checks");
    assert.deepEqual(config["stacks"]?.default, stacks);
    assert.equal(config["project"]?.default, project(".").name);
  });

  describe("are checked by the types of Pulumi's own package", function () {
    this.timeout(60000);
    const source = fs.readFileSync(path.join(checkout, "deployments/settings.ts"), "utf8");

    it("as they are", () => assert.deepEqual(typeErrors(source), []));

    for (const [right, wrong] of [
      ["preRunCommands:", "preRunCommand:"],
      ["workloadPoolId: google", "workloadPool: google"],
      ["skipInstallDependencies:", "skipInstallDependency:"],
      ["deployCommits: stack", "deployCommit: stack"],
      ["cacheOptions:", "cacheOption:"],
      ['"update_succeeded"', '"update_succeded"'],
      ["autoRemediate:", "autoRemediation:"],
      ["payloadUrl:", "payloadURL:"],
    ] as const) {
      it(`and refused with ${wrong}`, () => {
        assert.equal(source.split(right).length, 2, `${right} is there once`);
        const problems = typeErrors(source.replace(right, wrong));
        assert.equal(problems.length, 1, problems.join("\n"));
      });
    }
  });
});

const file = path.join(checkout, "deployments/settings.ts");
const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(path.join(checkout, "deployments/tsconfig.json"), (name) => ts.sys.readFile(name)).config,
  ts.sys,
  path.join(checkout, "deployments"),
);
const host = ts.createCompilerHost(options);
let before: ts.Program | undefined;

/** What the compiler says of settings.ts if `text` were in it. */
function typeErrors(text: string): string[] {
  const getSourceFile: ts.CompilerHost["getSourceFile"] = (name, ...rest) =>
    path.resolve(name) === file
      ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022)
      : (before?.getSourceFile(name) ?? host.getSourceFile(name, ...rest));
  before = ts.createProgram([file], options, { ...host, getSourceFile }, before);
  return ts
    .getPreEmitDiagnostics(before, before.getSourceFile(file))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}
