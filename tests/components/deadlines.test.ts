import * as gkehub from "@pulumi/gcp/gkehub";
import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { IstioControlPlane } from "../../components/istioControlPlane";
import { IstioGateways } from "../../components/istioGateways";
import { MultiClusterIngress } from "../../components/multiClusterIngress";
import type { Cluster } from "../../components/cluster";
import { mesh } from "../unit/manifests/mesh";
import { FakeApiServer } from "./fakeApiServer";
import { run, type Run } from "./mocks";
import { all, fakeCluster, ISTIO_OPERATOR, Thing } from "./support";

const OPERATORS = "/apis/install.istio.io/v1alpha1/namespaces/istio-system/istiooperators";
const DEPLOYMENTS = "/apis/apps/v1/namespaces";
const INGRESS = "kubernetes:networking.gke.io/v1:MultiClusterIngress";
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const HEALTHY = { status: { status: "HEALTHY" } };
const AVAILABLE = {
  metadata: { generation: 1 },
  spec: { replicas: 2 },
  status: { observedGeneration: 1, availableReplicas: 2, updatedReplicas: 2 },
};

/** The longest pause between two looks of a wait: longer timers are left as they are. */
const LONGEST_PAUSE = 5000;

let server: FakeApiServer | undefined;
let endOfFakeTime: (() => void) | undefined;

afterEach(() => {
  endOfFakeTime?.();
  server?.stop();
});

/** A clock that each pause of a wait puts forward by ten times its length, without waiting for it. */
function fakeTime(): void {
  const { now } = Date;
  const { setTimeout: real } = globalThis;
  let ahead = 0;
  Date.now = () => now() + ahead;
  const quick = (work: () => void, ms = 0) => {
    if (ms < 1000 || ms > LONGEST_PAUSE) {
      return real(work, ms);
    }
    ahead += ms * 10;
    return real(work, 0);
  };
  globalThis.setTimeout = Object.assign(quick, real);
  endOfFakeTime = () => {
    Date.now = now;
    globalThis.setTimeout = real;
    endOfFakeTime = undefined;
  };
}

async function update(
  objects: Record<string, unknown>,
  program: (cluster: Cluster) => unknown,
): Promise<Run> {
  server = new FakeApiServer(objects);
  const kubeconfig = await server.start();
  fakeTime();
  const { log } = console;
  console.log = () => undefined;
  try {
    return await run(() => program({ ...fakeCluster(), kubeconfig: pulumi.output(kubeconfig) }), {
      preview: false,
    });
  } finally {
    console.log = log;
    endOfFakeTime?.();
  }
}

function ingress(cluster: Cluster) {
  new MultiClusterIngress("mesh-us-east1-ingress", {
    project: "my-project",
    mesh: mesh(),
    cluster,
    namespace: new Thing("namespace"),
    address: "203.0.113.7",
    kinds: { feature: new gkehub.Feature("feature", { name: "multiclusteringress", location: "global" }) },
    dependsOn: [],
  });
}

describe("what never comes", () => {
  it("is a kind of Google's: the deadline, and where to look", async () => {
    const done = await update({}, ingress);
    assert.match(
      String(done.errors[0]?.message),
      /^Kinds of the multi-cluster ingress in us-east1: not ready after 12\d\d s: multiclusteringresses.networking.gke.io is not installed\n.*gcloud container fleet ingress describe/,
    );
    assert.deepEqual(all(done.resources, INGRESS), []);
  });

  it("is the address of the global load balancer: the deadline, and where Google says why", async () => {
    const established = { status: { conditions: [{ type: "Established", status: "True" }] } };
    const done = await update(
      {
        [`${DEFINITIONS}/multiclusteringresses.networking.gke.io`]: established,
        [`${DEFINITIONS}/multiclusterservices.networking.gke.io`]: established,
        "/apis/networking.gke.io/v1/namespaces/istio-gateways/multiclusteringresses/edge": { status: {} },
      },
      ingress,
    );
    assert.match(
      String(done.errors[0]?.message),
      /MultiClusterIngress istio-gateways\/edge in us-east1: not ready after 18\d\d s: its load balancer has no address\n.*kubectl --context us-east1 -n istio-gateways describe multiclusteringress edge;/,
    );
    assert.equal(all(done.resources, INGRESS).length, 1);
  });

  it("is the address of the east-west gateway: the deadline, and which Service has none", async () => {
    const done = await update(
      {
        [`${OPERATORS}/control-plane-1-23-6`]: HEALTHY,
        [`${DEPLOYMENTS}/istio-system/deployments/istiod-1-23-6`]: AVAILABLE,
        [`${OPERATORS}/gateways-1-23-6`]: HEALTHY,
        [`${DEPLOYMENTS}/istio-gateways/deployments/istio-eastwestgateway`]: AVAILABLE,
        [`${DEPLOYMENTS}/istio-gateways/deployments/istio-ingressgateway`]: AVAILABLE,
        "/api/v1/namespaces/istio-gateways/services/istio-eastwestgateway": { status: {} },
      },
      (cluster) => {
        const controlPlane = new IstioControlPlane("mesh-us-east1", {
          mesh: mesh(),
          cluster,
          intermediate: { certificate: "own\n", issuers: "", privateKey: pulumi.secret("key\n") },
          rootCertificate: "root\n",
        });
        new IstioGateways("mesh-us-east1", { mesh: mesh(), cluster, config: {}, controlPlane });
      },
    );
    assert.match(
      String(done.errors[0]?.message),
      /^IstioOperator gateways-1-23-6 in us-east1: not ready after 9\d\d s: Service istio-gateways\/istio-eastwestgateway has no load balancer address\n/,
    );
    assert.equal(all(done.resources, ISTIO_OPERATOR).length, 2);
  });
});
