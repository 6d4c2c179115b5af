import type { ApiClient, ApiObject } from "../../../rehearsal/kubernetes/client";
import { ApiError } from "../../../rehearsal/kubernetes/client";

/** A running mesh of two clusters, for whoever breaks it: as an administrator, past Pulumi. */
export interface BrokenMesh {
  /** The config cluster. */
  east: ApiClient;
  central: ApiClient;
  /** The mesh's root, and its key. */
  root: { certificate: string; key: string };
}

/** Puts everything back as it was. */
export type Mend = () => Promise<unknown>;

/** One thing that is wrong with a mesh. */
export interface Fault {
  what: string;
  make: (mesh: BrokenMesh) => Promise<Mend>;
  /** Keys of the checks that fail: these and no others. */
  fails: string[];
  /** What the first of them tells people to do. */
  advice: RegExp;
  /** Commands of that advice which mend it: they are typed, instead of the mend. */
  typed?: string[];
  /** Only requests show it. Default false. */
  traffic?: boolean;
  /** Stands for its part of the mesh wherever there is no time for all. Default false. */
  always?: boolean;
}

export interface Ref {
  apiVersion: string;
  kind: string;
  name: string;
  namespace?: string;
}

export const secret = (namespace: string, name: string): Ref => ({
  apiVersion: "v1",
  kind: "Secret",
  namespace,
  name,
});
export const service = (namespace: string, name: string): Ref => ({
  apiVersion: "v1",
  kind: "Service",
  namespace,
  name,
});
export const deployment = (namespace: string, name: string): Ref => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  namespace,
  name,
});

/** Changes an object's fields, which the caller knows; the mend gives it what it had, unless it was made again since. */
export async function edited<T extends object>(
  client: ApiClient,
  ref: Ref,
  change: (object: T) => void,
  subresource?: string,
): Promise<Mend> {
  const original = await read(client, ref);
  await replace(client, ref, (object) => change(object as unknown as T), subresource);
  return async () => {
    const left = await client.get(ref.apiVersion, ref.kind, ref.name, ref.namespace);
    if (left?.metadata.uid !== original.metadata.uid) {
      return;
    }
    await replace(
      client,
      ref,
      (now) => {
        for (const field of Object.keys(now).filter((name) => !KEPT.includes(name))) {
          delete now[field];
        }
        for (const [field, value] of Object.entries(original).filter(([name]) => !KEPT.includes(name))) {
          now[field] = value;
        }
        if (!subresource) {
          now.metadata.labels = original.metadata.labels;
          now.metadata.annotations = original.metadata.annotations;
        }
      },
      subresource,
    );
  };
}

const KEPT = ["apiVersion", "kind", "metadata"];

/** Takes an object away; the mend makes it again, unless somebody did. */
export async function removed(client: ApiClient, ref: Ref): Promise<Mend> {
  const { metadata, status: _, ...rest } = await read(client, ref);
  const { name, namespace, labels, annotations } = metadata;
  await client.delete({ ...ref, metadata: { name, namespace } });
  return async () => {
    if (!(await client.get(ref.apiVersion, ref.kind, ref.name, ref.namespace))) {
      await client.create({ ...rest, metadata: { name, namespace, labels, annotations } });
    }
  };
}

/** Adds an object; the mend takes it away, also where it has come to other clusters by now. */
export async function added(client: ApiClient, object: ApiObject, others: ApiClient[] = []): Promise<Mend> {
  await client.create(object);
  const { apiVersion, kind, metadata } = object;
  return () =>
    Promise.all(
      [client, ...others].map(async (one) => {
        if (await one.get(apiVersion, kind, metadata.name, metadata.namespace)) {
          await one.delete(object);
        }
      }),
    );
}

/** Scales to nothing, which also stops its autoscaler. */
export async function stopped(client: ApiClient, namespace: string, name: string): Promise<Mend> {
  return edited(client, deployment(namespace, name), (object: { spec: { replicas: number } }) => {
    object.spec.replicas = 0;
  });
}

export async function read(
  client: ApiClient,
  { apiVersion, kind, name, namespace }: Ref,
): Promise<ApiObject> {
  const object = await client.get(apiVersion, kind, name, namespace);
  if (!object) {
    throw new Error(`there is no ${kind} ${name}`);
  }
  return object;
}

/** Controllers write too: who comes too late tries again. */
async function replace(
  client: ApiClient,
  ref: Ref,
  change: (object: ApiObject) => void,
  subresource?: string,
): Promise<void> {
  for (;;) {
    const object = await read(client, ref);
    change(object);
    try {
      await client.replace(object, { subresource });
      return;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) {
        throw error;
      }
    }
  }
}

export const encode = (text: string) => Buffer.from(text).toString("base64");
export const decode = (base64: string) => Buffer.from(base64, "base64").toString("utf8");
