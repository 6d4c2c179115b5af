import { NoMatchError, type ApiClient } from "../../../kubernetes/client";
import { InitFailedError, type UpdateRequest } from "../base";
import { hasUnknown, type Properties } from "../values";
import { awaitReady } from "./await";
import { fromState, toState } from "./checkpoint";
import { parsePath } from "./diffPaths";
import { NotReadyError, rethrowConflict, isForbidden, messageOf } from "./errors";
import { fieldManagerFor, forces, ownership, relinquish, takeOver } from "./fieldManagers";
import { isCrd, isPatch } from "./kinds";
import { normalize } from "./normalize";
import {
  apiVersionOf,
  asApiObject,
  asKubeObject,
  at,
  idOf,
  kindOf,
  refOf,
  toObject,
  withMember,
  type KubeObject,
} from "./object";
import { kindExists, reach, type Settings } from "./settings";

export async function update(settings: Settings, request: UpdateRequest): Promise<Properties> {
  const inputs = normalize(toObject(request.news));
  if (
    request.preview &&
    (hasUnknown(request.news) ||
      !(await kindExists(settings, { apiVersion: apiVersionOf(inputs), kind: kindOf(inputs) })))
  ) {
    return request.news;
  }
  const client = reach(settings);
  const old = fromState(request.olds);
  const fieldManager = fieldManagerFor(inputs, old.fieldManager);
  const state = (live: KubeObject) =>
    toState({ inputs, live, initialApiVersion: old.initialApiVersion, fieldManager }, request.news);

  let live: KubeObject;
  try {
    const after = await submit(settings, client, request, inputs, old.live, fieldManager);
    live = request.preview ? after : await awaitReady({ client, inputs, object: after, request });
  } catch (error) {
    if (request.preview && isForbidden(error)) {
      return request.news;
    }
    throw await failure(client, request, old.live, error, state);
  }
  const oldManager = fieldManagerFor(old.inputs, old.fieldManager);
  if (!request.preview && oldManager !== fieldManager && old.fieldManager) {
    await relinquish(client, live, oldManager);
  }
  return state(live);
}

/** The object exists, so the engine keeps it, with the new inputs: the next deployment tries again. */
async function failure(
  client: ApiClient,
  request: UpdateRequest,
  oldLive: KubeObject,
  error: unknown,
  state: (live: KubeObject) => Properties,
): Promise<Error> {
  if (error instanceof NoMatchError) {
    return new Error(
      `update of resource "${request.urn}" failed because the Kubernetes API server reported that the apiVersion ` +
        `for this resource does not exist. Verify that any required CRDs have been created: ${error.message}`,
    );
  }
  const live = await readLive(client, oldLive).catch(messageOf);
  if (typeof live === "string") {
    return new Error(
      `update of resource "${request.urn}" failed: ${messageOf(error)}\nunable to get cluster state: ${live}`,
    );
  }
  const message =
    `the Kubernetes API server reported that "${idOf(live)}" failed to fully initialize or become live: ` +
    messageOf(error);
  const problems = error instanceof NotReadyError ? error.problems : [];
  return new InitFailedError(message, {
    id: idOf(live),
    outputs: state(live),
    reasons: [message, ...problems],
  });
}

async function readLive(client: ApiClient, object: KubeObject): Promise<KubeObject> {
  return asKubeObject(await client.request("GET", await client.objectPath(refOf(object))));
}

async function submit(
  settings: Settings,
  client: ApiClient,
  request: UpdateRequest,
  inputs: KubeObject,
  oldLive: KubeObject,
  fieldManager: string,
): Promise<KubeObject> {
  const { preview: dryRun } = request;
  const before = await readLive(client, { ...oldLive, apiVersion: inputs.apiVersion, kind: inputs.kind });
  if (isCrd(inputs)) {
    // Replaced as a whole: an apply would keep versions that the new definition leaves out.
    const resourceVersion = at(before, "metadata", "resourceVersion");
    const body = withMember(inputs, ["metadata", "resourceVersion"], resourceVersion);
    const options = { dryRun, fieldManager, fieldValidation: "Strict" } as const;
    return asKubeObject(await client.replace(asApiObject(body), options));
  }
  const patches = isPatch(request.type, inputs);
  const live = dryRun || patches ? before : await takeOver(client, before, fieldManager);
  const body = request.ignoreChanges.reduce(
    (object, path) => ignore(object, live, fieldManager, parsePath(path)),
    inputs,
  );
  const force = forces(inputs, live, { ...settings, preview: dryRun });
  const applied = client.apply(asApiObject(body), { fieldManager, force, dryRun, fieldValidation: "Strict" });
  const after = asKubeObject(await applied.catch(rethrowConflict(fieldManager)));
  return after;
}

/** An ignored field that others own is left out; else it keeps the value that it has in the cluster. */
function ignore(object: KubeObject, live: KubeObject, manager: string, path: string[]): KubeObject {
  const { ours, theirs } = ownership(live, manager, path);
  if (theirs && !ours) {
    return withMember(object, path, undefined);
  }
  const value = at(live, ...path);
  return value === undefined ? object : withMember(object, path, value);
}
