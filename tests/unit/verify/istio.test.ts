import assert from "node:assert/strict";
import { networkProblems, revisionProblems, revisionsOf } from "../../../verify/checks/cluster";
import {
  deploymentProblems,
  operatorProblems,
  portProblems,
  serviceProblems,
} from "../../../verify/checks/istio";
import { endpointProblems, gatewayProblems, syncProblems } from "../../../verify/checks/links";
import {
  kubeconfigProblems,
  lackingRights,
  secretProblems,
  strayProblems,
  tokenProblems,
} from "../../../verify/checks/remote";
import { missingSubsets } from "../../../verify/checks/routes";
import { compare, inWords, type Rule } from "../../../verify/checks/rules";
import type { KubernetesObject } from "../../../verify/objects";

function object(rest: object, metadata: object = {}): KubernetesObject {
  return { apiVersion: "v1", kind: "Pod", ...rest, metadata: { name: "one", ...metadata } };
}

describe("the check of a cluster's network", () => {
  const east = { name: "east", network: "net-east" };
  const clusters = [east, { name: "west", network: "net-west" }];

  it("wants the configured one, which no other cluster has", () => {
    assert.deepEqual(networkProblems(east, "net-east", clusters), []);
    assert.match(
      networkProblems(east, undefined, clusters).join(),
      /has no label topology\.istio\.io\/network/,
    );
    assert.match(
      networkProblems(east, "net-west", clusters).join(),
      /says network net-west; configured is net-east.*net-west is the network of west too/,
    );
  });
});

describe("the check of the namespaces' revisions", () => {
  const injector = (labels: object) =>
    object({ webhooks: [{ name: "rev.namespace.sidecar-injector.istio.io" }] }, { labels });
  const revisions = revisionsOf([
    injector({ "istio.io/rev": "1-23-6" }),
    injector({ "istio.io/rev": "1-23-6", "istio.io/tag": "default" }),
    object({ webhooks: [{ name: "other.example.com" }] }, { labels: { "istio.io/rev": "other" } }),
  ]);

  it("knows revisions and tags", () => {
    assert.deepEqual(revisions, ["1-23-6", "default"]);
  });

  it("names the namespace whose revision nobody injects", () => {
    const namespace = (name: string, labels: object) => object({}, { name, labels });
    const fine = [
      namespace("a", { "istio.io/rev": "1-23-6" }),
      namespace("b", { "istio-injection": "enabled" }),
    ];
    assert.deepEqual(revisionProblems([...fine, namespace("c", {})], revisions), []);
    assert.match(
      revisionProblems([namespace("d", { "istio.io/rev": "1-22" })], revisions).join(),
      /namespace d asks for revision 1-22, which is not installed \(1-23-6, default\)/,
    );
  });
});

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
    assert.deepEqual(deploymentProblems(object({ spec: { replicas: 0 } })), ["one is scaled to 0"]);
    assert.deepEqual(deploymentProblems(deployment(3, 1)), ["one: 1 of 2 replicas available and up to date"]);
  });
});

describe("checks of the links between clusters", () => {
  it("name the cluster that istiod does not follow", () => {
    const states = [
      { id: "east", syncStatus: "synced" },
      { id: "west", syncStatus: "timeout" },
    ];
    assert.deepEqual(syncProblems(states, "east"), []);
    assert.deepEqual(syncProblems(states, "west"), ["west is timeout"]);
    assert.match(syncProblems(states, "south").join(), /does not know south/);
  });

  const gateway = { Network: "west", Cluster: "west", Addr: "10.20.0.64", Port: 15443 };
  const way = { cluster: "west", network: "west", address: "10.20.0.64" };

  it("want the gateway at its address, on the east-west port", () => {
    assert.deepEqual(gatewayProblems([gateway], way), []);
    assert.match(gatewayProblems([], way).join(), /knows no gateway to network west/);
    assert.match(gatewayProblems([{ ...gateway, Port: 443 }], way).join(), /10\.20\.0\.64:443/);
    assert.match(
      gatewayProblems([gateway, { ...gateway, Addr: "10.20.0.65" }], way).join(),
      /10\.20\.0\.65:15443/,
    );
  });

  it("want exactly the ready pods as endpoints", () => {
    const expected = { cluster: "west", network: "west", addresses: ["10.21.0.1"] };
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
      endpointProblems({ west: [] }, { cluster: "west", network: "west", addresses: [] }).join(),
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

  it("misses what istiod watches, whoever took it out of the role", () => {
    const all = ["endpoints", "pods", "services", "nodes", "namespaces"];
    const role: Rule[] = [
      { verbs: ["get", "list", "watch"], apiGroups: [""], resources: all },
      { verbs: ["list", "watch"], apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"] },
    ];
    assert.deepEqual(lackingRights(role), []);
    assert.deepEqual(lackingRights(role.slice(0, 1)), [
      "list endpointslices.discovery.k8s.io",
      "watch endpointslices.discovery.k8s.io",
    ]);
  });

  it("looks at the Secret as istiod does", () => {
    const labels = { "istio/multiCluster": "true" };
    const annotations = { "networking.istio.io/cluster": "west" };
    assert.deepEqual(secretProblems(object({ data: { west: "" } }, { labels, annotations }), "west"), []);
    assert.equal(secretProblems(object({ data: { West: "" } }), "west").length, 3);
  });

  it("wants a token, the address of the cluster, and nothing else", () => {
    const cluster = { server: "https://10.20.0.2", certificateAuthority: "Q0E=" };
    const kubeconfig = (user: object) =>
      JSON.stringify({
        clusters: [{ cluster: { server: "https://10.20.0.2", "certificate-authority-data": "Q0E=" } }],
        users: [{ user }],
      });
    assert.deepEqual(kubeconfigProblems(kubeconfig({ token: "t" }), cluster), []);
    assert.deepEqual(
      kubeconfigProblems(kubeconfig({ exec: {} }), { server: "https://10.16.0.2", certificateAuthority: "" }),
      [
        "its kubeconfig goes to https://10.20.0.2, not to https://10.16.0.2",
        "its kubeconfig has no token",
        "its kubeconfig has exec, which istiod refuses",
        "its kubeconfig has another CA than the cluster",
      ],
    );
  });

  it("believes the API server whose token it is", () => {
    const review = (status: object) => object({ status });
    const username = "system:serviceaccount:istio-system:istio-reader-service-account";
    assert.deepEqual(tokenProblems(review({ authenticated: true, user: { username } }), "west"), []);
    assert.match(
      tokenProblems(review({ error: "expired" }), "west").join(),
      /does not take the token: expired/,
    );
    assert.match(
      tokenProblems(review({ authenticated: true, user: { username: "admin" } }), "west").join(),
      /takes the token for admin/,
    );
  });

  it("finds remote secrets of others", () => {
    const remote = (name: string, cluster: string) =>
      object(
        {},
        { name: `istio-remote-secret-${name}`, annotations: { "networking.istio.io/cluster": cluster } },
      );
    const known = ["east", "west"];
    assert.deepEqual(strayProblems([remote("west", "west")], known, "east"), []);
    assert.match(strayProblems([remote("old", "old")], known, "east").join(), /not in the mesh's map/);
    assert.match(strayProblems([remote("west-2", "west")], known, "east").join(), /second Secret for west/);
    assert.match(strayProblems([remote("east", "east")], known, "east").join(), /of the cluster itself/);
  });
});

describe("the check of subsets", () => {
  it("names those that another cluster has", () => {
    const rule = (...names: string[]) =>
      object({ spec: { host: "a", subsets: names.map((name) => ({ name })) } });
    assert.deepEqual(missingSubsets([rule("x", "y")], [rule("x")], "west"), []);
    assert.match(
      missingSubsets([rule("x")], [rule("x", "y")], "west").join(),
      /of west has the subsets y for a/,
    );
    assert.equal(missingSubsets([], [rule("x")], "west").length, 1);
  });
});

describe("the check of istiod", () => {
  const slice = (...ready: (boolean | undefined)[]) => ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "istiod-abc" },
    endpoints: ready.map((one) => ({ conditions: { ready: one } })),
  });

  it("wants its Service to lead to a pod", () => {
    assert.deepEqual(serviceProblems([slice(false, true)], "istiod"), []);
    // Undefined is to be taken for true: https://kubernetes.io/docs/reference/kubernetes-api/service-resources/endpoint-slice-v1/
    assert.deepEqual(serviceProblems([slice(undefined)], "istiod"), []);
    assert.match(serviceProblems([], "istiod").join(), /Service istiod leads to no pod/);
    assert.match(serviceProblems([slice(false)], "istiod").join(), /leads to no pod/);
  });

  it("wants its Service to have the port that proxies ask", () => {
    const service = (...ports: number[]) => object({ spec: { ports: ports.map((port) => ({ port })) } });
    assert.deepEqual(portProblems(service(15012, 443), "istiod"), []);
    assert.match(portProblems(service(443, 15014), "istiod").join(), /has no port 15012/);
    assert.equal(portProblems(undefined, "istiod").length, 1);
  });
});
