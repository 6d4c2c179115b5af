import type { ClusterHost } from "./clusterHost";
import type { DerivedResource } from "./controllers/cloud";
import type { Properties } from "./properties";

/** A resource of the simulated project. */
export interface StoredResource {
  /** Token of @pulumi/gcp: `gcp:compute/network:Network`. */
  type: string;
  /** The id that Pulumi keeps, which is Google's resource name for nearly all types. */
  id: string;
  /** `RUNNING` once Google's operation is done. */
  status: "PROVISIONING" | "RUNNING" | "RECONCILING" | "STOPPING" | "ERROR";
  properties: Properties;
}

/** What a resource's rules may see and ask of the project. */
export interface Google {
  readonly projectId: string;
  readonly number: string;
  readonly host: ClusterHost;
  find(type: string, id: string): StoredResource | undefined;
  list(type: string): StoredResource[];
  /** Everything that names the resource: resources, and users that controllers made. */
  usersOf(id: string): string[];
  /** Whether an API is switched on. */
  enabled(service: string): boolean;
  enable(service: string): void;
  disable(service: string): void;
  /** What controllers made around the clusters. */
  derived(): DerivedResource[];
  /** Counts up from a start that the store remembers: numeric ids. */
  nextNumber(): string;
  /** MultiClusterIngress and MultiClusterService objects that the config cluster holds. */
  readonly multiClusterIngressObjects: number;
  /** Takes a resource out without asking: what goes with its owner. */
  forget(type: string, id: string): void;
}

/** How Google treats one type of resource. Functions throw a GoogleError to refuse. */
export interface ResourceKind {
  type: string;
  /** API that must be on, for example `compute.googleapis.com`. */
  service: string;
  id(properties: Properties, google: Google): string;
  /** Ids of the resources that this one names and keeps from being deleted. */
  references?(properties: Properties, google: Google): string[];
  /** Word for messages about a resource that others use (`network`): where set, a used resource cannot be deleted. */
  guardedAs?: string;
  /** Creating what exists already is no error (Pulumi adopts it). */
  adopts?: boolean;
  alreadyExists?(id: string): string;
  /** Checks the request, and answers the resource with everything that Google fills in. */
  create(properties: Properties, google: Google): Properties;
  /** Google's long-running part; the resource is in the store meanwhile. */
  provision?(resource: StoredResource, google: Google): Promise<Properties>;
  update?(resource: StoredResource, wanted: Properties, google: Google): Properties;
  reprovision?(resource: StoredResource, google: Google): Promise<void>;
  /** Checks whether the resource may go. `state` is what the caller remembers of it. */
  remove?(resource: StoredResource, google: Google, state: Properties): void;
  /** Whether it stays after a deletion: what Google never takes away. */
  remains?(resource: StoredResource, google: Google): boolean;
  deprovision?(resource: StoredResource, google: Google): Promise<void>;
  /** The resource as it looks now, where that follows from others. */
  read?(resource: StoredResource, google: Google): Properties;
}
