import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { neededPermissions } from "../../components/permissions";
import { findingsOf } from "../../components/projectAccess";
import { mesh } from "../unit/manifests/mesh";
import { configOf, runProgram } from "./program";
import { type Says, withResourceManager } from "./resourceManager";

const without =
  (...lacking: string[]): Says =>
  (permissions) => ({
    status: 200,
    body: { permissions: permissions.filter((one) => !lacking.includes(one)) },
  });

/** As docs/continuous-delivery.md makes it. */
const reader: Says = () => ({ status: 200, body: { permissions: ["container.clusters.connect"] } });

const disabled = {
  error: {
    message: "Cloud Resource Manager API has not been used in project 1 before or it is disabled.",
    details: [{ reason: "SERVICE_DISABLED", metadata: { consumer: "projects/410000000001" } }],
  },
};

/** Runs the stack us-east1 with an account of which this is said. */
function runWith(says: Says, options: { preview?: boolean; config?: object } = {}) {
  const { preview = false, config = {} } = options;
  return withResourceManager(says, async (asked) => ({
    asked,
    ...(await runProgram({ ...configOf("us-east1"), ...config }, { stack: "us-east1", preview })),
  }));
}

describe("the account that Pulumi runs with", () => {
  it("is asked about once, with the provider's token, for what this stack makes", async () => {
    const { asked, errors } = await runWith(without(), { preview: true });
    assert.deepEqual(errors, []);
    assert.equal(asked.length, 1);
    assert.equal(asked[0]?.line, "POST /v1/projects/my-project:testIamPermissions");
    assert.equal(asked[0]?.authorization, "Bearer a-token");
    assert.ok(asked[0]?.permissions.includes("compute.networks.create"));
  });

  it("is refused before anything is registered, with the roles and the lines that give them", async () => {
    const { resources, errors } = await runWith(without("compute.networks.create", "gkehub.features.create"));
    assert.deepEqual(resources, []);
    assert.deepEqual(errors[0]?.message.split("\n"), [
      "The account that Pulumi runs with lacks permissions in the project my-project; nothing was changed. Give it these roles (MEMBER is user:<you> or serviceAccount:<account>; all of them are in docs/google-cloud.md):",
      "  - compute.networks.create: gcloud projects add-iam-policy-binding my-project --member MEMBER --role roles/compute.networkAdmin --condition None",
      "  - gkehub.features.create: gcloud projects add-iam-policy-binding my-project --member MEMBER --role roles/gkehub.editor --condition None",
      "If it has them under a condition or on single resources, Google does not say so beforehand: pulumi config set mesh:checkPermissions false",
    ]);
  });

  it("is warned in a preview, which makes nothing", async () => {
    const { errors, warnings } = await runWith(without("compute.networks.create"), { preview: true });
    assert.deepEqual(errors, []);
    assert.ok(warnings.some((line) => /lacks permissions in the project my-project\. /.test(line)));
  });

  it("may be one that only looks, in a preview", async () => {
    const { errors, warnings } = await runWith(reader, { preview: true });
    assert.deepEqual(errors, []);
    assert.ok(!warnings.some((line) => line.includes("permissions")), warnings.join("\n"));
  });

  it("is not asked about where the user says so", async () => {
    const config = { "mesh:checkPermissions": false };
    const { asked, errors } = await runWith(without("compute.networks.create"), { preview: true, config });
    assert.deepEqual([asked, errors], [[], []]);
  });

  const refusals: [what: string, says: ReturnType<Says>, message: RegExp][] = [
    [
      "the API is off",
      { status: 403, body: disabled },
      /gcloud services enable cloudresourcemanager\.googleapis\.com serviceusage\.googleapis\.com --project 410000000001/,
    ],
    ["nobody knows it", { status: 401, body: {} }, /Run: gcloud auth application-default login/],
    [
      "the project is not there",
      { status: 403, body: { error: { message: "The caller does not have permission" } } },
      /^The project my-project \(gcp:project\) does not exist, or .* may not see it \(403\).*pulumi config set gcp:project/,
    ],
  ];
  for (const [what, says, message] of refusals) {
    it(`is refused when ${what}, and never is its token shown`, async () => {
      const { resources, errors } = await runWith(() => says, { preview: true });
      assert.deepEqual(resources, []);
      assert.match(String(errors[0]?.message), message);
      assert.ok(!String(errors[0]?.message).includes("a-token"));
    });
  }

  it("is let go on when nobody answers: that is for certain of nothing", async () => {
    const { errors, warnings } = await runWith(
      () => ({ status: 503, body: { error: { message: "busy" } } }),
      {
        preview: true,
      },
    );
    assert.deepEqual(errors, []);
    assert.ok(warnings.some((line) => /^Nobody could say beforehand .*: busy \(503\)$/.test(line)));
  });

  it("is only warned of a role that may be given on single resources", () => {
    const needs = neededPermissions(mesh(), ["us-east1"]);
    const granted = needs.flatMap(({ elsewhere, permissions }) => (elsewhere ? [] : permissions));
    const { error, warning } = findingsOf("p", needs, { granted }, false);
    assert.equal(error, undefined);
    assert.match(
      warning ?? "",
      /actAs.*iam\.serviceAccountUser.*setIamPolicy.*condition\.yaml.*all is well\.$/s,
    );
  });
});

describe("what a stack needs", () => {
  const permissions = (...args: Parameters<typeof neededPermissions>) =>
    neededPermissions(...args).flatMap((need) => need.permissions);

  it("is less where it joins", () => {
    const joining = permissions(mesh(), ["us-central1"]);
    assert.ok(joining.includes("container.clusters.create"));
    for (const once of [
      "compute.networks.create",
      "gkehub.features.create",
      "serviceusage.services.enable",
    ]) {
      assert.ok(!joining.includes(once), once);
    }
  });

  it("is nothing in Google Cloud for an existing cluster that no fleet knows", () => {
    const existing = { server: "https://10.0.0.2" };
    const whole = mesh({ clusters: { ...mesh().clusters, campus: { existing } } });
    assert.deepEqual(neededPermissions(whole, ["campus"]), []);
  });

  it("stays with the home cluster's stack what exists once, whichever is the config cluster", () => {
    const moved = mesh({ configCluster: "us-central1", homeCluster: "us-east1" });
    for (const stack of ["us-east1", "us-central1"]) {
      assert.deepEqual(permissions(moved, [stack]), permissions(mesh(), [stack]));
    }
  });

  it("is given by roles that the pages name", () => {
    const pages = ["google-cloud.md", "configuration.md"].map((name) =>
      readFileSync(join(__dirname, "../../docs", name), "utf8"),
    );
    const whole = mesh({
      dns: { zone: "zone", domain: "mesh.example.com" },
      routes: [{ name: "shop", service: "shop", namespace: "shop", port: 80 }],
      certificateAuthority: { source: "authorityService", pool: "mesh", location: "us-east1" },
    });
    const roles = neededPermissions(whole, ["us-east1"]).map(({ role }) => role);
    assert.ok(roles.length >= 9);
    for (const role of roles) assert.ok(pages.join().includes(`roles/${role}`), role);
  });
});
