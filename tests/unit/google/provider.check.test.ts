import * as assert from "node:assert/strict";
import { UNKNOWN, type Properties } from "../../../rehearsal/engine/providers/values";
import { region } from "./fixtures";
import { request, ServedProvider } from "./servedProvider";

describe("the gcp stand-in's check", () => {
  let gcp: ServedProvider;
  before(async () => (gcp = await ServedProvider.start()));
  after(() => gcp.stop());

  it("words a missing argument as the bridge does", async () => {
    assert.equal(
      await gcp.reasons("firewall", { sourceRanges: ["10.0.0.0/8"], allows: [{ protocol: "tcp" }] }),
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
    it(`refuses ${title}`, async () => assert.match(await gcp.reasons(type, news), text));

  it("accepts what is not known yet", async () => {
    assert.equal(await gcp.reasons("subnetwork", { network: UNKNOWN, ipCidrRange: UNKNOWN, region }), "");
  });

  it("refuses a resource type that it does not have", () => {
    assert.throws(
      () =>
        void gcp.provider.check({
          ...request("gcp:sql/x:X"),
          olds: {},
          news: {},
          randomSeed: Buffer.alloc(0),
        }),
      /has no resource type gcp:sql\/x:X/,
    );
  });

  it("makes names, keeps them, and notes them as nobody's wish", async () => {
    const { inputs } = await gcp.check("network", {});
    assert.equal(inputs.name, "mesh-abcdef0");
    assert.deepEqual(inputs.__defaults, [
      "autoCreateSubnetworks",
      "deleteBgpAlwaysCompareMed",
      "deleteDefaultRoutesOnCreate",
      "name",
      "networkFirewallPolicyEnforcementOrder",
    ]);
    const again = await gcp.check(
      "network",
      {},
      { olds: inputs, randomSeed: Buffer.from("999999999999", "hex") },
    );
    assert.equal(again.inputs.name, "mesh-abcdef0");
  });
});
