import * as gkehub from "@pulumi/gcp/gkehub";
import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import type { Cluster } from "../../components/cluster";
import { clusterApi } from "../../components/clusterApi";
import { IstioControlPlane } from "../../components/istioControlPlane";
import { IstioGateways } from "../../components/istioGateways";
import { MultiClusterIngress } from "../../components/multiClusterIngress";
import { mesh } from "../unit/manifests/mesh";
import { FakeApiServer } from "./fakeApiServer";
import { run, type Run } from "./mocks";
import { all, fakeCluster, GATEWAY, ISTIO_OPERATOR, Thing } from "./support";

const OPERATORS = "/apis/install.istio.io/v1alpha1/namespaces/istio-system/istiooperators";
const CONTROL_PLANE = `${OPERATORS}/control-plane-1-23-6`;
const GATEWAYS = `${OPERATORS}/gateways-1-23-6`;
const ISTIOD = "/apis/apps/v1/namespaces/istio-system/deployments/istiod-1-23-6";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/istio-gateways/deployments";
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

const ADDRESS = "/apis/networking.gke.io/v1/namespaces/istio-gateways/multiclusteringresses/edge";

const EAST_WEST_SERVICE = "/api/v1/namespaces/istio-gateways/services/istio-eastwestgateway";

const HEALTHY = { status: { status: "HEALTHY" } };
const AVAILABLE = {
  metadata: { generation: 1 },
  spec: { replicas: 2 },
  status: { observedGeneration: 1, availableReplicas: 2, updatedReplicas: 2 },
};
const ESTABLISHED = { status: { conditions: [{ type: "Established", status: "True" }] } };

let server: FakeApiServer | undefined;

afterEach(() => server?.stop());

/** Runs in an update, in which components ask the API server of the cluster. */
async function update(
  objects: Record<string, unknown>,
  program: (cluster: Cluster) => unknown,
  { preview = false } = {},
): Promise<Run> {
  server = new FakeApiServer(objects);
  const kubeconfig = await server.start();
  return run(() => program({ ...fakeCluster(), kubeconfig: pulumi.output(kubeconfig) }), { preview });
}

function istio(cluster: Cluster) {
  const controlPlane = new IstioControlPlane("mesh-us-east1", {
    mesh: mesh(),
    cluster,
    intermediate: { certificate: "own\n", issuers: "", privateKey: pulumi.secret("key\n") },
    rootCertificate: "root\n",
  });
  new IstioGateways("mesh-us-east1", { mesh: mesh(), cluster, config: {}, controlPlane });
}

function names(run: Run, type: string): string[] {
  return all(run.resources, type).map(({ name }) => name);
}

describe("an update of Istio", () => {
  it("goes on from istiod to the gateways, and from there, once each is ready", async () => {
    const done = await update(
      {
        [CONTROL_PLANE]: HEALTHY,
        [ISTIOD]: AVAILABLE,
        [GATEWAYS]: HEALTHY,
        [`${DEPLOYMENTS}/istio-eastwestgateway`]: AVAILABLE,
        [`${DEPLOYMENTS}/istio-ingressgateway`]: AVAILABLE,
        [EAST_WEST_SERVICE]: { status: { loadBalancer: { ingress: [{ ip: "10.16.0.9" }] } } },
      },
      istio,
    );
    assert.deepEqual(done.errors, []);
    assert.deepEqual(names(done, ISTIO_OPERATOR), ["mesh-us-east1-istiod", "mesh-us-east1-gateways"]);
    assert.deepEqual(names(done, GATEWAY), ["mesh-us-east1-cross-network-gateway"]);
    assert.deepEqual(
      server?.asked,
      [
        CONTROL_PLANE,
        ISTIOD,
        GATEWAYS,
        `${DEPLOYMENTS}/istio-eastwestgateway`,
        `${DEPLOYMENTS}/istio-ingressgateway`,
        EAST_WEST_SERVICE,
      ].map((path) => `Bearer a-token GET ${path}`),
    );
  });

  it("stops at an istiod that the operator cannot make, with its error and the way out", async () => {
    const error = { status: { status: "ERROR", componentStatus: { Pilot: { error: "quota exceeded" } } } };
    const done = await update({ [CONTROL_PLANE]: error }, istio);
    assert.deepEqual(names(done, ISTIO_OPERATOR), ["mesh-us-east1-istiod"]);
    const message = String(done.errors[0]?.message);
    assert.match(message, /^IstioOperator control-plane-1-23-6 in us-east1: not ready: status ERROR/);
    assert.match(message, /Pilot: quota exceeded/);
    const kubectl = "kubectl --context us-east1";
    assert.ok(message.includes(`${kubectl} -n istio-system get istiooperator control-plane-1-23-6 -o yaml`));
    assert.ok(
      message.includes(`${kubectl} -n istio-operator rollout restart deployment istio-operator-1-23-6; then`),
    );
    assert.doesNotMatch(message, /kubectl (?!--context us-east1 )/);
  });

  it("stops at gateways that the operator cannot make, and makes nothing that needs them", async () => {
    const done = await update(
      { [CONTROL_PLANE]: HEALTHY, [ISTIOD]: AVAILABLE, [GATEWAYS]: { status: { status: "ERROR" } } },
      istio,
    );
    assert.deepEqual(names(done, GATEWAY), []);
    assert.match(String(done.errors[0]?.message), /^IstioOperator gateways-1-23-6 in us-east1: not ready/);
  });

  it("asks nothing in a preview, and shows everything", async () => {
    const done = await update({}, istio, { preview: true });
    assert.deepEqual(done.errors, []);
    assert.deepEqual(server?.asked, []);
    assert.equal(names(done, ISTIO_OPERATOR).length, 2);
    assert.equal(names(done, GATEWAY).length, 1);
  });
});

describe("an update of the multi-cluster ingress", () => {
  function ingress(cluster: Cluster, from?: Cluster) {
    return new MultiClusterIngress("mesh-us-east1-ingress", {
      project: "my-project",
      mesh: mesh(),
      cluster,
      namespace: new Thing("namespace"),
      address: "203.0.113.7",
      kinds: from
        ? { from }
        : { feature: new gkehub.Feature("feature", { name: "multiclusteringress", location: "global" }) },
      dependsOn: [],
    });
  }

  it("goes on once the cluster knows Google's kinds, and the load balancer has its address", async () => {
    const done = await update(
      {
        [ADDRESS]: { status: { VIP: "203.0.113.7" } },
        [`${DEFINITIONS}/multiclusteringresses.networking.gke.io`]: ESTABLISHED,
        [`${DEFINITIONS}/multiclusterservices.networking.gke.io`]: ESTABLISHED,
      },
      (cluster) => ingress(cluster),
    );
    assert.deepEqual(done.errors, []);
    assert.deepEqual(names(done, "kubernetes:networking.gke.io/v1:MultiClusterIngress"), [
      "mesh-us-east1-ingress",
    ]);
    assert.equal(server?.asked.at(-1), `Bearer a-token GET ${ADDRESS}`);
  });

  it("does not wait for an address where it only stands by", async () => {
    const done = await update(
      {
        [`${DEFINITIONS}/multiclusteringresses.networking.gke.io`]: ESTABLISHED,
        [`${DEFINITIONS}/multiclusterservices.networking.gke.io`]: ESTABLISHED,
      },
      (cluster) => ({ address: ingress(cluster, cluster).address }),
    );
    assert.deepEqual(done.errors, []);
    assert.equal(done.outputs.address, "203.0.113.7");
    assert.ok(!server?.asked.some((line) => line.endsWith(ADDRESS)));
  });

  it("asks nothing in a preview", async () => {
    const done = await update({}, (cluster) => ingress(cluster), { preview: true });
    assert.deepEqual(done.errors, []);
    assert.deepEqual(server?.asked, []);
  });
});

describe("the API of a cluster", () => {
  async function api(objects: Record<string, unknown>) {
    server = new FakeApiServer(objects);
    return clusterApi(await server.start());
  }

  const ref = {
    group: "install.istio.io",
    version: "v1alpha1",
    plural: "istiooperators",
    namespace: "istio-system",
    name: "control-plane-1-23-6",
  };

  it("gives what is there", async () => {
    const cluster = await api({
      [CONTROL_PLANE]: HEALTHY,
      [ISTIOD]: AVAILABLE,
      [`${DEFINITIONS}/a`]: ESTABLISHED,
      [EAST_WEST_SERVICE]: { spec: { type: "LoadBalancer" } },
    });
    assert.deepEqual(await cluster.customObject(ref), HEALTHY);
    assert.equal((await cluster.deployment("istio-system", "istiod-1-23-6"))?.status?.availableReplicas, 2);
    assert.equal(
      (await cluster.service("istio-gateways", "istio-eastwestgateway"))?.spec?.type,
      "LoadBalancer",
    );
    assert.equal((await cluster.customResourceDefinition("a"))?.status?.conditions?.[0]?.status, "True");
  });

  it("gives nothing for what is not there, or for a kind that is not", async () => {
    const cluster = await api({});
    assert.equal(await cluster.customObject(ref), undefined);
    assert.equal(await cluster.deployment("istio-system", "istiod"), undefined);
    assert.equal(await cluster.service("istio-gateways", "istio-eastwestgateway"), undefined);
    assert.equal(await cluster.customResourceDefinition("a"), undefined);
  });

  it("does not take a refusal for something that is not there", async () => {
    const cluster = await api({ [CONTROL_PLANE]: 403, [ISTIOD]: 500 });
    await assert.rejects(cluster.customObject(ref), /403/);
    await assert.rejects(cluster.deployment("istio-system", "istiod-1-23-6"), /500/);
  });
});
