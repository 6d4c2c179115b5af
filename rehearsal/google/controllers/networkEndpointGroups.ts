import { isNotFound, type ApiClient, type ApiObject } from "../../kubernetes/client";
import { AnnotationError, exposedPorts, keys, type ExposedPort } from "./annotations";
import { derivedId, type Cloud, type CloudCluster, type DerivedResource } from "./cloud";
import { negName } from "./negNames";
import {
  ensureRecord,
  labelOf,
  labels,
  negManager as manager,
  recordFinalizer as finalizer,
  recordKind as kind,
  recordVersion as group,
} from "./negRecords";
import {
  annotationsOf,
  EventRecorder,
  finalizersOf,
  isDeleting,
  keyOf,
  portsOf,
  setFinalizers,
  uidOf,
  type Api,
  type ControllerContext,
} from "./objects";
import { forEach, later, Reconciler, Since, sooner, stuck, type NextLook } from "./reconciler";

export interface NegDelays {
  /** Until a NEG that nobody wants any more is gone; at Google up to two minutes. */
  remove: number;
}

/**
 * Makes the NEGs that Services ask for with `cloud.google.com/neg`, as GKE's NEG controller does
 * (https://github.com/kubernetes/ingress-gce/tree/master/pkg/neg). One per cluster.
 */
export class NetworkEndpointGroups {
  private readonly abort = new AbortController();
  private readonly since = new Since();
  private api!: Api;
  private events!: EventRecorder;
  private context!: ControllerContext;
  private reconciler: Reconciler | undefined;
  private known: CloudCluster | undefined;

  constructor(
    private readonly cloud: Cloud,
    private readonly delays: NegDelays = { remove: 1000 },
  ) {}

  start(client: ApiClient | Api, context: ControllerContext): void {
    this.api = client;
    this.context = context;
    this.events = new EventRecorder(client, "neg-controller");
    const reconciler = new Reconciler(
      `network endpoint groups of ${context.cluster}`,
      () => this.reconcile(),
      (line) => context.log(line),
    );
    const { signal } = this.abort;
    client.watch("v1", "Service", () => reconciler.poke(), { signal });
    client.watch(group, kind, () => reconciler.poke(), { signal });
    // A node in a new zone means one more NEG; other changes of nodes are many and do not matter.
    const zones = new Set<string>();
    const look = (_: unknown, node: ApiObject) => {
      const zone = zoneOf(node);
      if (zone === undefined || zones.has(zone)) return;
      zones.add(zone);
      reconciler.poke();
    };
    client.watch("v1", "Node", look, { signal });
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
    const asking = services.filter(
      (service) => keys.neg in annotationsOf(service) || keys.negStatus in annotationsOf(service),
    );
    const records = await this.api.list(group, kind);
    if (asking.length === 0 && records.length === 0) return undefined;
    const nodes = await this.api.list("v1", "Node");
    const zones = [...new Set(nodes.map(zoneOf).filter((zone) => zone !== undefined))].sort();
    const wanted = new Set<string>();
    const next = await forEach(
      asking.filter((service) => !isDeleting(service)),
      (service) => this.ensureAll(service, cluster, zones, records, wanted),
    );
    const unwanted = records.filter((record) => !wanted.has(keyOf(record)) || isDeleting(record));
    const rest = await forEach(unwanted, (record) => this.remove(record, cluster));
    return sooner(next, rest);
  }

  private async ensureAll(
    service: ApiObject,
    cluster: CloudCluster,
    zones: string[],
    records: ApiObject[],
    wanted: Set<string>,
  ): Promise<NextLook> {
    try {
      const ports = exposedPorts(keyOf(service), annotationsOf(service), portsOf(service.spec));
      const names: Record<string, string> = {};
      for (const exposed of ports) {
        const name = exposed.name ?? negName(cluster.name, keyOf(service), exposed.port.port);
        names[exposed.port.port] = name;
        await this.ensure(service, exposed, name, cluster, zones, records);
        wanted.add(`${service.metadata.namespace}/${name}`);
      }
      await this.publish(service, names, zones);
      return undefined;
    } catch (error) {
      if (!(error instanceof AnnotationError)) throw error;
      // As the real controller, keep what is there while the annotation cannot be read.
      for (const record of records)
        if (
          labelOf(record, labels.service) === service.metadata.name &&
          record.metadata.namespace === service.metadata.namespace
        )
          wanted.add(keyOf(record));
      const message = `error processing service "${keyOf(service)}": ${error.message}`;
      await this.events.record(service, "Warning", "ProcessServiceFailed", message);
      return stuck(2000);
    }
  }

  private async ensure(
    service: ApiObject,
    { port }: ExposedPort,
    name: string,
    cluster: CloudCluster,
    zones: string[],
    records: ApiObject[],
  ): Promise<void> {
    const record = records.find((one) => keyOf(one) === `${service.metadata.namespace}/${name}`);
    if (record && isDeleting(record)) return;
    const wantedLabels = {
      [labels.managedBy]: "neg-controller",
      [labels.service]: service.metadata.name,
      [labels.port]: String(port.port),
    };
    const other =
      record && Object.entries(wantedLabels).find(([key, value]) => labelOf(record, key) !== value);
    if (other)
      throw new AnnotationError(
        `Neg already exists with name ${name} but label ${other[0]} has value ${labelOf(record, other[0])} instead of ${other[1]}`,
      );
    const ids = zones.map((zone) => derivedId(this.cloud.projectId, "networkEndpointGroup", zone, name));
    const object = `Service ${keyOf(service)}`;
    for (const [index, id] of ids.entries()) {
      const existing = this.cloud.derived().find((one) => one.id === id);
      if (
        existing &&
        (existing.cluster !== cluster.name || existing.object !== object || existing.data.port !== port.port)
      )
        throw new AnnotationError(
          `found conflicting description in neg ${name}: it is in use in zone ${zones[index]} by ${existing.object} of cluster ${existing.cluster}`,
        );
      if (existing) continue;
      this.cloud.putDerived(this.derived(id, name, zones[index] ?? "", cluster, object, port.port));
      const message = `Created NEG "${name}" for ${keyOf(service)}-${port.port} in "${zones[index]}".`;
      await this.events.record(service, "Normal", "Create", message);
    }
    await ensureRecord(this.api, service, record, {
      name,
      labels: wantedLabels,
      ids,
      subnetwork: cluster.subnetwork,
    });
  }

  private derived(
    id: string,
    name: string,
    zone: string,
    cluster: CloudCluster,
    object: string,
    port: number,
  ): DerivedResource {
    const uses = [cluster.network, cluster.subnetwork];
    return {
      id,
      kind: "networkEndpointGroup",
      name,
      location: zone,
      managedBy: "neg",
      cluster: cluster.name,
      object,
      uses,
      data: { port },
    };
  }

  private async publish(service: ApiObject, names: Record<string, string>, zones: string[]): Promise<void> {
    const none = Object.keys(names).length === 0;
    const status = none ? undefined : JSON.stringify({ network_endpoint_groups: names, zones });
    if (annotationsOf(service)[keys.negStatus] === status) return;
    await this.api.patch(
      service,
      { metadata: { annotations: { [keys.negStatus]: status ?? null } } },
      { fieldManager: manager },
    );
  }

  private async remove(record: ApiObject, cluster: CloudCluster): Promise<NextLook> {
    const wait = this.since.wait(keyOf(record) + uidOf(record), this.delays.remove);
    if (wait) return wait;
    const name = record.metadata.name;
    const object = `Service ${record.metadata.namespace}/${labelOf(record, labels.service)}`;
    const all = this.cloud.derived();
    for (const neg of all) {
      if (
        neg.kind !== "networkEndpointGroup" ||
        neg.name !== name ||
        neg.cluster !== cluster.name ||
        neg.object !== object
      )
        continue;
      const user = all.find((one) => one.uses.includes(neg.id));
      if (user) {
        const message = `failed to delete NEG ${name} in ${neg.location}: googleapi: Error 400: The network_endpoint_group resource '${neg.id}' is already being used by '${user.id}', resourceInUseByAnotherResource`;
        await this.events.record(record, "Warning", "NegCRError", message);
        return later(500);
      }
      this.cloud.removeDerived(neg.id);
    }
    if (!isDeleting(record)) await this.api.delete(record);
    const fresh = await this.api.get(group, kind, name, record.metadata.namespace);
    if (fresh && finalizersOf(fresh).includes(finalizer))
      await setFinalizers(
        this.api,
        fresh,
        finalizersOf(fresh).filter((one) => one !== finalizer),
        manager,
      ).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    this.since.forget(keyOf(record) + uidOf(record));
    return undefined;
  }
}

export function zoneOf(node: ApiObject): string | undefined {
  return labelOf(node, "topology.kubernetes.io/zone");
}
