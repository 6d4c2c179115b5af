import * as assert from "node:assert";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { writeVolume } from "../../../rehearsal/istio/atomicWriter";
import { expand } from "../../../rehearsal/istio/environment";
import { type Pod, field } from "../../../rehearsal/istio/pod";
import { programFor, withoutFlags } from "../../../rehearsal/istio/programs";
import { wholeQuantity } from "../../../rehearsal/istio/quantity";
import { PlayedPods } from "../../../rehearsal/kubernetes/playedPods";

function pod(labels: Record<string, string>, container: object): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "pod-1",
      namespace: "istio-system",
      uid: "1",
      labels,
      annotations: { note: 'say "hi"' },
    },
    spec: { serviceAccountName: "reader", containers: [{ name: "discovery", image: "x", ...container }] },
    status: { podIP: "10.10.0.1" },
  };
}

describe("pods that real programs play", () => {
  it("resolves what the downward API names", () => {
    const example = pod({ app: "istiod" }, {});
    assert.strictEqual(field(example, "metadata.name"), "pod-1");
    assert.strictEqual(field(example, "metadata.labels['app']"), "istiod");
    assert.strictEqual(field(example, "metadata.annotations"), 'note="say \\"hi\\""');
    assert.strictEqual(field(example, "status.podIP"), "10.10.0.1");
    assert.strictEqual(field(example, "spec.serviceAccountName"), "reader");
    assert.throws(() => field(example, "spec.color"), /knows no field "spec.color"/);
  });

  it("expands earlier variables only", () => {
    assert.strictEqual(expand("$(A)-$(B)-$$(A)", { A: "1" }), "1-$(B)-$(A)");
  });

  it("rounds quantities up", () => {
    assert.deepStrictEqual(["200m", "2", "1500m", "2Gi", "1.5k"].map(wholeQuantity), [
      1,
      2,
      2,
      2 ** 31,
      1500,
    ]);
    assert.throws(() => wholeQuantity("lots"), /"lots" is not a quantity/);
  });

  it("takes flags away in both spellings", () => {
    const args = ["discovery", "--monitoringAddr=:15014", "--httpAddr", ":8080", "--domain", "cluster.local"];
    assert.deepStrictEqual(withoutFlags(args, ["monitoringAddr", "httpAddr"]), [
      "discovery",
      "--domain",
      "cluster.local",
    ]);
  });

  it("runs istiod with the pod's arguments on the slot's ports", async () => {
    const [slot] = (await PlayedPods.create()).slots;
    const program = programFor(
      pod({ app: "istiod" }, { args: ["discovery", "--monitoringAddr=:15014", "--domain", "d"] }),
    );
    assert.ok(slot && program);
    assert.strictEqual(program.tool, "pilot-discovery");
    assert.deepStrictEqual(program.args(slot, "/k"), [
      "discovery",
      "--domain",
      "d",
      `--httpAddr=127.0.0.1:${slot.ports[8080]}`,
      `--grpcAddr=127.0.0.1:${slot.ports[15010]}`,
      `--secureGRPCAddr=127.0.0.1:${slot.ports[15012]}`,
      `--httpsAddr=127.0.0.1:${slot.ports[15017]}`,
      `--monitoringAddr=127.0.0.1:${slot.ports[15014]}`,
      `--ctrlz_port=${slot.ports[9876]}`,
      "--kubeconfig=/k",
    ]);
  });

  it("runs the operator where its manifest says it listens", async () => {
    const [slot] = (await PlayedPods.create()).slots;
    const command = ["operator", "server", "--monitoring-host=127.0.0.1", "--monitoring-port=15014"];
    const program = programFor(pod({ name: "istio-operator" }, { command }));
    assert.ok(slot && program);
    assert.deepStrictEqual(program.args(slot, "/k"), [
      "server",
      "--monitoring-host=127.0.0.1",
      `--monitoring-port=${slot.ports[15014]}`,
      `--ctrlz_port=${slot.ports[9876]}`,
      "--kubeconfig=/k",
    ]);
  });

  it("leaves other pods to kwok", () => {
    assert.strictEqual(programFor(pod({ app: "istio-ingressgateway" }, {})), undefined);
  });

  it("finds a played pod by address and by name until it is gone", async () => {
    const pods = await PlayedPods.create();
    const played = { namespace: "istio-system", name: "istiod-1", address: "10.10.0.7", log: "/log" };
    const slot = pods.add(played);
    assert.strictEqual(pods.localPort("10.10.0.7", 15017), slot.ports[15017]);
    assert.strictEqual(pods.localPort("10.10.0.7", 22), undefined);
    assert.deepStrictEqual(pods.find("istio-system", "istiod-1")?.pod, played);
    pods.remove(slot);
    assert.strictEqual(pods.localPort("10.10.0.7", 15017), undefined);
    pods.slots.forEach((_, index) => pods.add({ ...played, name: `istiod-${index}` }));
    assert.throws(
      () => pods.add({ ...played, name: "one-more" }),
      /pod one-more is not played: 12 pods are already/,
    );
  });
});

describe("volumes of played pods", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "volume-"));
  after(() => fs.rmSync(folder, { recursive: true }));
  const read = (name: string) => fs.readFileSync(path.join(folder, name), "utf8");
  const files = (content: Record<string, string>) =>
    Object.fromEntries(Object.entries(content).map(([name, text]) => [name, Buffer.from(text)]));

  it("changes all files at once, as links that stay", () => {
    writeVolume(folder, files({ "ca.pem": "one", "old.pem": "x", "sub/key": "k" }));
    assert.deepStrictEqual([read("ca.pem"), read("old.pem"), read("sub/key")], ["one", "x", "k"]);
    const before = fs.readlinkSync(path.join(folder, "..data"));
    writeVolume(folder, files({ "ca.pem": "two", "sub/key": "k" }));
    assert.strictEqual(read("ca.pem"), "two");
    assert.notStrictEqual(fs.readlinkSync(path.join(folder, "..data")), before);
    assert.deepStrictEqual(
      fs.readdirSync(folder).filter((name) => !name.startsWith("..")),
      ["ca.pem", "sub"],
    );
    assert.ok(!fs.existsSync(path.join(folder, before)));
  });

  it("does nothing when nothing has changed", () => {
    const before = fs.readlinkSync(path.join(folder, "..data"));
    writeVolume(folder, files({ "ca.pem": "two", "sub/key": "k" }));
    assert.strictEqual(fs.readlinkSync(path.join(folder, "..data")), before);
  });
});
