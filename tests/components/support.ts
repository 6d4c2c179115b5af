import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { type Cluster, clusterProvider } from "../../components/cluster";
import { base64 } from "./computed";
import type { Registered } from "./mocks";

export const NAMESPACE = "kubernetes:core/v1:Namespace";
export const SECRET = "kubernetes:core/v1:Secret";
export const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
export const SERVICE = "kubernetes:core/v1:Service";
export const ISTIO_OPERATOR = "kubernetes:install.istio.io/v1alpha1:IstioOperator";
export const GATEWAY = "kubernetes:networking.istio.io/v1beta1:Gateway";
export const DESTINATION_RULE = "kubernetes:networking.istio.io/v1beta1:DestinationRule";
export const VIRTUAL_SERVICE = "kubernetes:networking.istio.io/v1beta1:VirtualService";
export const PROVIDER = "pulumi:providers:kubernetes";
export const FIREWALL = "gcp:compute/firewall:Firewall";
export const CLUSTER = "gcp:container/cluster:Cluster";
export const PRIVATE_KEY = "tls:index/privateKey:PrivateKey";

/** How others refer to a resource. */
export function key({ type, name }: Pick<Registered, "type" | "name">): string {
  return `${type}::${name}`;
}

export function all(resources: Registered[], type: string): Registered[] {
  return resources.filter((resource) => resource.type === type);
}

/** The only resource of a type, or of that type and name. */
export function one(resources: Registered[], type: string, name?: string): Registered {
  const found = all(resources, type).filter((resource) => name === undefined || resource.name === name);
  const [resource] = found;
  assert.ok(
    resource && found.length === 1,
    `${found.length} of ${type} ${name ?? ""} in ${listed(resources)}`,
  );
  return resource;
}

function listed(resources: Registered[]): string {
  return resources.map(key).sort().join("\n");
}

/** That one resource is there when another is made, and goes after it: by a chain of dependencies or as its provider. */
export function assertBefore(resources: Registered[], first: Registered, then: Registered): void {
  const seen = new Set<string>();
  const left = [key(then)];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const name = next;
    const resource = resources.find((candidate) => key(candidate) === name);
    for (const earlier of [...(resource?.dependencies ?? []), resource?.provider]) {
      if (earlier !== undefined && !seen.has(earlier)) {
        seen.add(earlier);
        left.push(earlier);
      }
    }
  }
  assert.ok(
    seen.has(key(first)),
    `${key(then)} does not wait for ${key(first)}, only for:\n${[...seen].join("\n")}`,
  );
}

/** Something that others can depend on. */
export class Thing extends pulumi.CustomResource {
  constructor(name: string, opts?: pulumi.CustomResourceOptions) {
    super("test:index:Thing", name, {}, opts);
  }
}

export function thing(name: string): string {
  return `test:index:Thing::${name}`;
}

/** What a component finds where another has waited for readiness. */
export function ready(name: string): pulumi.Output<pulumi.Resource> {
  return pulumi.output(undefined).apply(() => new Thing(name) as pulumi.Resource);
}

/** A cluster for what is made inside one. Owned, what is inside goes with the Thing of the cluster's name. */
export function fakeCluster(name = "us-east1", { owned = true } = {}): Cluster {
  return {
    name,
    network: `network-of-${name}`,
    kubeconfig: pulumi.output(`kubeconfig of ${name}`),
    provider: clusterProvider(
      name,
      { identifier: `mesh/${name}`, kubeconfig: `kubeconfig of ${name}`, owned },
      {},
    ),
    server: pulumi.output(`https://server-of-${name}`),
    certificateAuthority: pulumi.output(base64(`CA of ${name}`)),
    deletedWith: owned ? new Thing(name) : undefined,
  };
}

/** Checks that objects are made through the cluster's provider and may go with the cluster. */
export function assertInside(objects: Registered[], cluster = "us-east1"): void {
  assert.ok(objects.length > 0);
  for (const object of objects) {
    assert.equal(object.provider, `${PROVIDER}::${cluster}`, key(object));
    assert.equal(object.deletedWith, thing(cluster), key(object));
  }
}

/** A value deep inside of inputs. */
export function valueAt(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce((inner, step) => (inner as Record<string | number, unknown> | undefined)?.[step], value);
}
