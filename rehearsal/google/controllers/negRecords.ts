import type { ApiObject } from "../../kubernetes/client";
import { isObject, listAt, textAt } from "../properties";
import { hash, uidOf, type Api } from "./objects";

export const recordVersion = "networking.gke.io/v1beta1";
export const recordKind = "ServiceNetworkEndpointGroup";
export const recordFinalizer = "networking.gke.io/neg-finalizer";
export const negManager = "Google-NEG-Controller";

export const labels = {
  managedBy: "networking.gke.io/managed-by",
  service: "networking.gke.io/service-name",
  port: "networking.gke.io/service-port",
};

export function labelOf(object: ApiObject, key: string): string | undefined {
  const all = isObject(object.metadata.labels) ? object.metadata.labels : {};
  return typeof all[key] === "string" ? all[key] : undefined;
}

export interface WantedRecord {
  /** Also the NEGs' name. */
  name: string;
  labels: Record<string, string>;
  /** Ids of the NEGs, one for each zone. */
  ids: string[];
  subnetwork: string;
}

/** Creates the ServiceNetworkEndpointGroup of a Service's port where it is missing, and makes its status list the NEGs. */
export async function ensureRecord(
  api: Api,
  service: ApiObject,
  record: ApiObject | undefined,
  wanted: WantedRecord,
): Promise<void> {
  const metadata = { name: wanted.name, namespace: service.metadata.namespace };
  const ref = { apiVersion: recordVersion, kind: recordKind, metadata };
  if (!record) {
    const owner = {
      apiVersion: "v1",
      kind: "Service",
      name: service.metadata.name,
      uid: uidOf(service),
      controller: true,
      blockOwnerDeletion: false,
    };
    const more = { labels: wanted.labels, ownerReferences: [owner], finalizers: [recordFinalizer] };
    await api.create({ ...ref, metadata: { ...metadata, ...more }, spec: {} }, { fieldManager: negManager });
  }
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const networkEndpointGroups = wanted.ids.map((id) => ({
    id: String(parseInt(hash(id, 12), 16)),
    selfLink: `https://www.googleapis.com/compute/v1/${id}`,
    subnetURL: `https://www.googleapis.com/compute/v1/${wanted.subnetwork}`,
    networkEndpointType: "GCE_VM_IP_PORT",
    state: "ACTIVE",
  }));
  const before = record
    ? listAt(record, "status.networkEndpointGroups").map((one) => textAt(one, "selfLink"))
    : undefined;
  if (before?.join() === networkEndpointGroups.map((one) => one.selfLink).join()) return;
  const condition = (type: string, reason: string) => ({
    type,
    status: "True",
    reason,
    message: "",
    lastTransitionTime: now,
  });
  const conditions = [
    condition("Initialized", "NegInitializationSuccessful"),
    condition("Synced", "NegSyncSuccessful"),
  ];
  await api.patch(
    ref,
    { status: { networkEndpointGroups, conditions, lastSyncTime: now } },
    { subresource: "status", fieldManager: negManager },
  );
}
