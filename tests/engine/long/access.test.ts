import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { home } from "../../../rehearsal/layout";
import { PROJECT } from "../../../rehearsal/program";
import { Stage } from "../stage";

const WITHHELD = path.join(home, "withheld-permissions.json");
const STACK = "us-east1";
const RESOURCE_MANAGER = "cloudresourcemanager.googleapis.com";

describe("what the account may do, on the real engine", () => {
  let stage: Stage;

  before(async () => {
    stage = await Stage.open();
    await stage.create(STACK);
  });

  afterEach(() => fs.rmSync(WITHHELD, { force: true }));

  after(() => stage?.close());

  /** What `pulumi up` says when it refuses, and that it made nothing. */
  async function refusal(...options: string[]): Promise<string> {
    const error: unknown = await stage.up(STACK, ...options).catch((reason: unknown) => reason);
    assert.ok(error instanceof Error, "the update was not refused");
    for (const kind of ["gcp:compute/network:Network", "gcp:container/cluster:Cluster"]) {
      assert.deepEqual(stage.rehearsal.project.list(kind), []);
    }
    return error.message;
  }

  it("stops an update before anything is made, with each role that is missing and the line that gives it", async () => {
    fs.writeFileSync(WITHHELD, JSON.stringify(["compute.networks.create", "container.clusters.create"]));
    const said = await refusal();
    assert.match(said, /lacks permissions in the project rehearsal; nothing was changed/);
    for (const [permission, role] of [
      ["compute.networks.create", "compute.networkAdmin"],
      ["container.clusters.create", "container.admin"],
    ]) {
      const line = `${permission}: gcloud projects add-iam-policy-binding ${PROJECT.id} --member MEMBER --role roles/${role} --condition None`;
      assert.ok(said.includes(line), said);
    }
    assert.ok(!said.includes("gkehub.editor"), said);
  });

  it("stops an update into a project that is not there", async () => {
    const said = await refusal("-c", "gcp:project=other-project");
    assert.match(said, /The project other-project \(gcp:project\) does not exist, or .* \(403\)/);
    await stage.pulumi.run(["config", "set", "gcp:project", PROJECT.id, "-s", STACK]);
  });

  it("stops an update when the API that answers is off, with the line that switches it on", async () => {
    const { project } = stage.rehearsal;
    project.disable(RESOURCE_MANAGER);
    try {
      const said = await refusal();
      assert.match(said, /^.*Cloud Resource Manager is not switched on in the project 410000000001/m);
      assert.match(
        said,
        /gcloud services enable cloudresourcemanager\.googleapis\.com .*--project 410000000001/,
      );
    } finally {
      project.enable(RESOURCE_MANAGER);
    }
  });

  it("is said in a preview, which goes on", async () => {
    fs.writeFileSync(WITHHELD, JSON.stringify(["compute.networks.create"]));
    const { output } = await stage.pulumi.run(["preview", "-s", STACK]);
    assert.match(
      output,
      /warning: The account that Pulumi runs with lacks permissions in the project rehearsal\./,
    );
    assert.match(output, /compute\.networks\.create: gcloud projects add-iam-policy-binding rehearsal/);
    assert.match(output, /\+ \d+ to create/);
  });

  it("is not mentioned where nothing is missing", async () => {
    const { output } = await stage.pulumi.run(["preview", "-s", STACK]);
    assert.doesNotMatch(output, /permission/);
  });
});
