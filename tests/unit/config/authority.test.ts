import assert from "node:assert/strict";
import { readMesh } from "../../../components/config/validate";
import { sign } from "../authority";
import { change, fixture, mistakesOf } from "./support";

const root = sign("root");
const [east, central] = [sign("east", { by: root }), sign("central", { by: root })];
const given = {
  root: root.certificate,
  intermediates: { "us-east1": east, "us-central1": central },
};

function read(set: Record<string, unknown>, certificateAuthority?: unknown, clusters = ["us-east1"]) {
  const settings = Object.entries(set).map(([field, value]) => [`certificateAuthority.${field}`, value]);
  return readMesh(change(fixture("mesh.yaml"), Object.fromEntries(settings) as Record<string, unknown>), {
    clusters,
    peers: clusters.includes("us-east1") ? [] : ["us-east1"],
    stack: "test",
    certificateAuthority,
  });
}

describe("an authority that is given", () => {
  const source = { source: "given" };
  const mistakes = (certificates: unknown) => mistakesOf(() => read(source, certificates));

  it("is a root and an intermediate with its key per cluster", () => {
    assert.equal(read(source, given).mesh.certificateAuthority.source, "given");
  });

  it("is asked for with the commands that give it", () => {
    assert.deepEqual(
      mistakes(undefined).map((line) => line.replace(/^mesh:certificateAuthority\./, "")),
      [
        "root is no certificate in PEM; give the root's: pulumi config set --secret --path 'mesh:certificateAuthority.root' < root-cert.pem",
        ...["us-east1", "us-central1"].flatMap((name) => [
          `intermediates.${name}.certificate is no certificate in PEM; give the intermediate's: pulumi config set --secret --path 'mesh:certificateAuthority.intermediates.${name}.certificate' < ca-cert.pem`,
          `intermediates.${name}.privateKey is no private key in PEM without a passphrase; give the intermediate's: pulumi config set --secret --path 'mesh:certificateAuthority.intermediates.${name}.privateKey' < ca-key.pem`,
        ]),
      ],
    );
  });

  it("is refused with each mistake, and without what is secret", () => {
    const text = mistakes({
      root: root.certificate,
      intermediates: {
        "us-east1": { ...east, privateKey: central.privateKey },
        "us-central1": sign("x"),
        "us-est1": east,
      },
    }).join("\n");
    assert.match(text, /intermediates\.us-est1 is for no cluster of the mesh: did you mean us-east1\?/);
    assert.match(text, /us-east1\.privateKey is not the key of the certificate/);
    assert.match(text, /us-central1\.certificate is not signed by the root/);
    assert.doesNotMatch(text, /BEGIN|PRIVATE KEY/);
  });

  it("is warned of in its last 90 days", () => {
    const soon = sign("soon", { by: root, days: 30.5 });
    const intermediates = { "us-east1": soon, "us-central1": central };
    assert.match(
      read(source, { ...given, intermediates }).warnings.join("\n"),
      /The intermediate certificate of us-east1 expires in 30 days/,
    );
    assert.doesNotMatch(read(source, given).warnings.join("\n"), /expires in/);
  });

  it("belongs to the home cluster's stack alone", () => {
    assert.ok(read(source, undefined, ["us-central1"]));
    assert.match(
      mistakesOf(() => read(source, given, ["us-central1"])).join(),
      /is for the stack of the home cluster alone/,
    );
  });

  it("makes fields useless that say how to generate one", () => {
    assert.match(
      mistakesOf(() => read({ ...source, rsaBits: 4096 }, given)).join(),
      /rsaBits = 4096: does nothing with source: given; leave it out/,
    );
    assert.match(
      mistakesOf(() => read({}, given)).join(),
      /does nothing with source: generated; write .*source: given/,
    );
  });
});

describe("an authority of Google's", () => {
  it("is a CA pool and its region", () => {
    const { pool, location } = read({ source: "authorityService", pool: "mesh", location: "us-east1" }).mesh
      .certificateAuthority;
    assert.deepEqual({ pool, location }, { pool: "mesh", location: "us-east1" });
    const mistakes = mistakesOf(() => read({ source: "authorityService" }));
    assert.match(mistakes.join("\n"), /certificateAuthority\.pool is missing; .*\n.*location is missing/);
    assert.match(
      mistakesOf(() => read({ pool: "mesh" })).join(),
      /does nothing with source: generated; leave it out/,
    );
  });
});
