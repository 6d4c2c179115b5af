import type { ApiObject } from "../../kubernetes/client";
import { firstFree } from "../cidr";
import { objectAt } from "../properties";
import { keptForProject, publicRanges } from "./addressChoice";
import { keys } from "./annotations";
import { derivedId, type Cloud, type DerivedKind, type DerivedResource } from "./cloud";
import { ingressManager, selectMembers, type Member } from "./derivedServices";
import {
  derivedServiceName,
  reconcileTime,
  resourceNames,
  type Backend,
  type LoadBalancerModel,
} from "./ingressModel";
import { keyOf, type Api } from "./objects";

/** What a load balancer was made for. Of the same name in every config cluster: the next one takes it over. */
export function objectOf(ingress: ApiObject): string {
  return `MultiClusterIngress ${keyOf(ingress)}`;
}

/** The global external load balancer of one MultiClusterIngress. */
export class IngressLoadBalancer {
  private readonly object: string;

  constructor(
    private readonly cloud: Cloud,
    private readonly api: Api,
    private readonly ingress: ApiObject,
    private readonly configCluster: string,
  ) {
    this.object = objectOf(ingress);
  }

  /** Google's refusal when another load balancer has the address. */
  conflict(model: LoadBalancerModel): string | undefined {
    const user = this.cloud
      .derived()
      .find(
        (one) =>
          one.kind === "forwardingRule" &&
          one.object !== this.object &&
          one.data.address === model.address?.address,
      );
    return model.address && user
      ? `googleapi: Error 400: Invalid value for field 'resource.IPAddress': '${model.address.address}'. ` +
          `Specified IP address is in-use (by ${user.name}) and would result in a conflict., invalid`
      : undefined;
  }

  /** Registers what the load balancer consists of, and writes the status where it differs; answers whether it did. */
  async ensure(model: LoadBalancerModel, members: Member[], services: ApiObject[]): Promise<boolean> {
    const address = model.address?.address ?? this.ephemeral();
    const network = members[0]?.cluster.network ?? "default";
    const names = resourceNames(
      this.ingress,
      this.cloud.projectId,
      network.slice(network.lastIndexOf("/") + 1),
      model,
    );
    const made = new Set<string>();
    const make = (kind: DerivedKind, name: string, uses: string[], data: Record<string, unknown> = {}) => {
      const id = derivedId(this.cloud.projectId, kind, "global", name);
      made.add(id);
      this.put({
        id,
        kind,
        name,
        location: "global",
        managedBy: "multiclusteringress",
        cluster: this.configCluster,
        object: this.object,
        uses,
        data,
      });
      return id;
    };
    const groups: string[] = [];
    const backends = model.backends.map((backend, index) => {
      const negs = this.groupsOf(backend, members, services);
      groups.push(...negs.map((neg) => `zones/${neg.location}/networkEndpointGroups/${neg.name}`));
      const policy = backend.securityPolicy
        ? [this.globalId("securityPolicies", backend.securityPolicy)]
        : [];
      const name = names.backends[index] ?? "";
      const check = make("healthCheck", name, [], { ...backend.healthCheck });
      return make("backendService", name, [check, ...negs.map((neg) => neg.id), ...policy], {
        protocol: backend.protocol,
      });
    });
    make("firewall", names.firewall, [network], { sourceRanges: ["130.211.0.0/22", "35.191.0.0/16"] });
    const urlMap = make("urlMap", names.urlMap, backends, { redirect: model.redirect });
    const certificates = model.certificates.map((name) => this.globalId("sslCertificates", name));
    const policy = model.sslPolicy ? [this.globalId("sslPolicies", model.sslPolicy)] : [];
    const proxy = make("targetProxy", names.urlMap, [urlMap, ...certificates, ...policy]);
    for (const rule of names.forwardingRules)
      make("forwardingRule", rule, [proxy, ...(model.address ? [model.address.id] : [])], {
        address,
        internal: false,
      });
    for (const one of this.own()) if (!made.has(one.id)) this.cloud.removeDerived(one.id);
    return this.publish({
      VIP: address,
      CloudResources: {
        BackendServices: names.backends,
        Firewalls: [names.firewall],
        ForwardingRules: names.forwardingRules,
        HealthChecks: names.backends,
        NetworkEndpointGroups: [...new Set(groups)].sort(),
        TargetProxies: names.targetProxies,
        UrlMap: names.urlMap,
      },
    });
  }

  remove(): void {
    for (const one of this.own()) this.cloud.removeDerived(one.id);
  }

  private own(): DerivedResource[] {
    return this.cloud
      .derived()
      .filter((one) => one.object === this.object && one.managedBy === "multiclusteringress");
  }

  /** NEGs of the members that the backend's service selects, as their NEG controllers have made them. */
  private groupsOf(backend: Backend, members: Member[], services: ApiObject[]): DerivedResource[] {
    const namespace = this.ingress.metadata.namespace ?? "";
    const object = `Service ${namespace}/${derivedServiceName(backend.service)}`;
    const parent = services.find((one) => keyOf(one) === `${namespace}/${backend.service}`);
    const selected = parent ? selectMembers(parent, members).selected : [];
    return this.cloud
      .derived()
      .filter(
        (one) =>
          one.kind === "networkEndpointGroup" &&
          one.object === object &&
          one.data.port === backend.port.port &&
          selected.some((member) => member.cluster.name === one.cluster),
      );
  }

  private ephemeral(): string {
    const rules = this.cloud.derived().filter((one) => one.kind === "forwardingRule");
    const own = rules.find((one) => one.object === this.object)?.data.address;
    if (typeof own === "string") return own;
    const taken = new Set([
      ...rules.map((one) => one.data.address),
      ...this.cloud.addresses().map((one) => one.address),
    ]);
    const range = publicRanges.global;
    const free = firstFree(range, (address) => taken.has(address) || keptForProject(range, address));
    if (free === undefined) throw new Error(`no address is left in ${range}`);
    return free;
  }

  private globalId(collection: string, name: string): string {
    return `projects/${this.cloud.projectId}/global/${collection}/${name}`;
  }

  private put(resource: DerivedResource): void {
    const before = this.cloud.derived().find((one) => one.id === resource.id);
    if (JSON.stringify(before) !== JSON.stringify(resource)) this.cloud.putDerived(resource);
  }

  private async publish(status: Record<string, unknown>): Promise<boolean> {
    if (sorted(objectAt(this.ingress, "status")) === sorted(status)) return false;
    const { apiVersion, kind, metadata } = this.ingress;
    await this.api.patch(
      { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace } },
      { metadata: { annotations: { [keys.lastReconcileTime]: reconcileTime(new Date()) } }, status },
      { fieldManager: ingressManager },
    );
    return true;
  }
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a.localeCompare(b)))
      : inner,
  );
}
