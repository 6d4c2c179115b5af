import assert from "node:assert/strict";
import { PeerStacks } from "../../components/peers";
import { mesh } from "../unit/manifests/mesh";
import { register, run, type StackOutputs } from "./mocks";
import { all, one, PROVIDER } from "./support";

const REFERENCE = "pulumi:pulumi:StackReference";

const EAST = {
  outputs: {
    network: "projects/my-project/global/networks/mesh",
    address: "203.0.113.7",
    rootCertificate: "root\n",
    intermediates: { "us-central1": { certificate: "own\n", privateKey: "key\n" } },
    clusters: {
      "us-east1": { kubeconfig: "kubeconfig", server: "https://10.16.0.2", certificateAuthority: "Q0E=" },
    },
  },
  secretOutputs: ["intermediates"],
};

/** Values and secretness of everything that the peers give. */
function read(stacks: StackOutputs, stack?: string) {
  const clusters = { "us-east1": { stack, ranges: undefined } };
  const whole = mesh(stack === undefined ? {} : { clusters });
  return run(
    () => {
      const others = new PeerStacks(whole);
      const [peer] = others.peers("mesh", ["us-east1"]);
      assert.ok(peer);
      const { server, kubeconfig, certificateAuthority } = peer.cluster;
      return { ...others.shared(), server, kubeconfig, certificateAuthority };
    },
    { stack: "us-central1", stacks },
  );
}

describe("a peer", () => {
  it("is worked in through a provider with a plain identifier, by what its stack exports", async () => {
    const { resources, outputs } = await read({ "organization/mesh/us-east1": EAST });
    const provider = one(resources, PROVIDER, "mesh-peer-us-east1");
    assert.equal(provider.inputs.clusterIdentifier, "mesh/us-east1");
    assert.equal(provider.inputs.upsertExistingObjects, "false");
    assert.equal(provider.inputs.kubeconfig, "kubeconfig");
    assert.equal(provider.parent, "mesh:index:Peer::mesh-peer-us-east1");
    assert.deepEqual(provider.dependencies, [`${REFERENCE}::organization/mesh/us-east1`]);
    assert.equal(outputs.server, "https://10.16.0.2");
    assert.equal(outputs.certificateAuthority, "Q0E=");
  });

  it("has no cluster here that its objects could go with", () =>
    register(
      () => {
        const [peer] = new PeerStacks(mesh()).peers("mesh", ["us-east1"]);
        assert.equal(peer?.cluster.deletedWith, undefined);
        assert.equal(peer?.cluster.network, "us-east1");
      },
      { stack: "us-central1", stacks: { "organization/mesh/us-east1": EAST } },
    ));

  it("keeps a kubeconfig secret that its stack exports as a secret", async () => {
    const stack = { ...EAST, secretOutputs: ["intermediates", "clusters"] };
    const { resources } = await read({ "organization/mesh/us-east1": stack });
    assert.deepEqual(one(resources, PROVIDER).secretInputs, ["kubeconfig"]);
  });
});

describe("what the config cluster's stack made for all", () => {
  it("is read, and of it only the intermediates are secret", async () => {
    const { outputs, secretOutputs, errors } = await read({ "organization/mesh/us-east1": EAST });
    assert.deepEqual(errors, []);
    assert.equal(outputs.network, "projects/my-project/global/networks/mesh");
    assert.equal(outputs.address, "203.0.113.7");
    assert.equal(outputs.rootCertificate, "root\n");
    assert.deepEqual(outputs.intermediates, EAST.outputs.intermediates);
    assert.deepEqual(secretOutputs, ["intermediates"]);
  });

  it("is secret in the intermediates even if that stack forgot it", async () => {
    const { secretOutputs } = await read({ "organization/mesh/us-east1": { ...EAST, secretOutputs: [] } });
    assert.deepEqual(secretOutputs, ["intermediates"]);
  });
});

describe("the stack of a peer", () => {
  for (const [written, full] of [
    ["production", "organization/mesh/production"],
    ["network/production", "organization/network/production"],
    ["acme/network/production", "acme/network/production"],
  ] as const) {
    it(`is ${full} where the map says ${written}`, async () => {
      const { outputs, errors } = await read({ [full]: EAST }, written);
      assert.deepEqual(errors, []);
      assert.equal(outputs.address, "203.0.113.7");
    });
  }

  it("is read once for all that comes from it", async () => {
    const names: unknown[] = [];
    const whole = mesh();
    await run(
      () => {
        const others = new PeerStacks(whole);
        others.peers("mesh", ["us-east1"]);
        others.shared();
      },
      {
        stack: "us-central1",
        stacks: { "organization/mesh/us-east1": EAST },
        onRead: (name) => names.push(name),
      },
    );
    assert.deepEqual(names, ["organization/mesh/us-east1"]);
  });

  for (const missing of ["address", "rootCertificate", "intermediates", "clusters"] as const) {
    it(`is named with the command to run, when it has no ${missing} yet`, async () => {
      const outputs = { ...EAST.outputs, [missing]: undefined };
      const { errors } = await read({ "organization/mesh/us-east1": { ...EAST, outputs } });
      assert.match(
        String(errors[0]?.message),
        new RegExp(
          `Stack us-east1 has no output for ${missing}: pulumi up -s us-east1, then this stack again`,
        ),
      );
    });
  }

  it("is named with the command to run, when it does not own the peer", async () => {
    const { errors, resources } = await read({
      "organization/mesh/us-east1": { ...EAST, outputs: { ...EAST.outputs, clusters: {} } },
    });
    assert.match(
      String(errors[0]?.message),
      /Stack us-east1 has no output for us-east1: pulumi up -s us-east1, then this stack again/,
    );
    assert.deepEqual(all(resources, PROVIDER), []);
  });
});
