import assert from "node:assert/strict";
import {
  annotateSecrets,
  fromState,
  prune,
  toState,
} from "../../../rehearsal/engine/providers/kubernetes/checkpoint";
import {
  builtInNamespaced,
  isList,
  isPatch,
  kindOfType,
} from "../../../rehearsal/engine/providers/kubernetes/kinds";
import { adoptName, assignName, uniqueName } from "../../../rehearsal/engine/providers/kubernetes/naming";
import { normalize } from "../../../rehearsal/engine/providers/kubernetes/normalize";
import { idOf, parseId, toObject, toProperties } from "../../../rehearsal/engine/providers/kubernetes/object";
import { canonicalQuantity } from "../../../rehearsal/engine/providers/kubernetes/quantity";
import { UNKNOWN, isSecret, plain, secret } from "../../../rehearsal/engine/providers/values";

describe("a Kubernetes resource's kind", () => {
  it("comes from the type token", () => {
    assert.deepEqual(kindOfType("kubernetes:core/v1:Secret"), { apiVersion: "v1", kind: "Secret" });
    assert.deepEqual(kindOfType("kubernetes:install.istio.io/v1alpha1:IstioOperator"), {
      apiVersion: "install.istio.io/v1alpha1",
      kind: "IstioOperator",
    });
    assert.throws(() => kindOfType("kubernetes:index:Thing"), /both a group and a version: "index"/);
  });

  it("says whether it has a namespace, for built-in kinds only", () => {
    assert.equal(builtInNamespaced({ apiVersion: "v1", kind: "Namespace" }), false);
    assert.equal(builtInNamespaced({ apiVersion: "apps/v1", kind: "Deployment" }), true);
    assert.equal(
      builtInNamespaced({ apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway" }),
      undefined,
    );
  });

  it("is a Patch or a List by its type", () => {
    const namespace = { apiVersion: "v1", kind: "Namespace" };
    assert.equal(isPatch("kubernetes:core/v1:NamespacePatch", namespace), true);
    assert.equal(isPatch("kubernetes:core/v1:Namespace", namespace), false);
    assert.equal(isList("kubernetes:core/v1:ConfigMapList"), true);
    assert.equal(isList("kubernetes:example.com/v1:AllowList"), false);
  });
});

describe("a Kubernetes resource's name", () => {
  const choice = { logicalName: "web", seed: new Uint8Array([1, 2, 3]) };

  it("is the logical name and eight hex digits, the same for the same seed, and marked", () => {
    const named = assignName({ kind: "ConfigMap" }, choice) as {
      metadata: { name: string; annotations: Record<string, string> };
    };
    assert.match(named.metadata.name, /^web-[0-9a-f]{8}$/);
    assert.equal(named.metadata.name, uniqueName("web-", choice.seed));
    assert.deepEqual(named.metadata.annotations, { "pulumi.com/autonamed": "true" });
  });

  it("stays when it is given, or not known yet", () => {
    const given = { metadata: { name: "mine" } };
    const unknown = { metadata: { name: UNKNOWN } };
    assert.deepEqual(assignName(given, choice), given);
    assert.deepEqual(assignName(unknown, choice), unknown);
  });

  it("is kept from the last deployment only when it was given automatically", () => {
    const old = assignName({}, choice);
    assert.deepEqual(adoptName({}, old), old);
    assert.deepEqual(adoptName({}, { metadata: { name: "chosen" } }), {});
  });

  it("makes the id with its namespace", () => {
    assert.equal(idOf({ metadata: { name: "a", namespace: "b" } }), "b/a");
    assert.equal(idOf({ metadata: { name: "a" } }), "a");
    assert.deepEqual(parseId("b/a"), { namespace: "b", name: "a" });
    assert.deepEqual(parseId("a"), { namespace: "", name: "a" });
  });
});

describe("Kubernetes inputs", () => {
  it("store stringData as data, over the same keys", () => {
    const normalized = normalize({
      apiVersion: "v1",
      kind: "Secret",
      data: { a: "b2xk", b: "a2VwdA==" },
      stringData: { a: "new" },
    });
    assert.deepEqual(normalized, {
      apiVersion: "v1",
      kind: "Secret",
      data: { a: Buffer.from("new").toString("base64"), b: "a2VwdA==" },
    });
  });

  it("drop what Kubernetes' types drop, and keep what they keep", () => {
    const pod = normalize({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { labels: {}, creationTimestamp: null, uid: "x" },
      spec: {
        tolerations: [],
        priority: null,
        automountServiceAccountToken: false,
        volumes: [{ emptyDir: {} }],
        containers: [{ resources: { limits: {}, requests: { cpu: "1000m", memory: "1024Mi" } } }],
      },
    });
    assert.deepEqual(pod, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {},
      spec: {
        automountServiceAccountToken: false,
        volumes: [{ emptyDir: {} }],
        containers: [{ resources: { requests: { cpu: "1", memory: "1Gi" } } }],
      },
    });
  });

  it("of custom resources stay as they are, but for read-only metadata", () => {
    const thing = {
      apiVersion: "example.com/v1",
      kind: "Thing",
      spec: { list: [], limits: { cpu: "1000m" } },
    };
    assert.deepEqual(normalize({ ...thing, metadata: { resourceVersion: "1" } }), { ...thing, metadata: {} });
  });

  it("with unknowns stay as they are", () => {
    const secretObject = { apiVersion: "v1", kind: "Secret", stringData: { a: UNKNOWN } };
    assert.deepEqual(normalize(secretObject), secretObject);
  });

  it("spell schema extensions with dashes for the API, with underscores for the SDK", () => {
    const properties = { spec: [{ x_kubernetes_preserve_unknown_fields: true }] };
    const object = { spec: [{ "x-kubernetes-preserve-unknown-fields": true }] };
    assert.deepEqual(toObject(properties), object);
    assert.deepEqual(toProperties(object), properties);
  });
});

describe("a quantity", () => {
  const spellings: [string, string][] = [
    ["1000m", "1"],
    ["0.5", "500m"],
    ["1500m", "1500m"],
    ["1024Mi", "1Gi"],
    ["1.5Gi", "1536Mi"],
    ["1000Mi", "1000Mi"],
    ["512", "512"],
    ["2000", "2k"],
    ["0", "0"],
    ["0.0001", "100u"],
    ["1e3", "1e3"],
    ["many", "many"],
  ];
  for (const [given, stored] of spellings) {
    it(`${given} is stored as ${stored}`, () => assert.equal(canonicalQuantity(given), stored));
  }
});

describe("a Kubernetes resource's state", () => {
  const live = { apiVersion: "v1", kind: "ConfigMap", data: { a: "1", b: "2" }, metadata: { uid: "x" } };

  it("keeps inputs, version and field manager beside the live object", () => {
    const inputs = { apiVersion: "v1", kind: "ConfigMap", data: { a: "1" } };
    const state = toState({ inputs, live, initialApiVersion: "v1", fieldManager: "m" }, {});
    assert.deepEqual(fromState(state), { inputs, live, initialApiVersion: "v1", fieldManager: "m" });
  });

  it("is secret where the inputs are, and a Secret's data always is", () => {
    const marked = annotateSecrets(
      { spec: { a: "x", list: ["x", "y"] }, other: "z" },
      { spec: { a: secret("x"), list: [secret("x"), "y"] } },
    ) as { spec: { a: unknown; list: unknown }; other: unknown };
    assert.equal(isSecret(marked.spec.a), true);
    assert.equal(isSecret(marked.spec.list), true);
    assert.equal(marked.other, "z");
    const data = annotateSecrets({ kind: "Secret", data: { a: "x" } }, {}).data;
    assert.equal(isSecret(data), true);
    assert.deepEqual(plain(data), { a: "x" });
  });

  it("shows of the live object what the inputs have", () => {
    assert.deepEqual(
      prune(
        { spec: { replicas: 3, extra: 1, list: [{ a: 1, b: 2 }, { a: 3 }], type: "x" } },
        { spec: { replicas: 2, list: [{ a: 0 }], type: { was: "an object" }, absent: 1 } },
      ),
      { spec: { replicas: 3, list: [{ a: 1 }], type: "x" } },
    );
  });
});
