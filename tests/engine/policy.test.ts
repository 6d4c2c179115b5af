import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { Rehearsal } from "../../rehearsal/host";
import { checkout, home } from "../../rehearsal/layout";
import { Processes } from "../../rehearsal/processes";
import { createProgress } from "../../rehearsal/progress";
import { Pulumi } from "../../rehearsal/pulumi";
import { ensureTools } from "../../rehearsal/tools";

const PACK = path.join(checkout, "policy");

/** What somebody may write beside the components: a gateway with a public address, which GKE opens to the world. */
const HANDWRITTEN = `
import * as core from "@pulumi/kubernetes/core/v1";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Provider } from "@pulumi/kubernetes/provider";

const kubeconfig = JSON.stringify({
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
  users: [{ name: "u", user: { token: "t" } }],
  contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
  "current-context": "c",
});
const provider = new Provider("cluster", { kubeconfig });
new CustomResource(
  "edge",
  { apiVersion: "networking.gke.io/v1beta1", kind: "FrontendConfig", metadata: { name: "edge", namespace: "istio-gateways" }, spec: {} },
  { provider },
);
new core.Service(
  "east-west",
  {
    metadata: { name: "istio-eastwestgateway", labels: { istio: "eastwestgateway" } },
    spec: { type: "LoadBalancer", ports: [{ port: 15443 }] },
  },
  { provider },
);
`;

describe("policies on the real engine", () => {
  const processes = new Processes();
  let rehearsal: Rehearsal;
  let pulumi: Pulumi;

  before(async () => {
    const tools = await ensureTools(createProgress());
    fs.rmSync(home, { recursive: true, force: true });
    rehearsal = await Rehearsal.start(tools, processes);
    pulumi = new Pulumi(tools.pulumi, processes, await rehearsal.environment());
    await pulumi.run(["stack", "select", "--create", "--stack", "us-east1"]);
  });

  after(async () => {
    await rehearsal?.stop();
    await processes.stopAll();
  });

  function configured(rules: Record<string, unknown>): string[] {
    const file = path.join(home, "policy-config.json");
    fs.writeFileSync(file, JSON.stringify(rules));
    return ["--policy-pack", PACK, "--policy-pack-config", file];
  }

  it("pass the mesh, and say what they cannot know before it is there", async () => {
    const { output } = await pulumi.run(["preview", "-s", "us-east1", "--policy-pack", "policy"]);
    assert.doesNotMatch(output, /\[mandatory\]/);
    assert.match(output, /can't run policy 'cacerts-complete'.*during preview/);
  });

  it("refuse a stack that breaks one, with rule, resource, what is wrong and what to do, and make nothing", async () => {
    const up = [
      "up",
      "-s",
      "us-east1",
      "--yes",
      ...configured({ "istio-workloads-available": { minReplicas: 3 } }),
    ];
    const error: unknown = await pulumi.run(up).catch((reason: unknown) => reason);
    assert.ok(error instanceof Error);
    assert.match(
      error.message,
      /\[mandatory\].*istio-workloads-available.*IstioOperator: mesh-us-east1-istiod/,
    );
    assert.match(error.message, /spec\.components\.pilot\.k8s\.hpaSpec\.minReplicas is 2: write 3 or more/);
    assert.deepEqual(rehearsal.project.list("gcp:compute/network:Network"), []);
  });

  it("take their levels from the configuration", async () => {
    const levels = {
      "istio-workloads-available": { minReplicas: 3, enforcementLevel: "advisory" },
      "cacerts-complete": "disabled",
    };
    const { output } = await pulumi.run(["preview", "-s", "us-east1", ...configured(levels)]);
    assert.match(output, /\[advisory\].*istio-workloads-available/);
    assert.doesNotMatch(output, /cacerts-complete/);
  });

  it("mend what they find in the program, where its level says so", async () => {
    const mending = { all: "remediate", "istio-workloads-available": { minReplicas: 3 } };
    const { output } = await pulumi.run(["preview", "-s", "us-east1", ...configured(mending)]);
    assert.match(output, /\[remediate\].*istio-workloads-available/);
    assert.doesNotMatch(output, /\[mandatory\]/);
  });

  it("judge what another program writes by hand", async () => {
    const folder = path.join(home, "handwritten");
    fs.mkdirSync(folder, { recursive: true });
    fs.symlinkSync(path.join(checkout, "node_modules"), path.join(folder, "node_modules"));
    fs.copyFileSync(path.join(PACK, "tsconfig.json"), path.join(folder, "tsconfig.json"));
    fs.writeFileSync(path.join(folder, "package.json"), `{"name": "handwritten", "main": "index.ts"}`);
    fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: handwritten\nruntime: nodejs\n");
    fs.writeFileSync(path.join(folder, "index.ts"), HANDWRITTEN);
    await pulumi.run(["stack", "select", "-C", folder, "--create", "--stack", "test"]);
    const preview = ["preview", "-C", folder, "-s", "test"];
    const error: unknown = await pulumi
      .run([...preview, "--policy-pack", PACK])
      .catch((reason: unknown) => reason);
    assert.ok(error instanceof Error);
    assert.match(error.message, /east-west-gateway-internal.*core\/v1:Service: east-west/);
    assert.match(error.message, /load-balancer-type missing: a public address; write "Internal"/);
    assert.match(error.message, /loadBalancerSourceRanges is missing: GKE's firewall rule admits the world/);
    assert.match(error.message, /frontend-https-redirect.*FrontendConfig: edge/);

    const mending = configured({ all: "advisory", "frontend-https-redirect": "remediate" });
    const { output } = await pulumi.run([...preview, ...mending, "--diff"]);
    assert.match(output, /\[remediate\].*frontend-https-redirect/);
    assert.match(output, /redirectToHttps/);
    assert.doesNotMatch(output, /\[mandatory\]/);
  });
});
