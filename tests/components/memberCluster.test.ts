import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import type { MeshInput } from "../../components/config/schema";
import { MemberCluster } from "../../components/memberCluster";
import { kubeconfigOf } from "../unit/config/kubeconfig";
import { mesh } from "../unit/manifests/mesh";
import { register, type Registered, run } from "./mocks";
import {
  all,
  assertBefore,
  CLUSTER,
  FIREWALL,
  ISTIO_OPERATOR,
  NAMESPACE,
  one,
  PROVIDER,
  SECRET,
  Thing,
  valueAt,
} from "./support";

const MEMBERSHIP = "gcp:gkehub/membership:Membership";
const NODE_POOL = "gcp:container/nodePool:NodePool";
const FEATURE = "gcp:gkehub/feature:Feature";
const LINK = "//container.googleapis.com/projects/my-project/locations/us-east1/clusters/main";
const KUBECONFIG = kubeconfigOf();

interface Change {
  mesh?: Partial<MeshInput>;
  kubeconfig?: string;
  network?: string | null;
  signed?: string[];
  foundation?: () => pulumi.Resource[];
}

function program(cluster: string, change: Change = {}) {
  const { kubeconfig, network = "id of the VPC", signed = ["us-east1", "us-central1"] } = change;
  const { foundation = () => ["services", "VPC", "SSL policy"].map((each) => new Thing(each)) } = change;
  const whole = mesh(change.mesh);
  const config = whole.clusters[cluster];
  assert.ok(config);
  const intermediates = signed.map((name) => [name, { certificate: `${name}\n`, privateKey: `key\n` }]);
  return new MemberCluster(`mesh-${cluster}`, {
    project: "my-project",
    mesh: whole,
    cluster,
    config,
    shared: {
      network: pulumi.output(network ?? undefined),
      address: pulumi.output("203.0.113.7"),
      rootCertificate: pulumi.output("root\n"),
      intermediates: pulumi.secret(
        Object.fromEntries(intermediates) as Record<string, { certificate: string; privateKey: string }>,
      ),
    },
    foundation: foundation(),
    kubeconfig,
    deletionProtection: true,
  });
}

function existing(name: string, membershipLink?: string): Change {
  return {
    mesh: { clusters: { [name]: { existing: { server: "https://10.0.0.2", membershipLink } } } },
    kubeconfig: KUBECONFIG,
    signed: [name],
  };
}

function made(cluster: string, change: Change = {}): Promise<Registered[]> {
  return register(() => program(cluster, change));
}

describe("the config cluster", () => {
  it("is in the fleet, with the feature, before its gateways have a namespace, and leaves after it is gone", async () => {
    const resources = await made("us-east1");
    assertBefore(resources, one(resources, MEMBERSHIP), one(resources, FEATURE, "mesh"));
    const namespace = one(resources, NAMESPACE, "mesh-us-east1-istio-gateways");
    assertBefore(resources, one(resources, FEATURE), namespace);
  });

  it("joins after the APIs are on, also when it is there already", async () => {
    for (const change of [{}, existing("us-east1", LINK)]) {
      const resources = await made("us-east1", change);
      const services = one(resources, "test:index:Thing", "services");
      assertBefore(resources, services, one(resources, MEMBERSHIP));
      assertBefore(resources, services, one(resources, FEATURE));
    }
  });

  it("has no fleet feature where no fleet can know it", async () => {
    const resources = await made("us-east1", existing("us-east1"));
    assert.deepEqual([...all(resources, MEMBERSHIP), ...all(resources, FEATURE)], []);
  });
});

describe("any other cluster", () => {
  it("joins the fleet once its gateways are ready, and leaves before they go", async () => {
    const resources = await made("us-central1");
    assert.deepEqual(all(resources, FEATURE), []);
    const gateways = one(resources, ISTIO_OPERATOR, "mesh-us-central1-gateways");
    assertBefore(resources, gateways, one(resources, MEMBERSHIP));
  });

  it("asks for nothing of Google Cloud before the APIs are on, but for what the VPC waits for", async () => {
    const resources = await made("us-central1");
    const services = one(resources, "test:index:Thing", "services");
    assertBefore(resources, services, one(resources, CLUSTER));
  });
});

describe("what a cluster stands on", () => {
  it("is all there before the cluster, and until it is gone", async () => {
    const resources = await made("us-central1");
    const cluster = one(resources, CLUSTER);
    for (const name of ["services", "VPC", "SSL policy"]) {
      assertBefore(resources, one(resources, "test:index:Thing", name), cluster);
    }
  });

  it("has a way out and a way in for webhooks as long as there are nodes and pods", async () => {
    const resources = await made("us-central1");
    const cluster = one(resources, CLUSTER);
    for (const [type, name] of [
      ["gcp:compute/subnetwork:Subnetwork", "mesh-us-central1"],
      ["gcp:compute/router:Router", "mesh-us-central1"],
      ["gcp:compute/routerNat:RouterNat", "mesh-us-central1"],
      [FIREWALL, "mesh-us-central1-webhook"],
    ] as const) {
      const needed = one(resources, type, name);
      assertBefore(resources, needed, cluster);
      all(resources, NODE_POOL).forEach((pool) => assertBefore(resources, needed, pool));
    }
  });

  it("may be nothing of this stack's, where another stack has made it", async () => {
    const resources = await made("us-central1", { foundation: () => [] });
    assert.deepEqual(all(resources, "test:index:Thing"), []);
    one(resources, CLUSTER);
  });
});

describe("a cluster that is made", () => {
  it("has a subnet, a way out, and a way in for the webhooks' caller, in the mesh's VPC", async () => {
    const resources = await made("us-central1");
    const subnet = one(resources, "gcp:compute/subnetwork:Subnetwork", "mesh-us-central1");
    assert.equal(subnet.inputs.network, "id of the VPC");
    assert.equal(subnet.inputs.ipCidrRange, "10.20.0.0/20");
    assert.equal(one(resources, CLUSTER).inputs.subnetwork, "mesh-us-central1-id");
    one(resources, FIREWALL, "mesh-us-central1-webhook");
  });

  it("fails without a VPC, naming the stack to run", async () => {
    const { errors, resources } = await run(() => program("us-central1", { network: null }));
    assert.match(
      String(errors[0]?.message),
      /The mesh has no VPC yet\. Run first: pulumi up -s us-east1; then this stack again/,
    );
    assert.deepEqual(all(resources, CLUSTER), []);
  });
});

describe("a cluster that is there already", () => {
  it("gets nothing in Google Cloud but its membership", async () => {
    const resources = await made("campus", existing("campus", LINK));
    assert.deepEqual(
      resources.filter(({ type }) => type.startsWith("gcp:")).map(({ type }) => type),
      [MEMBERSHIP],
    );
    assert.equal(valueAt(one(resources, MEMBERSHIP).inputs, "endpoint", "gkeCluster", "resourceLink"), LINK);
    assert.deepEqual(one(resources, PROVIDER).secretInputs, ["kubeconfig"]);
  });

  it("has no objects of GKE's kinds where it is not known as one of GKE", async () => {
    const kinds = /(Frontend|Backend)Config$/;
    const known = await made("campus", existing("campus", LINK));
    assert.equal(known.filter(({ type }) => kinds.test(type)).length, 2);
    const unknown = await made("campus", existing("campus"));
    assert.deepEqual(
      unknown.filter(({ type }) => kinds.test(type)),
      [],
    );
  });
});

describe("what a cluster's istiod signs with", () => {
  it("is its own intermediate under the mesh's root", async () => {
    const { inputs, secretInputs } = one(await made("us-central1"), SECRET, "mesh-us-central1-cacerts");
    assert.equal(valueAt(inputs, "stringData", "ca-cert.pem"), "us-central1\n");
    assert.equal(valueAt(inputs, "stringData", "root-cert.pem"), "root\n");
    assert.deepEqual(secretInputs, ["stringData"]);
  });

  it("has to be signed by then: else the stack fails, naming the one to run", async () => {
    const { errors, resources } = await run(() => program("us-central1", { signed: ["us-east1"] }));
    assert.match(
      String(errors[0]?.message),
      /signed no intermediate for us-central1 yet\. Run first: pulumi up -s us-east1; then this stack again/,
    );
    assert.deepEqual(all(resources, ISTIO_OPERATOR), []);
  });
});
