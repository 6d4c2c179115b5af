import { createHash } from "node:crypto";
import {
  ApiError,
  isNotFound,
  type ApiClient,
  type ApiObject,
  type ObjectRef,
} from "../../kubernetes/client";
import { isObject, listAt, textAt, type Properties } from "../properties";

/** What the controllers read and write of a cluster. */
export type Api = Pick<ApiClient, "get" | "list" | "create" | "patch" | "delete" | "watch">;

export interface ControllerContext {
  /** Name of the cluster. */
  cluster: string;
  log(line: string): void;
}

export const annotationsOf = (object: ApiObject): Record<string, string> =>
  (isObject(object.metadata.annotations) ? object.metadata.annotations : {}) as Record<string, string>;

export const finalizersOf = (object: ApiObject): string[] =>
  Array.isArray(object.metadata.finalizers) ? (object.metadata.finalizers as string[]) : [];

export const isDeleting = (object: ApiObject): boolean => object.metadata.deletionTimestamp !== undefined;

export const uidOf = (object: ApiObject): string => textAt(object, "metadata.uid") ?? "";

/** `namespace/name` */
export const keyOf = (object: ObjectRef): string =>
  `${object.metadata.namespace ?? ""}/${object.metadata.name}`;

export interface ServicePort {
  name: string;
  port: number;
  targetPort: number | string;
  protocol: string;
}

export function portsOf(spec: unknown): ServicePort[] {
  return listAt(spec, "ports").map((port: Properties) => ({
    name: typeof port.name === "string" ? port.name : "",
    port: Number(port.port),
    targetPort:
      typeof port.targetPort === "string" || typeof port.targetPort === "number"
        ? port.targetPort
        : Number(port.port),
    protocol: typeof port.protocol === "string" ? port.protocol : "TCP",
  }));
}

/** Fails with a conflict (409) when the object has changed since it was read: finalizers are one list. */
export async function setFinalizers(
  api: Api,
  object: ApiObject,
  finalizers: string[],
  fieldManager: string,
): Promise<ApiObject | undefined> {
  const { resourceVersion } = object.metadata;
  return api
    .patch(object, { metadata: { resourceVersion, finalizers } }, { fieldManager })
    .catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
}

export const hash = (text: string, length: number): string =>
  createHash("sha256").update(text).digest("hex").slice(0, length);

/** Lower-case letters and digits, as in the names that Google's controllers make. */
export function hash36(text: string, length: number): string {
  const digits = BigInt(`0x${createHash("sha256").update(text).digest("hex")}`).toString(36);
  return digits.slice(-length).padStart(length, "0");
}

/** Writes Events about objects; one that says the same again counts up. */
export class EventRecorder {
  private readonly said = new Map<string, number>();

  constructor(
    private readonly api: Api,
    private readonly component: string,
  ) {}

  /** Nothing happens when it was said in the last minute. Never fails. */
  async record(about: ApiObject, type: "Normal" | "Warning", reason: string, message: string): Promise<void> {
    const said = `${type} ${reason} ${message}`;
    const key = `${about.kind} ${keyOf(about)} ${uidOf(about)}`;
    if ((this.said.get(key + said) ?? 0) > Date.now() - 60_000) return;
    this.said.set(key + said, Date.now());
    const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    const name = `${about.metadata.name}.${hash(`${key} ${this.component} ${said}`, 16)}`;
    const namespace = about.metadata.namespace ?? "default";
    const ref = { apiVersion: "v1", kind: "Event", metadata: { name, namespace } };
    const { apiVersion, kind, metadata } = about;
    const involvedObject = {
      apiVersion,
      kind,
      name: metadata.name,
      namespace: metadata.namespace,
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
    };
    const source = { component: this.component };
    const event = {
      ...ref,
      involvedObject,
      type,
      reason,
      message,
      source,
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
    };
    try {
      await this.api.create(event);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) return;
      await this.countUp(ref, now).catch(() => undefined);
    }
  }

  private async countUp(ref: ObjectRef, now: string): Promise<void> {
    const before = await this.api.get("v1", "Event", ref.metadata.name, ref.metadata.namespace);
    await this.api.patch(ref, { count: Number(before?.count ?? 1) + 1, lastTimestamp: now });
  }
}
