import assert from "node:assert/strict";
import type { MeshInput } from "../../components/config/schema";
import { EdgeGateway } from "../../components/edgeGateway";
import type { IstioGateways } from "../../components/istioGateways";
import { backendConfig, edgeGateway, frontendConfig } from "../../components/manifests/multiClusterIngress";
import { mesh } from "../unit/manifests/mesh";
import { privateKey } from "./computed";
import { register } from "./mocks";
import {
  all,
  assertInside,
  fakeCluster,
  GATEWAY,
  key,
  one,
  ready,
  SECRET,
  Thing,
  thing,
  valueAt,
} from "./support";

const NAME = "mesh-us-east1-edge";
const FRONTEND = "kubernetes:networking.gke.io/v1beta1:FrontendConfig";
const BACKEND = "kubernetes:cloud.google.com/v1:BackendConfig";

function made(ingress: MeshInput["ingress"] = {}, { sslPolicy = "", onGke = true } = {}) {
  return register(() => {
    const gateways = { namespace: new Thing("namespace"), ready: ready("gateways") };
    return new EdgeGateway(NAME, {
      mesh: mesh({ ingress }),
      cluster: fakeCluster(),
      gateways: gateways as unknown as IstioGateways,
      sslPolicy: sslPolicy || undefined,
      onGke,
    });
  });
}

describe("the shared edge Gateway", () => {
  it("is made after its certificate and once the gateways are ready", async () => {
    const gateway = one(await made(), GATEWAY, `${NAME}-gateway`);
    assert.deepEqual(gateway.inputs, edgeGateway());
    assert.deepEqual(gateway.dependencies, [`${SECRET}::${NAME}-origin`, thing("gateways")]);
  });

  it("answers the load balancer with a TLS Secret beside the gateways", async () => {
    const secret = one(await made(), SECRET, `${NAME}-origin`);
    assert.deepEqual(secret.inputs.metadata, { name: "edge-origin-tls", namespace: "istio-gateways" });
    assert.equal(secret.inputs.type, "kubernetes.io/tls");
    assert.deepEqual(secret.inputs.stringData, {
      "tls.crt": `certificate of ${NAME}-origin\n`,
      "tls.key": privateKey(`${NAME}-origin`),
    });
    assert.ok(secret.dependencies.includes(thing("namespace")));
  });

  it("keeps that Secret's data secret", async () => {
    const secret = one(await made(), SECRET);
    assert.deepEqual(secret.secretInputs, ["stringData"]);
    assert.doesNotMatch(JSON.stringify(secret.plainInputs), /PRIVATE KEY/);
  });

  it("has a certificate of the cluster's own", async () => {
    const { inputs } = one(await made(), "tls:index/selfSignedCert:SelfSignedCert", `${NAME}-origin`);
    assert.deepEqual(inputs.dnsNames, ["edge.us-east1"]);
    assert.deepEqual(inputs.subject, { commonName: "edge.us-east1" });
  });
});

describe("how the load balancer treats requests", () => {
  it("is a FrontendConfig that redirects to HTTPS", async () => {
    const frontend = one(await made(), FRONTEND, `${NAME}-frontend`);
    assert.deepEqual(frontend.inputs, frontendConfig());
    assert.deepEqual(frontend.dependencies, [thing("namespace")]);
  });

  it("names the SSL policy where there is one", async () => {
    const { inputs } = one(await made({}, { sslPolicy: "mesh-edge" }), FRONTEND);
    assert.equal(valueAt(inputs, "spec", "sslPolicy"), "mesh-edge");
  });
});

describe("how the load balancer treats backends", () => {
  it("is a BackendConfig that asks the gateways' status port", async () => {
    const backend = one(await made(), BACKEND, `${NAME}-backend`);
    assert.equal(valueAt(backend.inputs, "spec", "healthCheck", "port"), 15021);
    assert.equal(valueAt(backend.inputs, "spec", "healthCheck", "requestPath"), "/healthz/ready");
    assert.deepEqual(backend.dependencies, [thing("namespace")]);
  });

  it("has the time limit and the security policy of the user", async () => {
    const ingress = { responseTimeoutSeconds: 120, securityPolicy: "edge-armor" };
    const { inputs } = one(await made(ingress), BACKEND);
    assert.deepEqual(inputs, backendConfig(mesh({ ingress }).ingress));
    assert.equal(valueAt(inputs, "spec", "timeoutSec"), 120);
    assert.deepEqual(valueAt(inputs, "spec", "securityPolicy"), { name: "edge-armor" });
  });
});

describe("a cluster that is not one of GKE", () => {
  it("has the Gateway, and no objects of kinds that it does not know", async () => {
    const resources = await made({}, { onGke: false });
    one(resources, GATEWAY);
    assert.deepEqual([...all(resources, FRONTEND), ...all(resources, BACKEND)], []);
  });
});

describe("everything of the edge in a cluster", () => {
  it("is made through the cluster's provider, and may go with the cluster", async () => {
    const objects = (await made()).filter(
      ({ parent, type }) => parent === `mesh:edge:EdgeGateway::${NAME}` && type.startsWith("kubernetes:"),
    );
    assert.deepEqual(objects.map(key).sort(), [
      `${BACKEND}::${NAME}-backend`,
      `${SECRET}::${NAME}-origin`,
      `${FRONTEND}::${NAME}-frontend`,
      `${GATEWAY}::${NAME}-gateway`,
    ]);
    assertInside(objects);
  });
});
