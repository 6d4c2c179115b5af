import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterHost } from "./clusterHost";
import type { DerivedResource } from "./controllers/cloud";
import { requireEnabled } from "./enabled";
import { GoogleError, conflict, inUse, notFound } from "./errors";
import { invoke } from "./invokes";
import { clusterType } from "./names";
import { textAt, type Properties } from "./properties";
import type { Google, ResourceKind, StoredResource } from "./resource";
import { kinds } from "./resources";
import { Store } from "./store";

export interface ProjectOptions {
  projectId: string;
  /** Project number, digits only. */
  number: string;
  /** The JSON file that holds everything; made when missing. */
  file: string;
  host: ClusterHost;
  /** Extra milliseconds that creating or deleting a type takes, by token; 0 by default. */
  delays?: Record<string, number>;
}

/** A call to one of Google's APIs, in the names of @pulumi/gcp. */
export interface Call {
  /** Id of the resource: for read, update and delete. */
  id?: string;
  /** Arguments: all for create, update and invoke. */
  properties?: Properties;
}

export interface Answer {
  id?: string;
  properties: Properties;
}

export type Operation = "create" | "read" | "update" | "delete" | "invoke";

/** What happened to a resource; emitted after it happened. */
export interface Change {
  operation: "created" | "updated" | "deleted";
  resource: StoredResource;
}

/**
 * A Google Cloud project that refuses what Google refuses. Both stacks share one.
 *
 * Controllers that play what Google runs around a cluster see it through `projectCloud.ts`:
 * - `list(type)`, `find(type, id)`: resources as they are now; `on("changed", (change: Change) => ...)`;
 * - `putDerived`, `removeDerived`: what they make; each keeps what it uses (a VPC, an address) from being deleted;
 * - `multiClusterIngressObjects`: while above 0 the feature `multiclusteringress` cannot be deleted.
 */
export class SimulatedProject extends EventEmitter<{ changed: [Change] }> implements Google {
  readonly projectId: string;
  readonly number: string;
  readonly host: ClusterHost;
  private readonly store: Store;
  private readonly queues = new Map<string, Promise<unknown>>();

  constructor(private readonly options: ProjectOptions) {
    super();
    this.projectId = options.projectId;
    this.number = options.number;
    this.host = options.host;
    this.store = new Store(options.file);
  }

  /** Starts the control planes of the clusters that the store remembers. */
  async resume(): Promise<void> {
    await Promise.all(
      this.list(clusterType).map((cluster) => this.inTurn(cluster.id, () => this.provision(cluster))),
    );
  }

  list(type: string): StoredResource[] {
    return this.store.state.resources.filter((resource) => resource.type === type);
  }

  find(type: string, id: string): StoredResource | undefined {
    return this.store.state.resources.find((resource) => resource.type === type && resource.id === id);
  }

  /**
   * Everything in the project, also what controllers made: empty after a complete destroy. APIs that are on and service
   * agents do not count: both stay.
   */
  contents(): { resources: StoredResource[]; derived: DerivedResource[] } {
    return {
      resources: this.store.state.resources.filter(({ type }) => !kinds.get(type)?.remains),
      derived: this.derived(),
    };
  }

  /**
   * One call to an API, as the provider makes it.
   * @throws GoogleError with Google's status, reason and text
   */
  async call(operation: Operation, type: string, { id, properties = {} }: Call): Promise<Answer> {
    if (operation === "invoke") return { properties: invoke(type, properties, this) };
    const kind = kinds.get(type);
    if (!kind)
      throw new GoogleError(404, "notFound", `The simulated project has no resources of type ${type}.`);
    if (operation === "create") return this.create(kind, properties);
    requireEnabled(this, kind.service);
    const found = this.find(type, id ?? "");
    if (!found) throw notFound(`The resource '${id ?? ""}' was not found`);
    if (operation === "read") return { id: found.id, properties: this.shown(kind, found) };
    if (operation === "update") return this.update(kind, found, properties);
    return this.delete(kind, found, properties);
  }

  private async create(kind: ResourceKind, properties: Properties): Promise<Answer> {
    requireEnabled(this, kind.service);
    const project = textAt(properties, "project") ?? this.projectId;
    if (project !== this.projectId)
      throw new GoogleError(403, "forbidden", `Permission denied on resource project ${project}.`);
    const id = kind.id(properties, this);
    const existing = this.find(kind.type, id);
    if (existing && !kind.adopts)
      throw conflict(kind.alreadyExists?.(id) ?? `The resource '${id}' already exists`);
    const resource: StoredResource = {
      type: kind.type,
      id,
      status: "PROVISIONING",
      properties: kind.create(properties, this),
    };
    if (existing) this.forget(kind.type, id);
    this.store.state.resources.push(resource);
    this.store.save();
    await this.inTurn(this.queueOf(resource), () => this.provision(resource));
    this.emit("changed", { operation: "created", resource });
    return { id, properties: this.shown(kind, resource) };
  }

  private async provision(resource: StoredResource): Promise<void> {
    const kind = kinds.get(resource.type);
    await this.pace(resource.type);
    try {
      if (kind?.provision) resource.properties = await kind.provision(resource, this);
    } catch (error) {
      this.forget(resource.type, resource.id);
      throw error;
    }
    resource.status = "RUNNING";
    this.store.save();
  }

  private async update(kind: ResourceKind, resource: StoredResource, wanted: Properties): Promise<Answer> {
    if (!kind.update)
      throw new GoogleError(
        400,
        "invalid",
        `Resources of type ${kind.type} cannot be changed: '${resource.id}'.`,
      );
    return this.inTurn(this.queueOf(resource), async () => {
      // The provider sends null for an argument that was taken away.
      for (const name of Object.keys(wanted)) if (wanted[name] === null) delete resource.properties[name];
      const given = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== null));
      resource.properties = kind.update?.(resource, given, this) ?? resource.properties;
      this.store.save();
      await kind.reprovision?.(resource, this);
      this.emit("changed", { operation: "updated", resource });
      return { id: resource.id, properties: this.shown(kind, resource) };
    });
  }

  private async delete(kind: ResourceKind, resource: StoredResource, state: Properties): Promise<Answer> {
    return this.inTurn(this.queueOf(resource), async () => {
      const user = kind.guardedAs && this.usersOf(resource.id)[0];
      if (kind.guardedAs && user) throw inUse(kind.guardedAs, resource.id, user);
      kind.remove?.(resource, this, state);
      this.store.save();
      if (kind.remains?.(resource, this)) return { properties: {} };
      resource.status = "STOPPING";
      this.store.save();
      await this.pace(resource.type);
      try {
        await kind.deprovision?.(resource, this);
      } catch (error) {
        resource.status = "ERROR";
        this.store.save();
        throw error;
      }
      this.forget(kind.type, resource.id);
      this.emit("changed", { operation: "deleted", resource });
      return { properties: {} };
    });
  }

  private shown(kind: ResourceKind, resource: StoredResource): Properties {
    return kind.read?.(resource, this) ?? resource.properties;
  }

  /** Google works on one thing at a time in a cluster; the provider waits and tries again, which looks like a queue. */
  private queueOf(resource: StoredResource): string {
    return resource.id.replace(/\/nodePools\/.*$/, "");
  }

  private async inTurn<T>(queue: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.queues.get(queue) ?? Promise.resolve()).then(work, work);
    this.queues.set(queue, turn);
    return turn;
  }

  private async pace(type: string): Promise<void> {
    const delay = this.options.delays?.[type] ?? 0;
    if (delay > 0) await sleep(delay);
  }

  /** Ids of resources, also those that controllers made, that name the resource. */
  usersOf(id: string): string[] {
    const resources = this.store.state.resources
      .filter((resource) => kinds.get(resource.type)?.references?.(resource.properties, this).includes(id))
      .map((resource) => resource.id);
    const made = this.store.state.derived.filter((derived) => derived.uses.includes(id));
    return [...resources, ...made.map((derived) => derived.id)];
  }

  /** What controllers made around the clusters. */
  derived(): DerivedResource[] {
    return [...this.store.state.derived];
  }

  /** Adds or changes what a controller made; what it uses cannot be deleted. */
  putDerived(resource: DerivedResource): void {
    this.store.state.derived = [...this.derived().filter((other) => other.id !== resource.id), resource];
    this.store.save();
  }

  removeDerived(id: string): void {
    this.store.state.derived = this.derived().filter((other) => other.id !== id);
    this.store.save();
  }

  /** The network endpoint groups among them: as long as one is there its VPC cannot be deleted. */
  get networkEndpointGroups(): DerivedResource[] {
    return this.derived().filter((derived) => derived.kind === "networkEndpointGroup");
  }

  get multiClusterIngressObjects(): number {
    return this.store.state.multiClusterIngressObjects;
  }

  set multiClusterIngressObjects(count: number) {
    if (count === this.store.state.multiClusterIngressObjects) return;
    this.store.state.multiClusterIngressObjects = count;
    this.store.save();
  }

  enabled(service: string): boolean {
    return this.store.state.enabledServices.includes(service);
  }

  enable(service: string): void {
    if (!this.enabled(service)) this.store.state.enabledServices.push(service);
  }

  disable(service: string): void {
    this.store.state.enabledServices = this.store.state.enabledServices.filter((other) => other !== service);
  }

  nextNumber(): string {
    return String(++this.store.state.lastNumber);
  }

  forget(type: string, id: string): void {
    const { state } = this.store;
    state.resources = state.resources.filter((resource) => resource.type !== type || resource.id !== id);
    this.store.save();
  }
}
