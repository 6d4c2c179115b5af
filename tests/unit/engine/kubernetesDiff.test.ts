import assert from "node:assert/strict";
import { detailedDiff, replacesOf } from "../../../rehearsal/engine/providers/kubernetes/diff";
import { diffConfig } from "../../../rehearsal/engine/providers/kubernetes/diffConfig";
import type { KubeObject } from "../../../rehearsal/engine/providers/kubernetes/object";
import { replacingPaths } from "../../../rehearsal/engine/providers/kubernetes/replacements";
import { UNKNOWN, type Properties } from "../../../rehearsal/engine/providers/values";

const immutable = { enableSecretMutable: false, enableConfigMapMutable: false };
const mutable = { enableSecretMutable: true, enableConfigMapMutable: true };

function kindsOf(
  old: KubeObject,
  now: KubeObject,
  options: { ignore?: string[]; mutability?: typeof mutable } = {},
) {
  const replacing = replacingPaths(now, options.mutability ?? immutable);
  const diff = detailedDiff({ old, new: now, replacing, ignoreChanges: options.ignore ?? [] });
  return Object.fromEntries(
    Object.entries(diff).map(([path, entry]) => [path, typeof entry === "string" ? entry : entry.kind]),
  );
}

describe("the diff of a Kubernetes object", () => {
  it("names each leaf that an update adds, changes or drops", () => {
    const old = { metadata: { labels: { a: "1", b: "2" } }, spec: { ports: [{ port: 80 }, { port: 90 }] } };
    const now = { metadata: { labels: { a: "2" } }, spec: { ports: [{ port: 81, name: "http" }] } };
    assert.deepEqual(kindsOf(old, now), {
      "metadata.labels.a": "update",
      "metadata.labels.b": "delete",
      "spec.ports[0].port": "update",
      "spec.ports[0].name": "add",
      "spec.ports[1]": "delete",
    });
  });

  it("quotes names with dots", () => {
    const diff = kindsOf({ metadata: { annotations: {} } }, { metadata: { annotations: { "a.b/c": "1" } } });
    assert.deepEqual(diff, { 'metadata.annotations["a.b/c"]': "add" });
  });

  it("counts an unknown as a change", () => {
    assert.deepEqual(kindsOf({ data: { a: "1" } }, { data: { a: UNKNOWN, b: UNKNOWN } }), {
      "data.a": "update",
      "data.b": "add",
    });
  });

  it("leaves ignored paths out", () => {
    const old = { spec: { replicas: 3, paused: false } };
    const now = { spec: { replicas: 2, paused: true } };
    assert.deepEqual(kindsOf(old, now, { ignore: ["spec.replicas"] }), { "spec.paused": "update" });
  });
});

describe("a replacement of a Kubernetes object", () => {
  const secret = (data: Properties) => ({ apiVersion: "v1", kind: "Secret", data });

  it("follows a new name or namespace", () => {
    const diff = kindsOf({ metadata: { name: "a" } }, { metadata: { name: "b" } });
    assert.deepEqual(diff, { "metadata.name": "update-replace" });
  });

  it("follows a Secret's or ConfigMap's data, unless the provider lets them change in place", () => {
    assert.deepEqual(kindsOf(secret({ a: "1" }), secret({ a: "2" })), { "data.a": "update-replace" });
    assert.deepEqual(kindsOf(secret({ a: "1" }), secret({ a: "2" }), { mutability: mutable }), {
      "data.a": "update",
    });
    const frozen = { ...secret({ a: "2" }), immutable: true };
    const diff = kindsOf({ ...frozen, data: { a: "1" } }, frozen, { mutability: mutable });
    assert.deepEqual(diff, { "data.a": "update-replace" });
    const type = { apiVersion: "v1", kind: "Secret", type: "a" };
    const typed = kindsOf(type, { ...type, type: "b" }, { mutability: mutable });
    assert.deepEqual(typed, { type: "update-replace" });
  });

  const cases: [apiVersion: string, kind: string, old: Properties, now: Properties, path: string][] = [
    [
      "apps/v1",
      "Deployment",
      { spec: { selector: { matchLabels: { a: "1" } } } },
      { spec: { selector: { matchLabels: { a: "2" } } } },
      "spec.selector.matchLabels.a",
    ],
    [
      "rbac.authorization.k8s.io/v1",
      "RoleBinding",
      { roleRef: { name: "a" } },
      { roleRef: { name: "b" } },
      "roleRef.name",
    ],
    ["v1", "Service", { spec: {} }, { spec: { clusterIP: "None" } }, "spec.clusterIP"],
    [
      "batch/v1",
      "Job",
      { spec: { template: { spec: { x: 1 } } } },
      { spec: { template: { spec: { x: 2 } } } },
      "spec.template.spec.x",
    ],
    [
      "v1",
      "Pod",
      { spec: { containers: [{ image: "a" }] } },
      { spec: { containers: [{ image: "b" }] } },
      "spec.containers[0].image",
    ],
  ];
  for (const [apiVersion, kind, old, now, path] of cases) {
    it(`follows ${path} of a ${kind}`, () => {
      const diff = kindsOf({ apiVersion, kind, ...old }, { apiVersion, kind, ...now });
      assert.match(diff[path] ?? "", /-replace$/);
    });
  }

  it("does not follow other fields", () => {
    const deployment = { apiVersion: "apps/v1", kind: "Deployment" };
    const diff = kindsOf({ ...deployment, spec: { replicas: 1 } }, { ...deployment, spec: { replicas: 2 } });
    assert.deepEqual(diff, { "spec.replicas": "update" });
  });

  it("lists its paths", () => {
    assert.deepEqual(
      replacesOf({
        a: { kind: "update", inputDiff: false },
        b: { kind: "add-replace", inputDiff: false },
        metadata: { kind: "delete", inputDiff: true },
      }),
      ["b", "metadata"],
    );
  });
});

describe("a change of the Kubernetes provider's arguments", () => {
  const kubeconfig = (server: string, token: string) =>
    JSON.stringify({
      "current-context": "x",
      contexts: [{ name: "x", context: { cluster: "x", user: "x" } }],
      clusters: [{ name: "x", cluster: { server } }],
      users: [{ name: "x", user: { token } }],
    });
  const a = kubeconfig("https://a", "1");

  it("to another server replaces the provider", () => {
    const diff = diffConfig({ olds: { kubeconfig: a }, news: { kubeconfig: kubeconfig("https://b", "1") } });
    assert.deepEqual(diff, { changes: true, diffs: ["kubeconfig"], replaces: ["kubeconfig"] });
  });

  it("to another token does not", () => {
    const diff = diffConfig({ olds: { kubeconfig: a }, news: { kubeconfig: kubeconfig("https://a", "2") } });
    assert.deepEqual(diff, { changes: true, diffs: ["kubeconfig"], replaces: [] });
  });

  it("to a kubeconfig that is not known yet does, unless the cluster's identifier stays", () => {
    assert.deepEqual(diffConfig({ olds: { kubeconfig: a }, news: { kubeconfig: UNKNOWN } }).replaces, [
      "kubeconfig",
    ]);
    const same = { clusterIdentifier: "one" };
    const diff = diffConfig({ olds: { ...same, kubeconfig: a }, news: { ...same, kubeconfig: UNKNOWN } });
    assert.deepEqual(diff, { changes: true, diffs: ["kubeconfig"], replaces: [] });
  });

  it("to another identifier does; giving one does not", () => {
    const one = { kubeconfig: a, clusterIdentifier: "one" };
    const two = { kubeconfig: a, clusterIdentifier: "two" };
    assert.deepEqual(diffConfig({ olds: one, news: two }).replaces, ["clusterIdentifier"]);
    assert.deepEqual(diffConfig({ olds: { kubeconfig: a }, news: one }).replaces, []);
  });

  it("is none when nothing differs", () => {
    assert.deepEqual(diffConfig({ olds: { kubeconfig: a }, news: { kubeconfig: a } }), { changes: false });
  });
});
