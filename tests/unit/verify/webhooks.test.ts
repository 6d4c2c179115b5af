import assert from "node:assert/strict";
import { ApiError } from "../../../verify/cluster/client";
import {
  acceptedAdvice,
  hasProxy,
  refusal,
  toldProblems,
  webhookQuestions,
} from "../../../verify/checks/webhooks";
import { answer } from "../../../verify/check";
import type { Mesh, MeshCluster } from "../../../verify/mesh";
import type { KubernetesObject } from "../../../verify/objects";

function object(rest: object, metadata: object = {}): KubernetesObject {
  return { apiVersion: "v1", kind: "Pod", ...rest, metadata: { name: "one", ...metadata } };
}

describe("the check of injection", () => {
  const proxy = { name: "istio-proxy", env: [{ name: "ISTIO_META_CLUSTER_ID", value: "east" }] };

  it("finds a proxy among containers and sidecars", () => {
    assert.ok(hasProxy(object({ spec: { containers: [{ name: "page" }], initContainers: [proxy] } })));
    assert.ok(!hasProxy(object({ spec: { containers: [{ name: "page" }] } })));
  });

  it("looks at what a new proxy is told", () => {
    const problems = (env: Record<string, string>) => {
      const all = Object.entries({ ISTIO_META_NETWORK: "east", ...env }).map(([name, value]) => ({
        name,
        value,
      }));
      const pod = object({ spec: { containers: [{ ...proxy, env: [...proxy.env, ...all] }] } });
      return toldProblems(pod, "east", "east", "istiod-1-23-6");
    };
    const own = "istiod-1-23-6.istio-system.svc:15012";
    const config = (discoveryAddress: string) => JSON.stringify({ discoveryAddress, meshId: "mesh" });
    assert.deepEqual(problems({ PROXY_CONFIG: config(own), CA_ADDR: own }), []);
    assert.deepEqual(
      problems({ PROXY_CONFIG: config("istiod-1-23-6.istio-system.svc.cluster.local:15012"), CA_ADDR: own }),
      [],
    );
    assert.match(
      problems({ ISTIO_META_NETWORK: "west", PROXY_CONFIG: config(own) }).join(),
      /network west, not east and east/,
    );
    const other = "istiod.istio-system.svc:15012";
    // Istio leaves out what is its default.
    assert.deepEqual(problems({ PROXY_CONFIG: "{}" }), [
      `a new pod's proxy is told to ask ${other}, not ${own}`,
    ]);
    assert.deepEqual(problems({ PROXY_CONFIG: config(other), CA_ADDR: other }), [
      `a new pod's proxy is told to ask ${other}, not ${own}`,
    ]);
    assert.equal(problems({ PROXY_CONFIG: config(own), CA_ADDR: other }).length, 1);
  });
});

describe("the check of validation", () => {
  const refused = (message: string) => refusal(new ApiError(400, message));

  it("takes istiod's refusal for the right reason only", () => {
    assert.deepEqual(
      refused(
        'admission webhook "validation.istio.io" denied the request: configuration is invalid: invalid protocol "NO_SUCH_PROTOCOL", supported protocols are HTTP',
      ),
      { status: "ok", detail: 'validation.istio.io: invalid protocol "NO_SUCH_PROTOCOL"' },
    );
    assert.equal(refused('Gateway "x" is invalid: spec.NO_SUCH_PROTOCOL').status, "failed");
    assert.equal(
      refused('admission webhook "validation.istio.io" denied the request: no hosts').status,
      "failed",
    );
    assert.equal(
      refused('failed calling webhook "validation.istio.io": connection refused').status,
      "failed",
    );
  });

  it("says which of istiod's two configurations is gone, and how it comes back", () => {
    const [own, standard] = ["istio-validator-1-23-6-istio-system", "istiod-default-validator"];
    const advice = (...there: string[]) => acceptedAdvice({ name: "east" }, { revision: "1-23-6" }, there);
    assert.match(
      advice(standard),
      /^istio-validator-1-23-6-istio-system is gone: kubectl --context east .*rollout restart/,
    );
    assert.match(
      advice(own),
      /is gone: istioctl --context east tag set default --revision 1-23-6 --overwrite -y$/,
    );
    assert.match(advice(own, standard), /changed their rules: kubectl --context east get/);
  });
});

describe("the check of injection, where others refuse pods", () => {
  const hook = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name: "agents" },
    webhooks: [{ name: "pods.example.com" }],
  };
  function ask(error: Error, check = "injection") {
    const api = {
      create: () => Promise.reject(error),
      list: (_version: string, kind: string) => Promise.resolve(kind === hook.kind ? [hook] : []),
    };
    const cluster = { name: "east", stack: "east", network: "east", api } as unknown as MeshCluster;
    const config = { id: "mesh", revision: "1-23-6", verifyNamespace: "verify" };
    const mesh = { config, clusters: [cluster] } as unknown as Mesh;
    const question = webhookQuestions(mesh, cluster).find(({ id }) => id === check);
    return answer(question ?? assert.fail(), { timeout: 5 });
  }

  it("names the webhook that is not Istio's, and its configuration", async () => {
    const found = await ask(new ApiError(500, 'failed calling webhook "pods.example.com": no endpoints'));
    assert.equal(found.status, "failed");
    assert.match(found.fix ?? "", /kubectl --context east delete mutatingwebhookconfiguration agents$/);
  });

  it("does not judge istiod where a policy of others takes no Gateway", async () => {
    const found = await ask(
      new ApiError(422, "ValidatingAdmissionPolicy 'teams' denied request: label team"),
      "validation",
    );
    assert.equal(found.status, "unknown");
    const own = new ApiError(500, 'failed calling webhook "validation.istio.io": connection refused');
    assert.equal((await ask(own, "validation")).status, "failed");
  });

  it("does not judge what a quota or a policy refuses, and still finds istiod's own", async () => {
    assert.equal((await ask(new ApiError(403, "exceeded quota"))).status, "unknown");
    const own = await ask(
      new ApiError(500, 'failed calling webhook "rev.namespace.sidecar-injector.istio.io": x'),
    );
    assert.equal(own.status, "failed");
    assert.equal(own.fix, undefined, "the question's own");
  });
});
