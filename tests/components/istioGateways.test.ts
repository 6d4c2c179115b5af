import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { IstioControlPlane } from "../../components/istioControlPlane";
import { IstioGateways } from "../../components/istioGateways";
import { crossNetworkGateway, eastWestAuthorizationPolicy } from "../../components/manifests/eastWestGateway";
import { gateways } from "../../components/manifests/istioOperator";
import { mesh } from "../unit/manifests/mesh";
import { register } from "./mocks";
import {
  assertBefore,
  assertInside,
  fakeCluster,
  GATEWAY,
  ISTIO_OPERATOR,
  NAMESPACE,
  one,
  PROVIDER,
} from "./support";

const NAME = "mesh-us-east1";

function made(config: { namedNeg?: string } = {}, settings: Parameters<typeof mesh>[0] = {}) {
  return register(() => {
    const cluster = fakeCluster();
    const controlPlane = new IstioControlPlane(NAME, {
      mesh: mesh(settings),
      cluster,
      intermediate: { certificate: "own\n", issuers: "", privateKey: pulumi.secret("key\n") },
      rootCertificate: "root\n",
    });
    return new IstioGateways(NAME, { mesh: mesh(settings), cluster, config, controlPlane });
  });
}

describe("the namespace of the gateways", () => {
  it("is their own: in istio-system a gateway could read the CA's key and the remote tokens", async () => {
    assert.deepEqual(one(await made(), NAMESPACE, `${NAME}-istio-gateways`).inputs.metadata, {
      name: "istio-gateways",
    });
  });

  it("is always deleted, and waited for, so that load balancer and named NEG are gone before the cluster is", async () => {
    const namespace = one(await made(), NAMESPACE, `${NAME}-istio-gateways`);
    assert.equal(namespace.deletedWith, undefined);
    assert.equal(namespace.provider, `${PROVIDER}::us-east1`);
    assert.deepEqual(namespace.timeouts, { delete: "20m" });
  });
});

describe("the gateways' IstioOperator resource", () => {
  it("is that of both gateways, for this cluster and network", async () => {
    assert.deepEqual(
      one(await made(), ISTIO_OPERATOR, `${NAME}-gateways`).inputs,
      gateways(mesh(), { name: "us-east1", network: "network-of-us-east1", namedNeg: undefined }),
    );
  });

  it("has the named NEG where the cluster asks for it", async () => {
    const { inputs } = one(await made({ namedNeg: "my-neg" }), ISTIO_OPERATOR, `${NAME}-gateways`);
    assert.match(JSON.stringify(inputs), /cloud\.google\.com\/neg.*my-neg/);
  });

  it("comes after istiod, which injects the proxies, and after the namespace", async () => {
    const resources = await made();
    assert.deepEqual(one(resources, ISTIO_OPERATOR, `${NAME}-gateways`).dependencies, [
      `${NAMESPACE}::${NAME}-istio-gateways`,
      `${ISTIO_OPERATOR}::${NAME}-istiod`,
    ]);
  });

  it("goes before istiod and the operator, and is always deleted: what it made keeps load balancers", async () => {
    const resources = await made();
    const operated = one(resources, ISTIO_OPERATOR, `${NAME}-gateways`);
    assert.equal(operated.deletedWith, undefined);
    assert.equal(operated.provider, `${PROVIDER}::us-east1`);
    assert.deepEqual(operated.timeouts, { delete: "10m" });
    assertBefore(resources, one(resources, "kubernetes:apps/v1:Deployment", `${NAME}-operator`), operated);
  });
});

describe("the cross-network gateway", () => {
  it("is made once both gateways are there, and may go with the cluster", async () => {
    const gateway = one(await made(), GATEWAY, `${NAME}-cross-network-gateway`);
    assert.deepEqual(gateway.inputs, crossNetworkGateway());
    assert.deepEqual(gateway.dependencies, [`${ISTIO_OPERATOR}::${NAME}-gateways`]);
    assertInside([gateway]);
  });
});

describe("everything of the gateways", () => {
  it("is the component's own", async () => {
    const own = (await made()).filter(({ parent }) => parent === `mesh:istio:IstioGateways::${NAME}`);
    assert.deepEqual(own.map(({ name }) => name).sort(), [
      `${NAME}-cross-network-gateway`,
      `${NAME}-gateways`,
      `${NAME}-istio-gateways`,
    ]);
  });
});

describe("an external east-west gateway", () => {
  const POLICY = "kubernetes:security.istio.io/v1beta1:AuthorizationPolicy";
  const external = { eastWest: { access: "external" as const, sourceRanges: ["203.0.113.0/24"] } };

  it("has an AuthorizationPolicy for the same ranges before it opens", async () => {
    const resources = await made({}, external);
    const policy = one(resources, POLICY, `${NAME}-east-west-sources`);
    assert.deepEqual(policy.inputs, eastWestAuthorizationPolicy(mesh(external)));
    assertInside([policy]);
    assertBefore(resources, policy, one(resources, ISTIO_OPERATOR, `${NAME}-gateways`));
  });

  it("is the only one that has", async () => {
    assert.deepEqual(
      (await made()).filter(({ type }) => type === POLICY),
      [],
    );
  });
});
