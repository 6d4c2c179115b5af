import * as assert from "node:assert/strict";
import type * as http from "node:http";
import * as path from "node:path";
import { jsonReply, type Reply } from "../../../rehearsal/chaos/gate";
import type { SimulatedProject } from "../../../rehearsal/google/project";
import { serveProject, socketVariable } from "../../../rehearsal/google/server";
import type { CheckRequest, ResourceRequest } from "../../../rehearsal/engine/providers/base";
import { GcpProvider } from "../../../rehearsal/engine/providers/gcp/provider";
import {
  isSecret,
  isUnknown,
  plain,
  UNKNOWN,
  type Properties,
} from "../../../rehearsal/engine/providers/values";
import {
  FakeHost,
  clusterArgs,
  foundation,
  newProject,
  projectId,
  region,
  temporaryFolder,
  token,
} from "./fixtures";

function request(type: string, name = "mesh"): ResourceRequest {
  return {
    urn: `urn:pulumi:s::p::${token(type)}::${name}`,
    name,
    type: token(type),
    signal: new AbortController().signal,
    log: () => undefined,
    status: () => undefined,
  };
}

describe("the gcp stand-in", () => {
  let project: SimulatedProject;
  let host: FakeHost;
  let server: http.Server;
  let provider: GcpProvider;

  before(async () => {
    ({ project, host } = newProject());
    const socket = path.join(temporaryFolder(), "google.sock");
    server = await serveProject(project, socket);
    process.env[socketVariable] = socket;
    provider = new GcpProvider();
    await provider.configure({ args: { project: projectId, region } });
    await foundation(project);
  });
  after(() => {
    delete process.env[socketVariable];
    server.close();
  });

  const checkWith = (type: string, news: Properties, more: Partial<CheckRequest> = {}) =>
    provider.check({
      ...request(type),
      olds: {},
      news,
      randomSeed: Buffer.from("abcdef0123", "hex"),
      ...more,
    });

  const reasons = async (type: string, news: Properties) =>
    ((await checkWith(type, news)).failures ?? []).map(({ reason }) => reason).join("\n");

  async function make(type: string, news: Properties) {
    const { inputs } = await checkWith(type, news);
    const { id, outputs } = await provider.create({ ...request(type), inputs, preview: false });
    return { id, inputs, outputs };
  }

  const diffOf = (
    type: string,
    made: { id: string; inputs: Properties; outputs: Properties },
    news: Properties,
  ) =>
    provider.diff({
      ...request(type),
      id: made.id,
      olds: plain(made.outputs),
      oldInputs: made.inputs,
      news,
      ignoreChanges: [],
    });

  describe("check", () => {
    it("words a missing argument as the bridge does", async () => {
      assert.equal(
        await reasons("firewall", { sourceRanges: ["10.0.0.0/8"], allows: [{ protocol: "tcp" }] }),
        `Missing required argument. The argument "network" is required, but no definition was found.. Examine values at 'mesh.network'.`,
      );
    });

    const refusals: [string, string, Properties, RegExp][] = [
      [
        "an argument that does not exist",
        "network",
        { autoCreateSubnetwork: false },
        /knows no argument "autoCreateSubnetwork".* Did you mean "autoCreateSubnetworks"\?/,
      ],
      ["a value of another type", "network", { autoCreateSubnetworks: "no" }, /expected a boolean, got "no"/],
      [
        "a name that Compute Engine does not take",
        "network",
        { name: "Mesh" },
        /"name" \("Mesh"\) doesn't match regexp/,
      ],
      [
        "a channel that does not exist",
        "cluster",
        { releaseChannel: { channel: "NEW" } },
        /expected release_channel\.0\.channel to be one of \["UNSPECIFIED" "RAPID" "REGULAR" "STABLE" "EXTENDED"\], got NEW/,
      ],
      [
        "a cluster name of 41 letters",
        "cluster",
        { name: "a".repeat(41) },
        /"name" cannot be longer than 40 characters/,
      ],
      [
        "a control-plane range other than /28",
        "cluster",
        { privateClusterConfig: { masterIpv4CidrBlock: "172.16.0.0/24" } },
        /between 28 and 28 significant bits, got: 24/,
      ],
      [
        "host bits in a control-plane range",
        "cluster",
        { privateClusterConfig: { masterIpv4CidrBlock: "172.16.0.1/28" } },
        /to contain a valid network Value/,
      ],
      [
        "an empty private cluster",
        "cluster",
        { privateClusterConfig: {} },
        /one of `private_cluster_config\.0\.enable_private_endpoint,.*` must be specified/,
      ],
      [
        "a range name and a block",
        "cluster",
        { ipAllocationPolicy: { clusterSecondaryRangeName: "pods", clusterIpv4CidrBlock: "/16" } },
        /Conflicting configuration arguments/,
      ],
      [
        "a pod range for a VPC-native cluster",
        "cluster",
        { clusterIpv4Cidr: "10.0.0.0/14", ipAllocationPolicy: {} },
        /"cluster_ipv4_cidr": conflicts with ip_allocation_policy/,
      ],
      [
        "Kubernetes' spelling of an effect",
        "pool",
        { cluster: "c", nodeConfig: { taints: [{ key: "a", value: "b", effect: "NoSchedule" }] } },
        /to be one of \["NO_SCHEDULE" "PREFER_NO_SCHEDULE" "NO_EXECUTE"\], got NoSchedule/,
      ],
      [
        "both node counts",
        "pool",
        { cluster: "c", initialNodeCount: 1, nodeCount: 1 },
        /Cannot set both initial_node_count and node_count/,
      ],
      [
        "a rule without sources",
        "firewall",
        { network: "mesh", allows: [{ protocol: "tcp" }] },
        /one of source_tags, source_ranges, or source_service_accounts must be defined/,
      ],
      [
        "a rule that allows and denies",
        "firewall",
        {
          network: "mesh",
          sourceRanges: ["0.0.0.0/0"],
          allows: [{ protocol: "tcp" }],
          denies: [{ protocol: "udp" }],
        },
        /one of `allow,deny` must be specified/,
      ],
      [
        "a record without its dot",
        "record",
        { managedZone: "z", name: "a.example.com", type: "A", rrdatas: ["203.0.113.1"] },
        /name field must end with trailing dot/,
      ],
      [
        "a service without a dot",
        "service",
        { service: "compute" },
        /to be a domain like serviceusage\.googleapis\.com/,
      ],
      ["a short account id", "account", { accountId: "mesh" }, /must be between 6 and 30 characters long/],
    ];
    for (const [title, type, news, text] of refusals)
      it(`refuses ${title}`, async () => assert.match(await reasons(type, news), text));

    it("accepts what is not known yet", async () => {
      assert.equal(await reasons("subnetwork", { network: UNKNOWN, ipCidrRange: UNKNOWN, region }), "");
    });

    it("refuses a resource type that it does not have", () => {
      assert.throws(
        () =>
          void provider.check({ ...request("gcp:sql/x:X"), olds: {}, news: {}, randomSeed: Buffer.alloc(0) }),
        /has no resource type gcp:sql\/x:X/,
      );
    });

    it("makes names, keeps them, and notes them as nobody's wish", async () => {
      const { inputs } = await checkWith("network", {});
      assert.equal(inputs.name, "mesh-abcdef0");
      assert.deepEqual(inputs.__defaults, [
        "autoCreateSubnetworks",
        "deleteBgpAlwaysCompareMed",
        "deleteDefaultRoutesOnCreate",
        "name",
        "networkFirewallPolicyEnforcementOrder",
      ]);
      const again = await checkWith(
        "network",
        {},
        { olds: inputs, randomSeed: Buffer.from("999999999999", "hex") },
      );
      assert.equal(again.inputs.name, "mesh-abcdef0");
    });
  });

  describe("plans", () => {
    it("leave everything open in preview that Google decides", async () => {
      const { inputs } = await checkWith("cluster", clusterArgs() as Properties);
      const { id, outputs } = await provider.create({ ...request("cluster"), inputs, preview: true });
      assert.equal(id, "");
      assert.equal(outputs.name, "us-east1");
      const closed = outputs.privateClusterConfig as Properties;
      assert.equal(closed.enablePrivateNodes, true);
      assert.ok(isUnknown(closed.privateEndpoint));
      for (const name of ["endpoint", "masterAuth", "masterVersion", "controlPlaneEndpointsConfig"])
        assert.ok(isUnknown(outputs[name]), name);
      assert.equal(host.clusters.size, 0);
    });

    it("see no change where nothing changed, for a cluster, also after a refresh", async () => {
      const made = await make("cluster", clusterArgs() as Properties);
      assert.deepEqual((await diffOf("cluster", made, made.inputs)).detailedDiff, {});
      const read = await provider.read({ ...request("cluster"), ...made });
      assert.deepEqual(read.inputs, made.inputs);
      assert.deepEqual(
        (await diffOf("cluster", { ...made, outputs: read.outputs }, made.inputs)).detailedDiff,
        {},
      );
      assert.ok(isSecret((made.outputs.masterAuth as Properties).clientKey));
    });

    it("replace, change in place or ignore, as the provider's schema says", async () => {
      const news = {
        name: "rule",
        network: "mesh",
        sourceRanges: ["10.0.0.0/8"],
        allows: [{ protocol: "tcp", ports: ["1"] }],
      };
      const made = await make("firewall", news);
      const reference = {
        ...made.inputs,
        network: `https://www.googleapis.com/compute/v1/projects/${projectId}/global/networks/mesh`,
      };
      assert.deepEqual((await diffOf("firewall", made, reference)).detailedDiff, {});
      const ports = { ...made.inputs, allows: [{ protocol: "TCP", ports: ["2"] }] };
      assert.deepEqual((await diffOf("firewall", made, ports)).detailedDiff, { allows: "update" });
      const direction = await diffOf("firewall", made, { ...made.inputs, direction: "EGRESS" });
      assert.deepEqual(direction.detailedDiff, { direction: "update-replace" });
      assert.equal(direction.deleteBeforeReplace, true);
    });

    it("make the new one first where the name is generated", async () => {
      const made = await make("globalAddress", {});
      const { inputs } = await checkWith("globalAddress", { description: "new" }, { olds: made.inputs });
      const diff = await diffOf("globalAddress", made, inputs);
      assert.deepEqual(diff.detailedDiff, { description: "add-replace" });
      assert.equal(diff.deleteBeforeReplace, false);
    });

    it("replace a subnetwork only when its range shrinks", async () => {
      const made = await make("subnetwork", {
        name: "west",
        region: "us-west1",
        network: "mesh",
        ipCidrRange: "10.32.0.0/20",
      });
      const grown = await diffOf("subnetwork", made, { ...made.inputs, ipCidrRange: "10.32.0.0/19" });
      assert.deepEqual(grown.detailedDiff, { ipCidrRange: "update" });
      const shrunk = await diffOf("subnetwork", made, { ...made.inputs, ipCidrRange: "10.32.0.0/24" });
      assert.deepEqual(shrunk.detailedDiff, { ipCidrRange: "update-replace" });
    });
  });

  it("refuses to delete a protected cluster by its old state", async () => {
    const resource = { ...request("cluster"), id: "x", inputs: {} };
    await assert.rejects(
      provider.delete({ ...resource, outputs: { deletionProtection: true } }),
      /deletion_protection is set to true/,
    );
    await provider.delete({ ...resource, outputs: { deletionProtection: false } });
  });

  it("words Google's refusals as the provider does", async () => {
    await assert.rejects(
      make("network", { name: "mesh", autoCreateSubnetworks: false }),
      (error: Error) =>
        error.message ===
        `1 error occurred:\n\t* Error creating Network: googleapi: Error 409: The resource 'projects/${projectId}/global/networks/mesh' already exists, alreadyExists\n`,
    );
  });

  it("changes in place, and takes away what is no longer asked for", async () => {
    const made = await make("firewall", {
      name: "gone",
      network: "mesh",
      description: "old",
      sourceRanges: ["10.0.0.0/8"],
      allows: [{ protocol: "all" }],
    });
    const { inputs } = await checkWith("firewall", {
      name: "gone",
      network: "mesh",
      sourceRanges: ["10.0.0.0/9"],
      allows: [{ protocol: "all" }],
    });
    const outputs = await provider.update({
      ...request("firewall"),
      id: made.id,
      olds: plain(made.outputs),
      oldInputs: made.inputs,
      news: inputs,
      preview: false,
      ignoreChanges: [],
    });
    assert.equal(outputs.description, undefined);
    assert.deepEqual(outputs.sourceRanges, ["10.0.0.0/9"]);
    assert.deepEqual((await diffOf("firewall", { ...made, outputs }, inputs)).detailedDiff, {});
  });

  it("says that a resource is gone", async () => {
    const read = await provider.read({
      ...request("network"),
      id: "projects/x/global/networks/none",
      inputs: {},
      outputs: {},
    });
    assert.equal(read.id, "");
  });

  it("answers functions", async () => {
    const signal = new AbortController().signal;
    const invoke = async (name: string, args: Properties) =>
      (await provider.invoke({ token: name, args, preview: false, signal })).result ?? {};
    assert.equal((await invoke("gcp:organizations/getProject:getProject", {})).number, "123456789012");
    const versions = await invoke("gcp:container/getEngineVersions:getEngineVersions", {
      location: region,
      versionPrefix: "1.33.",
    });
    assert.match(versions.latestMasterVersion as string, /^1\.33\./);
    assert.equal(
      (await invoke("gcp:compute/getNetwork:getNetwork", { name: "mesh" })).id,
      `projects/${projectId}/global/networks/mesh`,
    );
  });
});

describe("the gcp stand-in, where a call fails", () => {
  const network = { name: "mesh", autoCreateSubnetworks: false, project: projectId };
  let server: http.Server;

  afterEach(() => {
    delete process.env[socketVariable];
    server.close();
  });

  /** Creates a network behind a gate, which fails the first call. */
  async function create(gate: (carryOut: () => Promise<Reply>) => Promise<Reply | undefined>) {
    const { project } = newProject();
    const socket = path.join(temporaryFolder(), "google.sock");
    let calls = 0;
    server = await serveProject(project, socket, (_call, carryOut) =>
      ++calls === 1 ? gate(carryOut) : carryOut(),
    );
    process.env[socketVariable] = socket;
    project.enable("compute.googleapis.com");
    const provider = new GcpProvider();
    await provider.configure({ args: { project: projectId } });
    const type = "gcp:compute/network:Network";
    const made = await provider.create({ ...request(type), inputs: network, preview: false }).then(
      ({ id }) => id,
      (error: Error) => error.message,
    );
    return { made, calls };
  }

  it("tries again after 429, 500 and 503, and after a connection that broke, as the real one does", async () => {
    const refused = (status: number) => () =>
      Promise.resolve(
        jsonReply(status, { error: { code: status, reason: "backendError", message: "later" } }),
      );
    for (const gate of [refused(429), refused(500), refused(503), () => Promise.resolve(undefined)]) {
      const { made, calls } = await create(gate);
      assert.equal(made, `projects/${projectId}/global/networks/mesh`);
      assert.equal(calls, 2);
      server.close();
    }
  });

  it("does not forgive what the first call had made before its answer was lost", async () => {
    const { made } = await create(async (carryOut) => {
      await carryOut();
      return undefined;
    });
    assert.match(made, /Error 409: .* already exists/);
  });

  it("does not try again what is refused for good", async () => {
    const { made, calls } = await create(() =>
      Promise.resolve(jsonReply(403, { error: { code: 403, reason: "forbidden", message: "no" } })),
    );
    assert.match(made, /Error 403: no/);
    assert.equal(calls, 1);
  });
});
