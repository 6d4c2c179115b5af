import assert from "node:assert/strict";
import { kubeconfigProblems, secretProblems } from "../../../rehearsal/checks/access";
import {
  deploymentProblems,
  expectedDeployments,
  hasProxy,
  logProblems,
  operatorProblems,
  readiness,
  refusal,
  toldProblems,
} from "../../../rehearsal/checks/istio";
import { endpointProblems, gatewayProblems, syncProblems } from "../../../rehearsal/checks/links";
import { compare, inWords, type Rule } from "../../../rehearsal/checks/rules";
import { ApiError, type ApiObject } from "../../../rehearsal/kubernetes/client";

function object(rest: object, metadata: object = {}): ApiObject {
  return { apiVersion: "v1", kind: "Pod", ...rest, metadata: { name: "one", ...metadata } };
}

describe("the check of Istio's installation", () => {
  it("names the components that failed", () => {
    const status = {
      status: "ERROR",
      componentStatus: { Pilot: { status: "ERROR", error: "no quota" }, Base: { status: "HEALTHY" } },
    };
    assert.deepEqual(operatorProblems(object({ status })), ["one is ERROR, Pilot: no quota"]);
    assert.deepEqual(operatorProblems(object({})), ["one is without a status"]);
    assert.deepEqual(operatorProblems(object({ status: { status: "HEALTHY" } })), []);
  });

  it("knows which Deployments a resource asks for", () => {
    const components = {
      pilot: {},
      ingressGateways: [
        { name: "a", namespace: "gateways", enabled: true },
        { name: "b" },
        { name: "c", enabled: false },
      ],
    };
    assert.deepEqual(expectedDeployments(object({ spec: { revision: "1-23-6", components } })), [
      "istio-system/istiod-1-23-6",
      "gateways/a",
      "istio-system/b",
    ]);
    assert.deepEqual(expectedDeployments(object({ spec: {} })), []);
  });

  it("believes the operator's log that a resource cannot be reconciled, until one is", () => {
    const error =
      "t\terror\tcontrolleruntime\tfailed to read profile nosuch: Reconciler error\tcontroller=c object=istio-system/gateways namespace=n\n";
    const resources = [object({}, { name: "gateways", namespace: "istio-system" })];
    const success = "- Pruning removed resourcest\tinfo\tinstaller\tReconciling IstioOperator\n";
    assert.deepEqual(logProblems("operator-1", success + error, resources), [
      "operator-1 cannot reconcile istio-system/gateways: failed to read profile nosuch",
    ]);
    assert.deepEqual(logProblems("operator-1", error + success, resources), []);
    assert.deepEqual(logProblems("operator-1", error, []), []);
    assert.deepEqual(logProblems("operator-1", "", resources), []);
  });

  it("looks whether Deployments have followed their last change", () => {
    const deployment = (observedGeneration: number, availableReplicas: number) =>
      object(
        {
          spec: { replicas: 2 },
          status: { observedGeneration, updatedReplicas: 2, availableReplicas },
        },
        { generation: 3 },
      );
    assert.deepEqual(deploymentProblems(deployment(3, 2)), []);
    assert.equal(deploymentProblems(deployment(2, 2)).length, 1);
    assert.deepEqual(deploymentProblems(deployment(3, 1)), ["one: 1 of 2 replicas available and up to date"]);
  });
});

describe("the check of injection", () => {
  const proxy = { name: "istio-proxy", env: [{ name: "ISTIO_META_CLUSTER_ID", value: "east" }] };

  it("counts containers as kubectl does, sidecars among init containers included", () => {
    const pod = object({
      spec: {
        containers: [{ name: "page" }],
        initContainers: [{ name: "istio-init" }, { ...proxy, restartPolicy: "Always" }],
      },
      status: {
        containerStatuses: [{ name: "page", ready: true }],
        initContainerStatuses: [
          { name: "istio-init", ready: true },
          { name: "istio-proxy", ready: false },
        ],
      },
    });
    assert.deepEqual(readiness(pod), { ready: 1, total: 2 });
    assert.ok(hasProxy(pod));
    assert.ok(!hasProxy(object({ spec: { containers: [{ name: "page" }] } })));
  });

  it("looks at what a new proxy is told", () => {
    const pod = (network: string) =>
      object({
        spec: {
          containers: [{ ...proxy, env: [...proxy.env, { name: "ISTIO_META_NETWORK", value: network }] }],
        },
      });
    assert.deepEqual(toldProblems(pod("east"), "east", "east"), []);
    assert.match(toldProblems(pod("west"), "east", "east").join(), /network west, not east and east/);
  });
});

describe("the check of validation", () => {
  const refused = (message: string) => refusal(new ApiError(400, "", message, ""));

  it("takes istiod's refusal for the right reason only", () => {
    assert.deepEqual(
      refused(
        'admission webhook "validation.istio.io" denied the request: configuration is invalid: invalid protocol "NO_SUCH_PROTOCOL", supported protocols are HTTP',
      ),
      { ok: true, detail: 'validation.istio.io: invalid protocol "NO_SUCH_PROTOCOL"' },
    );
    assert.equal(refused('Gateway "x" is invalid: spec.NO_SUCH_PROTOCOL').ok, false);
    assert.equal(refused('admission webhook "validation.istio.io" denied the request: no hosts').ok, false);
    assert.equal(refused('failed calling webhook "validation.istio.io": connection refused').ok, false);
  });
});

describe("checks of the links between clusters", () => {
  it("name the clusters that istiod does not follow", () => {
    const states = [
      { id: "east", secretName: "", syncStatus: "synced" as const },
      { id: "west", secretName: "istio-system/west", syncStatus: "timeout" as const },
      { id: "old", secretName: "istio-system/old", syncStatus: "synced" as const },
    ];
    assert.deepEqual(syncProblems(states.slice(0, 1), ["east"]), []);
    assert.deepEqual(syncProblems(states, ["east", "west", "south"]), [
      "does not know south (no remote secret, or one that it cannot read)",
      "west is timeout",
      "follows old, which is not of the mesh",
    ]);
  });

  const gateway = { Network: "west", Cluster: "west", Addr: "10.20.0.64", Port: 15443 };
  const way = { cluster: "west", network: "west", address: "10.20.0.64", range: "10.20.0.0/20" };

  it("want each gateway at its internal address, on the east-west port", () => {
    assert.deepEqual(gatewayProblems([gateway], [way]), []);
    assert.match(gatewayProblems([], [way]).join(), /knows no gateway to network west/);
    assert.match(gatewayProblems([{ ...gateway, Port: 443 }], [way]).join(), /10\.20\.0\.64:443/);
    assert.match(
      gatewayProblems([gateway, { ...gateway, Addr: "10.20.0.65" }], [way]).join(),
      /10\.20\.0\.65:15443/,
    );
    const outside = { ...gateway, Addr: "34.1.1.1" };
    assert.match(gatewayProblems([outside], [{ ...way, address: "34.1.1.1" }]).join(), /not of its subnet/);
    assert.match(gatewayProblems([gateway], [{ ...way, address: undefined }]).join(), /has no address/);
    assert.match(gatewayProblems([gateway], [way, { ...way, cluster: "east" }]).join(), /same network/);
  });

  it("want exactly the ready pods as endpoints", () => {
    const expected = [{ cluster: "west", network: "west", addresses: ["10.21.0.1"] }];
    const endpoint = { Addresses: ["10.21.0.1"], EndpointPort: 8080, Network: "west" };
    assert.deepEqual(endpointProblems({ west: [endpoint] }, expected), []);
    assert.match(endpointProblems({}, expected).join(), /does not know 10\.21\.0\.1 of west/);
    assert.match(
      endpointProblems({ west: [endpoint, { ...endpoint, Addresses: ["10.21.0.9"] }] }, expected).join(),
      /still knows 10\.21\.0\.9/,
    );
    assert.match(
      endpointProblems({ west: [{ ...endpoint, Network: "" }] }, expected).join(),
      /in network "", not west/,
    );
    assert.match(
      endpointProblems({ west: [] }, [{ cluster: "west", network: "west", addresses: [] }]).join(),
      /no ready pod/,
    );
  });
});

describe("the check of the remote token", () => {
  const reader: Rule[] = [
    { verbs: ["get", "list", "watch"], apiGroups: ["networking.istio.io", "x.org"], resources: ["*"] },
    { verbs: ["get", "list", "watch"], apiGroups: [""], resources: ["pods", "secrets"] },
    { verbs: ["create", "delete", "get"], apiGroups: ["m"], resources: ["serviceexports"] },
    { verbs: ["create"], apiGroups: ["a"], resources: ["tokenreviews"] },
  ];

  it("says what the rules are, Secrets first", () => {
    assert.equal(
      inWords(reader),
      "reads every Secret, all of Istio's kinds, all kinds of x.org, pods; creates serviceexports, tokenreviews; deletes serviceexports",
    );
    assert.equal(inWords([]), "");
  });

  it("finds what is granted beyond the role, or not granted", () => {
    const everybody: Rule[] = [{ verbs: ["get"], nonResourceURLs: ["/version"] }];
    assert.deepEqual(compare([...reader, ...everybody], reader, everybody), { more: [], less: [] });
    const granted: Rule[] = [
      ...reader.slice(0, 3),
      { verbs: ["create"], apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["x"] },
    ];
    assert.deepEqual(compare(granted, reader, everybody), {
      more: ["create deployments.apps/x"],
      less: ["create tokenreviews.a"],
    });
  });

  it("looks at the Secret as istiod does", () => {
    const labels = { "istio/multiCluster": "true" };
    assert.deepEqual(secretProblems(object({ data: { west: "" } }, { labels }), "west"), []);
    assert.equal(secretProblems(object({ data: { West: "" } }), "west").length, 2);
  });

  it("wants a token, the private endpoint, and nothing else", () => {
    const cluster = { server: "https://10.20.0.2" };
    assert.deepEqual(kubeconfigProblems({ cluster, user: { token: "t" } }, "10.20.0.2"), []);
    assert.deepEqual(kubeconfigProblems({ cluster, user: { tokenFile: "/t" } }, "10.16.0.2"), [
      "its kubeconfig goes to 10.20.0.2, not to 10.16.0.2",
      "its kubeconfig has no token",
      "its kubeconfig has tokenFile",
    ]);
  });
});
