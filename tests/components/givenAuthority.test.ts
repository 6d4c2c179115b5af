import assert from "node:assert/strict";
import { sign } from "../unit/authority";
import { configOf, meshOf, runProgram } from "./program";
import { all, key, one, PRIVATE_KEY } from "./support";

const root = sign("root");
const [east, central] = [sign("east", { by: root }), sign("central", { by: root })];

function runWith(given: unknown) {
  const config = configOf("us-east1");
  const mesh = { ...meshOf(config), certificateAuthority: { source: "given" } };
  return runProgram(
    { ...config, "mesh:mesh": mesh, "mesh:certificateAuthority": given },
    { stack: "us-east1", secretKeys: ["mesh:certificateAuthority"] },
  );
}

/** As a configuration's secret comes: certificate and key, no more. */
function only({ certificate, privateKey }: typeof east) {
  return { certificate, privateKey };
}

describe("a mesh whose trust is given", () => {
  const given = {
    root: root.certificate,
    intermediates: { "us-east1": only(east), "us-central1": only(central) },
  };

  it("signs with the intermediate of the cluster, and makes no keys for the mesh", async () => {
    const { resources, errors } = await runWith(given);
    assert.deepEqual(errors, []);
    const { inputs, secretInputs } = one(resources, "kubernetes:core/v1:Secret", "mesh-us-east1-cacerts");
    assert.deepEqual(inputs.stringData, {
      "ca-cert.pem": east.certificate,
      "ca-key.pem": east.privateKey,
      "root-cert.pem": root.certificate,
      "cert-chain.pem": `${east.certificate}${root.certificate}`,
    });
    assert.ok(secretInputs.includes("stringData"));
    assert.deepEqual(
      all(resources, PRIVATE_KEY).filter(({ name }) => name.startsWith("mesh-ca")),
      [],
    );
  });

  it("hands the root's certificate to other stacks as it is, and the intermediates as a secret", async () => {
    const { outputs, secretOutputs, plainOutputs, resources } = await runWith(given);
    assert.equal(outputs.rootCertificate, root.certificate);
    assert.ok(secretOutputs.includes("intermediates"));
    assert.ok(!secretOutputs.includes("rootCertificate"));
    assert.deepEqual((outputs.intermediates as typeof given.intermediates)["us-central1"], {
      ...only(central),
      issuers: "",
    });
    for (const text of [plainOutputs, ...resources.map(({ plainInputs }) => plainInputs)]) {
      assert.ok(!JSON.stringify(text)?.includes("PRIVATE KEY"));
    }
  });

  it("is refused before anything is registered when something is wrong with it", async () => {
    const { resources, errors } = await runWith({ ...given, root: central.certificate });
    assert.deepEqual(resources.map(key), []);
    assert.match(String(errors[0]), /mesh:certificateAuthority\.root is not signed by itself/);
    assert.doesNotMatch(String(errors[0]), /BEGIN/);
  });
});
