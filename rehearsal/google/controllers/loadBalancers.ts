import type { ApiClient, ApiObject } from "../../kubernetes/client";
import { isObject, listAt, textAt, textsAt } from "../properties";
import { AddressError, chooseAddress, type AddressChoice } from "./addressChoice";
import { keys, listOfNames, wantsInternal } from "./annotations";
import { derivedId, type Cloud, type CloudCluster, type DerivedResource } from "./cloud";
import {
  annotationsOf,
  EventRecorder,
  finalizersOf,
  hash,
  isDeleting,
  keyOf,
  portsOf,
  setFinalizers,
  uidOf,
  type Api,
  type ControllerContext,
} from "./objects";
import { forEach, later, Reconciler, Since, stuck, type NextLook } from "./reconciler";

/** Of Kubernetes' service controller, and of GKE's for internal load balancers with subsetting. */
const cleanup = "service.kubernetes.io/load-balancer-cleanup";
const internalCleanup = "gke.networking.io/l4-ilb-v2";
const manager = "Google-L4-Controller";

export interface LoadBalancerDelays {
  /** Until a new load balancer has its address; at Google about 40 s. */
  create: number;
  /** Until a load balancer is gone; at Google about a minute. */
  remove: number;
}

/** Gives Services of type LoadBalancer their addresses, as GKE's service controllers do. One per cluster. */
export class LoadBalancers {
  private readonly abort = new AbortController();
  private readonly since = new Since();
  private api!: Api;
  private events!: EventRecorder;
  private context!: ControllerContext;
  private reconciler: Reconciler | undefined;
  private known: CloudCluster | undefined;

  constructor(
    private readonly cloud: Cloud,
    private readonly delays: LoadBalancerDelays = { create: 300, remove: 300 },
  ) {}

  start(client: ApiClient | Api, context: ControllerContext): void {
    this.api = client;
    this.context = context;
    this.events = new EventRecorder(client, "service-controller");
    const reconciler = new Reconciler(
      `load balancers of ${context.cluster}`,
      () => this.reconcile(),
      (line) => context.log(line),
    );
    client.watch("v1", "Service", () => reconciler.poke(), { signal: this.abort.signal });
    this.reconciler = reconciler;
    reconciler.poke();
  }

  get settled(): boolean {
    return this.reconciler?.settled ?? false;
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.reconciler?.stop();
  }

  private async reconcile(): Promise<NextLook> {
    // A cluster that is being deleted may be gone from the project already, and still has to be cleaned up.
    this.known = this.cloud.cluster(this.context.cluster) ?? this.known;
    const cluster = this.known;
    if (!cluster) return later(1000);
    const services = await this.api.list("v1", "Service");
    return forEach(services, (service) => this.reconcileOne(service, cluster));
  }

  private async reconcileOne(service: ApiObject, cluster: CloudCluster): Promise<NextLook> {
    if (isWanted(service)) return this.ensure(service, cluster);
    const ours = finalizersOf(service).some((one) => one === cleanup || one === internalCleanup);
    return ours ? this.remove(service, cluster) : undefined;
  }

  private async ensure(service: ApiObject, cluster: CloudCluster): Promise<NextLook> {
    const internal = wantsInternal(annotationsOf(service));
    const wanted = internal && cluster.subsetting ? [cleanup, internalCleanup] : [cleanup];
    const missing = wanted.filter((finalizer) => !finalizersOf(service).includes(finalizer));
    if (missing.length > 0) {
      await this.events.record(service, "Normal", "EnsuringLoadBalancer", "Ensuring load balancer");
      await setFinalizers(this.api, service, [...finalizersOf(service), ...missing], manager);
      return later(0);
    }
    const wait = this.since.wait(uidOf(service), this.delays.create);
    if (wait) return wait;
    let choice: AddressChoice;
    try {
      choice = this.choose(service, cluster, internal);
    } catch (error) {
      if (!(error instanceof AddressError)) throw error;
      const message = `Error syncing load balancer: failed to ensure load balancer: ${error.message}`;
      await this.events.record(service, "Warning", "SyncLoadBalancerFailed", message);
      return stuck(2000);
    }
    this.register(service, cluster, internal, choice);
    await this.publish(service, internal, cluster, choice.address);
    return undefined;
  }

  private choose(service: ApiObject, cluster: CloudCluster, internal: boolean): AddressChoice {
    const annotations = annotationsOf(service);
    const subnetName = annotations[keys.subnet];
    const subnetwork = this.cloud
      .subnetworks()
      .filter((one) => one.network === cluster.network && one.region === cluster.region)
      .find((one) => (subnetName ? one.name === subnetName : one.id === cluster.subnetwork));
    if (internal && !subnetwork)
      throw new AddressError(
        `googleapi: Error 404: The resource 'projects/${this.cloud.projectId}/regions/${cluster.region}/subnetworks/` +
          `${subnetName ?? cluster.subnetwork}' was not found, notFound`,
      );
    const rule = derivedId(
      this.cloud.projectId,
      "forwardingRule",
      cluster.region,
      ruleName(service, internal),
    );
    const rules = this.cloud.derived().filter((one) => one.kind === "forwardingRule");
    const others = new Set(rules.filter((one) => one.id !== rule).map((one) => one.data.address));
    const endpoint = cluster.privateEndpoint;
    return chooseAddress(
      {
        internal,
        region: cluster.region,
        ...(subnetwork ? { subnetwork } : {}),
        names: listOfNames(annotations[keys.addresses]),
        wanted: textAt(service, "spec.loadBalancerIP"),
        current: rules.find((one) => one.id === rule)?.data.address as string | undefined,
      },
      this.cloud.addresses(),
      (address) => others.has(address) || address === endpoint,
    );
  }

  private register(
    service: ApiObject,
    cluster: CloudCluster,
    internal: boolean,
    choice: AddressChoice,
  ): void {
    const name = ruleName(service, internal);
    const common = { managedBy: "l4", cluster: cluster.name, object: `Service ${keyOf(service)}` } as const;
    const make = (kind: DerivedResource["kind"], location: string, own: string, uses: string[], data = {}) =>
      this.cloud.putDerived({
        ...common,
        id: derivedId(this.cloud.projectId, kind, location, own),
        kind,
        name: own,
        location,
        uses,
        data,
      });
    // What else there is under the Service (backend service, health check, an unmanaged group) keeps nothing from going.
    make(
      "forwardingRule",
      cluster.region,
      name,
      [
        ...(internal ? [cluster.network, cluster.subnetwork] : []),
        ...(choice.reserved ? [choice.reserved.id] : []),
      ],
      {
        address: choice.address,
        internal,
        globalAccess: internal && annotationsOf(service)[keys.globalAccess] === "true",
        ports: portsOf(service.spec).map((port) => port.port),
      },
    );
    const sourceRanges = textsAt(service, "spec.loadBalancerSourceRanges");
    make("firewall", "global", `${name}-fw`, [cluster.network], {
      sourceRanges: sourceRanges.length > 0 ? sourceRanges : ["0.0.0.0/0"],
    });
  }

  private async publish(
    service: ApiObject,
    internal: boolean,
    cluster: CloudCluster,
    address: string,
  ): Promise<void> {
    const ingress = listAt(service, "status.loadBalancer.ingress");
    if (internal && cluster.subsetting) await this.annotate(service);
    if (ingress.length === 1 && ingress[0]?.ip === address) return;
    const status = { loadBalancer: { ingress: [{ ip: address, ipMode: "VIP" }] } };
    await this.api.patch(service, { status }, { subresource: "status", fieldManager: manager });
    const [reason, message] = internal
      ? (["SyncLoadBalancerSuccessful", "Successfully ensured load balancer resources"] as const)
      : (["EnsuredLoadBalancer", "Ensured load balancer"] as const);
    await this.events.record(service, "Normal", reason, message);
    this.context.log(
      `${this.context.cluster}: ${keyOf(service)} has ${internal ? "internal" : "public"} address ${address}`,
    );
  }

  /** GKE's controller for internal load balancers with subsetting names what it made on the Service. */
  private async annotate(service: ApiObject): Promise<void> {
    const name = ruleName(service, true);
    const wanted: Record<string, string> = {
      "service.kubernetes.io/backend-service": name,
      "service.kubernetes.io/firewall-rule": `${name}-fw`,
      "service.kubernetes.io/tcp-forwarding-rule": name,
    };
    const has = annotationsOf(service);
    if (Object.entries(wanted).every(([key, value]) => has[key] === value)) return;
    await this.api.patch(service, { metadata: { annotations: wanted } }, { fieldManager: manager });
  }

  private async remove(service: ApiObject, cluster: CloudCluster): Promise<NextLook> {
    await this.events.record(service, "Normal", "DeletingLoadBalancer", "Deleting load balancer");
    const wait = this.since.wait(`remove ${uidOf(service)}`, this.delays.remove);
    if (wait) return wait;
    const object = `Service ${keyOf(service)}`;
    for (const one of this.cloud.derived())
      if (one.managedBy === "l4" && one.cluster === cluster.name && one.object === object)
        this.cloud.removeDerived(one.id);
    if (!isDeleting(service))
      await this.api.patch(
        service,
        { status: { loadBalancer: { ingress: null } } },
        { subresource: "status", fieldManager: manager },
      );
    const kept = finalizersOf(service).filter((one) => one !== cleanup && one !== internalCleanup);
    await this.events.record(service, "Normal", "DeletedLoadBalancer", "Deleted load balancer");
    const fresh = isDeleting(service)
      ? service
      : ((await this.api.get("v1", "Service", service.metadata.name, service.metadata.namespace)) ?? service);
    await setFinalizers(this.api, fresh, kept, manager);
    this.since.forget(uidOf(service));
    this.since.forget(`remove ${uidOf(service)}`);
    return undefined;
  }
}

/** GKE leaves Services with a class of somebody else's alone (https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer-parameters). */
function isWanted(service: ApiObject): boolean {
  const spec = isObject(service.spec) ? service.spec : {};
  const own =
    spec.loadBalancerClass === undefined ||
    (typeof spec.loadBalancerClass === "string" &&
      spec.loadBalancerClass.startsWith("networking.gke.io/l4-regional-"));
  return spec.type === "LoadBalancer" && own && !isDeleting(service);
}

/** Internal: `k8s2-tcp-<hash>-<namespace>-<name>-...`; external: `a` and the Service's uid. */
export function ruleName(service: ApiObject, internal: boolean): string {
  if (!internal) return `a${uidOf(service).replaceAll("-", "")}`.slice(0, 32);
  const { name, namespace = "" } = service.metadata;
  const suffix = hash(uidOf(service), 8);
  return `k8s2-tcp-${suffix}-${`${namespace}-${name}`.slice(0, 36).replace(/-+$/, "")}`;
}
