import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import {
  authorityType,
  clusterType,
  issuedType,
  networkType,
  subnetworkType,
} from "../../../rehearsal/google/names";
import type { Properties } from "../../../rehearsal/google/properties";
import { makePool } from "../../unit/google/authorityPool";
import { describeMesh } from "../../../rehearsal/program";
import { describeStack } from "../describeStack";
import { Stage } from "../stage";

const CLUSTERS = {
  "us-east1": { nodes: "10.16.0.0/20", services: "10.16.16.0/20", pods: "10.17.0.0/16" },
  "us-central1": { nodes: "10.20.0.0/20", services: "10.20.16.0/20", pods: "10.21.0.0/16" },
};

describe("a VPC that is there already, and Certificate Authority Service, on the real engine", function () {
  this.bail(true);
  let stage: Stage;
  let networkBefore: unknown;

  before(async () => {
    stage = await Stage.open();
    const { project } = stage.rehearsal;
    for (const api of ["compute"]) {
      await project.call("create", "gcp:projects/service:Service", {
        properties: { service: `${api}.googleapis.com` },
      });
    }
    await project.call("create", networkType, {
      properties: { name: "production", autoCreateSubnetworks: false, routingMode: "GLOBAL" },
    });
    // One region has a subnet already; in the other one the program makes its own.
    await project.call("create", subnetworkType, {
      properties: {
        name: "production-east",
        region: "us-east1",
        network: "production",
        ipCidrRange: CLUSTERS["us-east1"].nodes,
        privateIpGoogleAccess: true,
        secondaryIpRanges: [
          { rangeName: "gke-pods", ipCidrRange: CLUSTERS["us-east1"].pods },
          { rangeName: "gke-services", ipCidrRange: CLUSTERS["us-east1"].services },
        ],
      },
    });
    networkBefore = theirs();
    const root = await makePool(project, { name: "roots", id: "example-root" });
    await makePool(project, {
      id: "example-mesh",
      authority: { type: "SUBORDINATE", subordinateConfig: { certificateAuthority: root } },
    });
  });

  after(() => stage?.close());

  function theirs(): unknown {
    const { project } = stage.rehearsal;
    return structuredClone(
      [...project.list(networkType), ...project.list(subnetworkType)].filter(({ id }) =>
        /production/.test(id),
      ),
    );
  }

  function describeClusters(
    subnetwork = { name: "production-east", pods: "gke-pods", services: "gke-services" },
  ) {
    describeMesh({
      vpc: "production",
      clusters: {
        "us-east1": { ranges: CLUSTERS["us-east1"], subnetwork },
        "us-central1": { ranges: CLUSTERS["us-central1"] },
      },
      certificateAuthority: {
        source: "authorityService",
        pool: "mesh",
        location: "us-east1",
        algorithm: "ECDSA",
      },
    });
  }

  it("are asked for by name, and a wrong name is said in the preview", async () => {
    describeStack("us-east1", { "mesh:clusters": Object.keys(CLUSTERS) });
    await stage.create("us-east1");
    describeClusters({ name: "production-east", pods: "pods", services: "gke-services" });
    await assert.rejects(
      stage.pulumi.run(["preview", "-s", "us-east1"]),
      /The subnet production-east in us-east1 has no range pods\./,
    );
  });

  /** As somebody leaves it out who gives a subordinate's chain (`pemIssuerChain`) by hand. @returns what puts it back. */
  function leaveOutRoot(): () => void {
    const [authority] = stage.rehearsal.project
      .list(authorityType)
      .filter(({ id }) => /example-mesh$/.test(id));
    assert.ok(authority);
    const chain = authority.properties.pemCaCertificates as string[];
    authority.properties.pemCaCertificates = chain.slice(0, -1);
    return () => {
      authority.properties.pemCaCertificates = chain;
    };
  }

  it("get nothing of a cluster when what the service signed does not lead to a root", async () => {
    describeClusters();
    const putBack = leaveOutRoot();
    await assert.rejects(
      stage.up("us-east1"),
      /signed for us-\S+ is not signed by itself; .*pulumi up --ignore-protect --replace '\*\*::mesh-ca-us-/,
    );
    putBack();
    const { project } = stage.rehearsal;
    assert.equal(project.list(issuedType).length, 2);
    assert.deepEqual(project.list(clusterType), []);
    assert.deepEqual(theirs(), networkBefore);
    assert.equal(project.list(subnetworkType).length, 1);
  });

  it("carry a mesh when it has signed again, under other ids, whose istiods sign with that", async () => {
    const { project } = stage.rehearsal;
    await stage.up("us-east1", "--ignore-protect", "--replace", "**::mesh-ca-*");
    await stage.passesEveryCheck(["us-east1"]);
    const isRevoked = (properties: Properties) => (properties.revocationDetails as unknown[]).length > 0;
    const issued = project.list(issuedType).filter(({ properties }) => !isRevoked(properties));
    assert.equal(issued.length, 2);
    assert.equal(project.list(issuedType).length, 4);
    const chains = issued.map(({ properties }) => properties.pemCertificateChains as string[]);
    const root = chains[0]?.at(-1) ?? "";
    assert.equal(new X509Certificate(root).subject, "CN=example-root");
    assert.equal(await stage.output("rootCertificate", "us-east1"), root.trim());
  });

  it("have nothing to change in a second up, and are as the state says", async () => {
    await stage.unchanged("us-east1");
    await stage.pulumi.run(["refresh", "-s", "us-east1", "--yes", "--skip-preview", "--expect-no-changes"]);
  });

  it("stay when the mesh goes, and the certificates are revoked", async () => {
    await stage.destroy("us-east1");
    assert.deepEqual(theirs(), networkBefore);
    assert.equal(stage.rehearsal.clusters.size, 0);
    for (const { properties } of stage.rehearsal.project.list(issuedType)) {
      assert.equal((properties.revocationDetails as unknown[]).length, 1);
    }
  });
});
