import assert from "node:assert/strict";
import { MeshConfigError, readMesh } from "../../../components/config/validate";
import { change, fixture, mistakesOf } from "./support";

const FIRST = { clusters: ["us-east1"], peers: [], stack: "us-east1" };
const JOINING = { clusters: ["us-central1"], peers: ["us-east1"], stack: "us-central1" };

const EXISTING = {
  server: "https://192.168.0.2",
  membershipLink: "//container.googleapis.com/projects/p/locations/us-west1/clusters/old",
};

describe("a mesh without a mistake", () => {
  it("is read for the config cluster's stack, for a joining one, and for one that owns all", () => {
    for (const selection of [FIRST, JOINING, { clusters: ["us-east1", "us-central1"], peers: [] }]) {
      assert.equal(readMesh(fixture("mesh.yaml"), selection).mesh.id, "mesh");
    }
  });

  it("names each cluster's region, network and stack after it", () => {
    const { mesh } = readMesh(fixture("mesh.yaml"), FIRST);
    const { region, network, stack, namedNeg } = mesh.clusters["us-central1"] ?? {};
    assert.deepEqual(
      { region, network, stack, namedNeg },
      { region: "us-central1", network: "us-central1", stack: "us-central1", namedNeg: "us-central1" },
    );
  });

  it("is the same, whatever the order of its map", () => {
    const written = fixture<{ clusters: Record<string, unknown> }>("mesh.yaml");
    const clusters = Object.fromEntries(Object.entries(written.clusters).reverse());
    assert.equal(
      JSON.stringify(readMesh({ ...written, clusters }, FIRST).mesh),
      JSON.stringify(readMesh(written, FIRST).mesh),
    );
  });

  it("takes its other defaults from the schema", () => {
    const { mesh } = readMesh(fixture("mesh.yaml"), FIRST);
    assert.equal(mesh.istio.revision, "1-23-6");
    assert.equal(mesh.kubernetes.releaseChannel, "EXTENDED");
    assert.deepEqual(mesh.availability.spot.taint, {
      key: "cloud.google.com/gke-spot",
      value: "true",
      effect: "NoSchedule",
    });
    assert.deepEqual(mesh.tracing, {
      sampling: 100,
      zipkinAddress: "jaeger-collector.observability.svc.cluster.local:9411",
    });
    assert.deepEqual(mesh.telemetry, { stackdriver: { maxTagLength: 256 } });
    assert.deepEqual(mesh.eastWest, { access: "internal", sourceRanges: [] });
    assert.deepEqual(mesh.routes[0]?.clusters, ["us-central1", "us-east1"]);
    assert.equal(mesh.verifyWorkload.enabled, true);
    assert.equal(mesh.verifyWorkload.replicas, 2);
    assert.equal(mesh.locality.enabled, false);
  });

  it("has one certificate at the edge: by default a self-signed one for the mesh's domain", () => {
    const certificate = (set: Record<string, unknown>, unset?: string[]) =>
      readMesh(change(fixture("mesh.yaml"), set, unset), FIRST).mesh.ingress.certificate;
    assert.deepEqual(certificate({}), { selfSigned: { commonName: "mesh.example.com" } });
    assert.deepEqual(certificate({}, ["dns", "routes"]), { selfSigned: { commonName: "mesh.internal" } });
    assert.deepEqual(certificate({ "ingress.certificate": { preShared: ["shop"] } }), {
      preShared: ["shop"],
    });
  });

  it("switches tracing, metrics and the verify workload off by false", () => {
    const off = { tracing: false, "telemetry.stackdriver": false, verifyWorkload: false };
    const { mesh } = readMesh(change(fixture("mesh.yaml"), off), FIRST);
    assert.equal(mesh.tracing, false);
    assert.equal(mesh.telemetry.stackdriver, false);
    assert.equal(mesh.verifyWorkload.enabled, false);
  });

  it("may have two clusters in one region, and an existing one with ranges of its own", () => {
    const more = {
      "clusters.us-east1-b": {
        region: "us-east1",
        ranges: { nodes: "10.24.0.0/20", services: "10.24.16.0/20", pods: "10.25.0.0/16" },
      },
      "clusters.old": {
        existing: EXISTING,
        ranges: { nodes: "192.168.0.0/24", services: "192.168.1.0/24", pods: "192.168.16.0/20" },
      },
    };
    const { mesh } = readMesh(change(fixture("mesh.yaml"), more), {
      clusters: ["old"],
      peers: ["us-east1"],
      kubeconfigs: ["old"],
    });
    assert.equal(mesh.clusters["us-east1-b"]?.region, "us-east1");
    assert.deepEqual(mesh.clusters.old?.existing, EXISTING);
  });

  it("asks for the kubeconfig of an existing cluster of the own stack only", () => {
    const more = { "clusters.old": { existing: EXISTING } };
    assert.ok(readMesh(change(fixture("mesh.yaml"), more), FIRST));
  });
});

describe("a configuration with many mistakes", () => {
  it("is told all of them at once: types, unknown keys, ranges, versions, names and peers", () => {
    const mesh = change(fixture("mesh.yaml"), {
      cidr: "10.16.0.0/11",
      configCluster: "us-east",
      "clusters.us-east1.ranges.nodes": 10,
      "clusters.us-east1.ranges.services": "10.17.0.0/20",
      "clusters.us-central1.network": "us-east1",
      "clusters.us-central1.regoin": "us-central1",
      "availability.minReplicas": 1,
      "istio.version": "1.14.1",
      "kubernetes.version": 1.33,
      tracing: { sampling: "all", zipkinAddress: "jaeger:9411" },
      routes: [{ name: "a" }, { name: "a", service: "a", namespace: "a", port: 80, clusters: ["us-west1"] }],
    });
    const mistakes = mistakesOf(() =>
      readMesh(mesh, { clusters: ["us-west1"], peers: [], project: "", stack: "x" }),
    );
    const found = mistakes.map((line) => line.split(/ |:(?!clusters|project)/)[0]);
    assert.deepEqual(found.sort(), [
      "gcp:project",
      "mesh.availability.minReplicas",
      "mesh.cidr",
      "mesh.clusters.us-central1.network",
      "mesh.clusters.us-central1.regoin",
      "mesh.clusters.us-east1.ranges.nodes",
      "mesh.clusters.us-east1.ranges.pods",
      "mesh.configCluster",
      "mesh.istio.version",
      "mesh.kubernetes.version",
      "mesh.routes[0].namespace",
      "mesh.routes[0].port",
      "mesh.routes[0].service",
      "mesh.routes[1].clusters",
      "mesh.routes[1].name",
      "mesh.tracing.sampling",
      "mesh:clusters",
    ]);
  });

  it("is one error whose message has a line for each, and says that nothing was changed", () => {
    const mesh = change(fixture("mesh.yaml"), { "availability.minReplicas": 1 }, ["cidr"]);
    assert.throws(
      () => readMesh(mesh, FIRST),
      (error) => {
        assert.ok(error instanceof MeshConfigError);
        assert.equal(error.problems.length, 2);
        const [head, ...lines] = error.message.split("\n");
        assert.equal(head, "2 mistakes in the mesh's configuration; nothing was changed.");
        assert.deepEqual(
          lines.map((line) => line.slice(0, 9)),
          ["  - mesh.", "  - mesh."],
        );
        return true;
      },
    );
  });

  it("is not told of what only follows from a mistake", () => {
    const mesh = change(fixture("mesh.yaml"), {}, ["configCluster", "dns.zone"]);
    assert.deepEqual(
      mistakesOf(() => readMesh(mesh, { ...JOINING, peers: [] })).map((line) => line.split(" ")[0]),
      ["mesh.configCluster", "mesh.dns.zone"],
    );
  });

  it("is told what to write when there is no mesh at all", () => {
    for (const input of [undefined, null, "us-east1", []]) {
      const [line = "", ...others] = mistakesOf(() => readMesh(input, FIRST));
      assert.match(line, /^mesh:mesh .*describe the mesh in Pulumi.yaml/);
      assert.deepEqual(others, []);
    }
  });

  it("is told what a program without types has left out", () => {
    for (const nothing of [undefined, null, "us-east1"]) {
      assert.deepEqual(
        mistakesOf(() => readMesh(fixture("mesh.yaml"), nothing as never)),
        [
          "mesh:clusters: write a list of cluster names: [us-east1]",
          "mesh:peers: write a list of cluster names: [us-east1]",
        ],
      );
    }
  });

  it("does not change what it was given", () => {
    const mesh = change(fixture("mesh.yaml"), { tracing: { sampling: "all" }, routes: ["a"] });
    const before = structuredClone(mesh);
    mistakesOf(() => readMesh(mesh, FIRST));
    assert.deepEqual(mesh, before);
  });

  it("never shows a text of several lines", () => {
    const secret = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n";
    const mesh = change(fixture("mesh.yaml"), {
      "clusters.us-east1.existing": { server: secret },
      dns: secret,
    });
    assert.ok(
      !mistakesOf(() => readMesh(mesh, FIRST))
        .join()
        .includes("MIIE"),
    );
  });
});

describe("a warning", () => {
  const warningsFor = (set: Record<string, unknown>, selection: Parameters<typeof readMesh>[1] = FIRST) =>
    readMesh(change(fixture("mesh.yaml"), set), selection).warnings;

  it("names the field and what to write", () => {
    for (const warning of warningsFor({})) {
      assert.match(warning, /^mesh\.[\w.]+ is .*[Ww]rite /);
    }
  });

  it("says that Istio's line has ended, that the pair is measured only, and that stackdriver does nothing", () => {
    const warnings = warningsFor({});
    assert.equal(warnings.length, 3, warnings.join("\n"));
    assert.match(warnings[0] ?? "", /^mesh\.istio\.version .*2025-04-16/);
    assert.match(warnings[1] ?? "", /^mesh\.kubernetes\.version .*measured/);
    assert.match(warnings[2] ?? "", /^mesh\.telemetry\.stackdriver .*stackdriver: false/);
    assert.equal(warningsFor({ "telemetry.stackdriver": false }).length, 2);
  });

  it("says that a release channel no longer has the version", () => {
    const old = { "kubernetes.version": "1.30", "kubernetes.releaseChannel": "REGULAR" };
    assert.ok(warningsFor(old).some((line) => line.startsWith("mesh.kubernetes.releaseChannel")));
  });

  it("says that a range will be full before the node pools are", () => {
    const small = { "clusters.us-east1.ranges.pods": "10.17.0.0/21" };
    const [warning = ""] = warningsFor(small).filter((line) => line.includes("ranges.pods"));
    assert.match(warning, /room for 8 nodes, and the node pools have up to 15/);
  });

  it("says that peers will look for a stack of another name, while there are peers to come", () => {
    const elsewhere = { ...FIRST, stack: "prod" };
    assert.ok(
      warningsFor({}, elsewhere).some((line) => line.includes("Write mesh.clusters.us-east1.stack: prod")),
    );
    assert.equal(warningsFor({ "clusters.us-east1.stack": "prod" }, elsewhere).length, 3);
    assert.equal(warningsFor({ "clusters.us-east1.stack": "org/mesh/prod" }, elsewhere).length, 3);
    const all = { clusters: ["us-east1", "us-central1"], peers: [], stack: "prod" };
    assert.equal(warningsFor({}, all).length, 3);
  });

  it("says that an existing cluster outside of the fleet gets no requests", () => {
    const outside = { "clusters.old": { existing: { server: "https://192.168.0.2" } } };
    assert.ok(
      warningsFor(outside).some((line) => line.startsWith("mesh.clusters.old.existing.membershipLink")),
    );
  });
});

describe("two clusters with one network", () => {
  it("is the mistake of the one that has another's name, in whatever order the map comes", () => {
    const clusters = {
      "us-central1": {
        network: "us-east1",
        ranges: { nodes: "10.20.0.0/20", services: "10.20.16.0/20", pods: "10.21.0.0/16" },
      },
      "us-east1": {
        ranges: { nodes: "10.16.0.0/20", services: "10.16.16.0/20", pods: "10.17.0.0/16" },
      },
    };
    assert.throws(
      () =>
        readMesh(
          { cidr: "10.16.0.0/12", configCluster: "us-east1", clusters },
          { clusters: ["us-east1"], peers: [] },
        ),
      /mesh\.clusters\.us-central1\.network = "us-east1".*network: us-central1/,
    );
  });
});
