import { NoMatchError, type ApiObject } from "../../kubernetes/client";
import { multiClusterIngressDefinitions } from "../crds";
import { textAt } from "../properties";
import type { Cloud } from "./cloud";
import { configObjects, type ConfigObjects } from "./configObjects";
import { hasDefinitions, installDefinitions } from "./definitions";
import {
  derivedFailure,
  derivedServicesOf,
  ensureDerivedService,
  ingressManager,
  selectMembers,
  type Member,
} from "./derivedServices";
import { IngressLoadBalancer } from "./ingressLoadBalancer";
import { backendsOf, translate, type LoadBalancerModel } from "./ingressModel";
import { EventRecorder, finalizersOf, isDeleting, keyOf, setFinalizers, uidOf, type Api } from "./objects";
import { collectLoadBalancers } from "./orphans";
import { forEach, later, Reconciler, Since, sooner, stuck, type NextLook } from "./reconciler";

// The real controller reads and writes the older version, and its name stands in managedFields.
const group = "networking.gke.io/v1beta1";
const ingressFinalizer = "mci.finalizer.networking.gke.io";
const serviceFinalizer = "mcs.finalizer.networking.gke.io";

export interface IngressDelays {
  /** From the feature to its CRDs in the config cluster; minutes at Google. */
  definitions: number;
  /** From a complete MultiClusterIngress to its address in the status; 5 to 10 minutes at Google. */
  address: number;
  /** From the deletion of an object to the end of its finalizer; up to five minutes at Google. */
  remove: number;
}

/** Far shorter than Google's. */
export const usualIngressDelays: IngressDelays = { definitions: 3000, address: 2000, remove: 1000 };

export interface IngressState {
  ingress: ApiObject;
  /** What it was made from. */
  objects: ConfigObjects;
  model?: LoadBalancerModel;
  problems: string[];
}

/**
 * The controller that Google runs for a fleet's feature `multiclusteringress`. One per project.
 *
 * When the feature names another config cluster: Google's pages say that it reads the objects of the config cluster and no other
 * (https://cloud.google.com/kubernetes-engine/docs/concepts/multi-cluster-ingress), and that load balancers called `mci-...` which
 * it does not manage are deleted (.../docs/how-to/multi-cluster-ingress-setup, limitations). Assumed, each time what asks most of
 * whoever moves: a load balancer without an object in the new config cluster is one of those; an object of the same name takes it
 * over as it is; and objects left in the old one keep their finalizers. The section on moves in Google's page on operations
 * (.../docs/how-to/troubleshooting-and-ops) was not to be had when this was written.
 */
export class MultiClusterIngressController {
  /** What the last look found: load balancers go on by it while the config cluster's API does not answer. */
  ingresses: IngressState[] = [];
  services: ApiObject[] = [];
  private readonly since = new Since();
  private readonly reconciler: Reconciler;
  private watching: { cluster: string; api: Api; abort: AbortController; events: EventRecorder } | undefined;
  /** The cluster whose objects were counted last: they go only with it, or one by one. */
  private holder: string | undefined;
  private stopListening: (() => void) | undefined;

  constructor(
    private readonly cloud: Cloud,
    /** The client of a cluster; undefined while its control plane does not answer. */
    private readonly apiOf: (cluster: string) => Api | undefined,
    private readonly log: (line: string) => void,
    private readonly delays: IngressDelays = usualIngressDelays,
  ) {
    this.reconciler = new Reconciler("multi-cluster ingress", () => this.reconcile(), log, 10_000);
  }

  start(): void {
    this.stopListening = this.cloud.onChange(() => this.reconciler.poke(100));
    this.reconciler.poke();
  }

  poke(): void {
    this.reconciler.poke();
  }

  get settled(): boolean {
    return this.reconciler.settled;
  }

  async stop(): Promise<void> {
    this.stopListening?.();
    this.watching?.abort.abort();
    await this.reconciler.stop();
  }

  /** Members of the fleet whose control planes answer. */
  members(): Member[] {
    return this.cloud.memberships().flatMap((membership) => {
      const cluster = this.cloud.cluster(membership.cluster);
      const api = this.apiOf(membership.cluster);
      return cluster && api ? [{ cluster, api }] : [];
    });
  }

  private async reconcile(): Promise<NextLook> {
    const wanted = this.cloud.configMembership();
    const membership = this.cloud.memberships().find((one) => one.id === wanted);
    const api = membership && this.apiOf(membership.cluster);
    if (!membership || !api) {
      this.leave();
      this.forget();
      if (this.holder && !this.cloud.cluster(this.holder)) this.cloud.setMultiClusterIngressObjects(0);
      return wanted === undefined ? undefined : stuck(1000);
    }
    const wait = this.since.wait(`definitions ${wanted} ${membership.cluster}`, this.delays.definitions);
    if (wait && this.watching?.api !== api && !(await hasDefinitions(api, multiClusterIngressDefinitions)))
      return wait;
    const { events } = await this.enter(membership.cluster, api);
    const { ingresses, services, served } = await this.objects(api);
    this.holder = membership.cluster;
    this.cloud.setMultiClusterIngressObjects(ingresses.length + services.length);
    this.services = services;
    const members = this.members();
    // Ingresses before services: a service whose ingress is on its way out waits for it.
    const states: IngressState[] = [];
    const first = await forEach(ingresses, (one) =>
      this.reconcileIngress(one, services, api, events, members, states),
    );
    this.ingresses = states;
    const second = await forEach(services, (one) =>
      this.reconcileService(one, ingresses, api, events, members),
    );
    await this.collect(services, members);
    if (!served) return sooner(first, second);
    const { cloud, since, log, delays } = this;
    return sooner(sooner(first, second), collectLoadBalancers(cloud, ingresses, { since, log, delays }));
  }

  private async objects(api: Api) {
    try {
      const [ingresses, services] = await Promise.all([
        api.list(group, "MultiClusterIngress"),
        api.list(group, "MultiClusterService"),
      ]);
      return { ingresses, services, served: true };
    } catch (error) {
      if (error instanceof NoMatchError) return { ingresses: [], services: [], served: false };
      throw error;
    }
  }

  private async enter(cluster: string, api: Api) {
    if (this.watching?.api === api) return this.watching;
    // The same cluster with another client has come back: what it said last holds until it says something else.
    if (this.watching?.cluster !== cluster) this.forget();
    this.leave();
    await installDefinitions(api, multiClusterIngressDefinitions);
    this.log(
      `multi-cluster ingress: ${cluster} is the config cluster and serves MultiClusterIngress and MultiClusterService`,
    );
    const abort = new AbortController();
    this.watching = {
      cluster,
      api,
      abort,
      events: new EventRecorder(api, "multi-cluster-ingress-controller"),
    };
    for (const kind of ["MultiClusterIngress", "MultiClusterService"])
      api.watch(group, kind, () => this.reconciler.poke(), { signal: abort.signal });
    for (const [version, kind] of [
      ["cloud.google.com/v1", "BackendConfig"],
      ["networking.gke.io/v1beta1", "FrontendConfig"],
      ["v1", "Secret"],
    ] as const)
      api.watch(version, kind, () => this.reconciler.poke(), { signal: abort.signal });
    return this.watching;
  }

  private leave(): void {
    this.watching?.abort.abort();
    this.watching = undefined;
  }

  private forget(): void {
    this.ingresses = [];
    this.services = [];
  }

  private async reconcileService(
    service: ApiObject,
    ingresses: ApiObject[],
    api: Api,
    events: EventRecorder,
    members: Member[],
  ): Promise<NextLook> {
    if (isDeleting(service)) return this.removeService(service, ingresses, api, members);
    if (!finalizersOf(service).includes(serviceFinalizer)) {
      await setFinalizers(api, service, [...finalizersOf(service), serviceFinalizer], ingressManager);
      await events.record(service, "Normal", "ADD", keyOf(service));
      return later(0);
    }
    const { selected, unknown } = selectMembers(service, members);
    for (const link of unknown)
      await events.record(service, "Warning", "SYNC", `cluster link "${link}" names no member of the fleet`);
    let next: NextLook;
    for (const member of selected)
      try {
        await ensureDerivedService(member, service);
        const { location, name } = member.cluster;
        await events.record(
          service,
          "Normal",
          "SYNC",
          `Derived Service was ensured in cluster {${location}/${name} ${name}}`,
        );
      } catch (error) {
        await events.record(service, "Warning", "SYNC", derivedFailure(member, service, error));
        next = stuck(2000);
      }
    return unknown.length > 0 ? sooner(next, stuck(5000)) : next;
  }

  private async removeService(
    service: ApiObject,
    ingresses: ApiObject[],
    api: Api,
    members: Member[],
  ): Promise<NextLook> {
    if (!finalizersOf(service).includes(serviceFinalizer)) return undefined;
    // Its backend service is in use by the URL map for as long as an ingress names it.
    const users = ingresses
      .filter(
        (one) =>
          one.metadata.namespace === service.metadata.namespace &&
          finalizersOf(one).includes(ingressFinalizer),
      )
      .filter((one) => backendsOf(one).some((backend) => backend.service === service.metadata.name));
    if (users.length > 0) return later(500);
    const wait = this.since.wait(uidOf(service), this.delays.remove);
    if (wait) return wait;
    for (const { api: memberApi } of members)
      for (const derived of await derivedServicesOf(memberApi))
        if (derived.parent === keyOf(service)) await memberApi.delete(derived.service);
    const kept = finalizersOf(service).filter((one) => one !== serviceFinalizer);
    await setFinalizers(api, service, kept, ingressManager);
    this.since.forget(uidOf(service));
    return undefined;
  }

  /** Takes derived Services away where their parent is gone or does not select the member any more. */
  private async collect(services: ApiObject[], members: Member[]): Promise<void> {
    const known = new Set(members.map((member) => member.cluster.name));
    for (const member of members)
      for (const derived of await derivedServicesOf(member.api)) {
        const parent = services.find((one) => keyOf(one) === derived.parent);
        if (!parent || !selectMembers(parent, members).selected.includes(member))
          await member.api.delete(derived.service);
      }
    // A cluster that has left the fleet but lives on loses them too.
    for (const cluster of new Set(this.cloud.derived().map((one) => one.cluster))) {
      const api = known.has(cluster) ? undefined : this.apiOf(cluster);
      if (api) for (const derived of await derivedServicesOf(api)) await api.delete(derived.service);
    }
  }

  private async reconcileIngress(
    ingress: ApiObject,
    services: ApiObject[],
    api: Api,
    events: EventRecorder,
    members: Member[],
    states: IngressState[],
  ): Promise<NextLook> {
    const balancer = new IngressLoadBalancer(this.cloud, api, ingress, this.watching?.cluster ?? "");
    if (isDeleting(ingress)) {
      if (!finalizersOf(ingress).includes(ingressFinalizer)) return undefined;
      const wait = this.since.wait(uidOf(ingress), this.delays.remove);
      if (wait) return wait;
      balancer.remove();
      const kept = finalizersOf(ingress).filter((one) => one !== ingressFinalizer);
      await setFinalizers(api, ingress, kept, ingressManager);
      this.since.forget(uidOf(ingress));
      this.since.forget(`address ${uidOf(ingress)}`);
      this.log(`multi-cluster ingress: the load balancer of ${keyOf(ingress)} is gone`);
      return undefined;
    }
    if (!finalizersOf(ingress).includes(ingressFinalizer)) {
      await setFinalizers(api, ingress, [...finalizersOf(ingress), ingressFinalizer], ingressManager);
      await events.record(ingress, "Normal", "ADD", keyOf(ingress));
      return later(0);
    }
    const objects = await configObjects(api, ingress, services);
    const { model, problems } = translate(ingress, objects, this.cloud);
    const conflict = model && balancer.conflict(model);
    if (conflict !== undefined) problems.push(conflict);
    states.push({ ingress, objects, ...(model && problems.length === 0 ? { model } : {}), problems });
    if (!model || problems.length > 0) {
      const message = `error translating MCI ${keyOf(ingress)}: ${problems.join("; ")}`;
      await events.record(ingress, "Warning", "SYNC", message);
      const before = this.ingresses.find((one) => uidOf(one.ingress) === uidOf(ingress));
      if (before?.problems.join() !== problems.join()) this.log(`multi-cluster ingress: ${message}`);
      this.since.forget(`address ${uidOf(ingress)}`);
      return stuck(3000);
    }
    const wait = textAt(ingress, "status.VIP")
      ? undefined
      : this.since.wait(`address ${uidOf(ingress)}`, this.delays.address);
    if (wait) return wait;
    if (await balancer.ensure(model, members, services))
      await events.record(ingress, "Normal", "UPDATE", keyOf(ingress));
    return undefined;
  }
}
