import type { Rehearsal } from "../host";
import { ApiError } from "../kubernetes/client";
import { asPatch, type Edit, edits, secretEdit, valueAt } from "./handMade";
import type { StateResource } from "./stackState";
import { objectOf } from "./whereabouts";

/** An object that was changed behind the program's back. */
export interface HandMade {
  urn: string;
  kind: string;
  /** The field and its new value, or that it was deleted. */
  what: string;
  before: unknown;
  /** The value now. */
  read: () => Promise<unknown>;
}

/** Of which nothing can be changed that is ours: a person can only delete them. */
const DELETABLE = /iAMMember|IAMMember|membership|globalAddress/;

/** One object of each kind. @param refused told of each kind that nothing could be done to, and why */
export async function changeByHand(
  rehearsal: Rehearsal,
  resources: StateResource[],
  refused: (kind: string, why: string) => void,
): Promise<HandMade[]> {
  const made: HandMade[] = [];
  // Clusters first: of a node account that was just switched off, Google would not let them be changed.
  const isCluster = ({ type }: StateResource) => type.startsWith("gcp:container/");
  const ordered = [...resources.filter(isCluster), ...resources.filter((each) => !isCluster(each))];
  for (const resource of ordered) {
    if (!resource.custom || made.some(({ kind }) => kind === resource.type)) {
      continue;
    }
    const refusals: string[] = [];
    const change = resource.type.startsWith("gcp:")
      ? await changeInProject(rehearsal, resource, refusals)
      : resource.type.startsWith("kubernetes:")
        ? await changeInCluster(rehearsal, resource)
        : undefined;
    if (change) {
      made.push({ ...change, urn: resource.urn, kind: resource.type });
    } else if (/^(gcp|kubernetes):/.test(resource.type)) {
      refused(resource.type, refusals.at(-1) ?? "nothing of it is ours");
    }
  }
  return made;
}

/** Adds to every other object what is not ours: a refresh has nothing to say about it. @returns their URNs. */
export async function note(
  rehearsal: Rehearsal,
  resources: StateResource[],
  made: HandMade[],
): Promise<string[]> {
  const noted: string[] = [];
  for (const resource of resources) {
    const target = await objectOf(rehearsal, resource);
    if (target && !made.some(({ urn }) => urn === resource.urn)) {
      const annotations = { "example.com/note": "by somebody else" };
      await target.client.patch(target.object, { metadata: { annotations } });
      noted.push(resource.urn);
    }
  }
  return noted;
}

type Change = Omit<HandMade, "urn" | "kind">;

async function changeInProject(
  { project }: Rehearsal,
  { type, id = "", inputs = {} }: StateResource,
  refusals: string[],
): Promise<Change | undefined> {
  const found = project.find(type, id);
  if (!found) {
    return undefined;
  }
  const isTaken = [
    () => true,
    (error: Error) => {
      refusals.push(error.message);
      return false;
    },
  ] as const;
  for (const edit of edits(inputs)) {
    const before = valueAt(found.properties, edit.path);
    const taken = await project
      .call("update", type, { id, properties: edited(inputs, edit) })
      .then(...isTaken);
    if (taken) {
      return {
        what: describe(edit),
        before,
        read: () => Promise.resolve(valueAt(project.find(type, id)?.properties, edit.path)),
      };
    }
  }
  if (!DELETABLE.test(type)) {
    return undefined;
  }
  const gone = await project.call("delete", type, { id, properties: found.properties }).then(...isTaken);
  return gone
    ? { what: "deleted", before: true, read: () => Promise.resolve(project.find(type, id) !== undefined) }
    : undefined;
}

/** All arguments with the edit in them, as Google's updates take them. */
function edited(inputs: Record<string, unknown>, { path, to }: Edit): Record<string, unknown> {
  const { __defaults: _defaults, ...properties } = structuredClone(inputs);
  const parent = valueAt(properties, path.slice(0, -1)) as Record<string, unknown>;
  parent[path.at(-1) ?? ""] = to;
  return properties;
}

async function changeInCluster(rehearsal: Rehearsal, resource: StateResource): Promise<Change | undefined> {
  const target = await objectOf(rehearsal, resource);
  if (!target) {
    return undefined;
  }
  const { client, object } = target;
  const { apiVersion, kind, metadata } = object;
  const read = () => client.get(apiVersion, kind, metadata.name, metadata.namespace);
  const own = kind === "Secret" ? secretEdit(object) : undefined;
  for (const edit of own ? [own] : edits(resource.inputs ?? {})) {
    const taken = await client
      .patch(object, asPatch(edit), { fieldManager: "kubectl-edit" })
      .catch(refusedOnly);
    if (taken && !same(valueAt(taken, edit.path), valueAt(object, edit.path))) {
      const before = valueAt(object, edit.path);
      return { what: describe(edit), before, read: async () => valueAt(await read(), edit.path) };
    }
  }
  if (!DELETABLE.test(kind)) {
    return undefined;
  }
  await client.delete(object);
  return { what: "deleted", before: true, read: async () => (await read()) !== undefined };
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** A field that cannot be changed, or a value that is none, is the API server's to refuse. */
function refusedOnly(error: unknown): undefined {
  if (!(error instanceof ApiError)) {
    throw error;
  }
}

function describe({ path, to }: Edit): string {
  const value = path[0] === "data" ? "another value" : JSON.stringify(to);
  return `${path.join(".")} set to ${value.length > 60 ? `${value.slice(0, 60)}...` : value}`;
}
