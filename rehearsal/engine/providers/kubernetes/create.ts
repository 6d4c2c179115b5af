import type { ApiClient } from "../../../kubernetes/client";
import { InitFailedError, type CreateRequest, type CreateResult } from "../base";
import { hasUnknown } from "../values";
import { awaitReady } from "./await";
import { toState } from "./checkpoint";
import {
  NotReadyError,
  creationError,
  rethrowConflict,
  isAlreadyExists,
  isDryRunRefused,
  isForbidden,
  isNamespaceNotFound,
} from "./errors";
import { creationManager, fieldManagerFor, forces } from "./fieldManagers";
import { isPatch } from "./kinds";
import {
  apiVersionOf,
  asApiObject,
  asKubeObject,
  idOf,
  kindOf,
  refOf,
  toObject,
  type KubeObject,
} from "./object";
import { untilItExists } from "./retry";
import { kindExists, reach, type Settings } from "./settings";

export async function create(settings: Settings, request: CreateRequest): Promise<CreateResult> {
  const object = toObject(request.inputs);
  const asIs = { id: "", outputs: request.inputs };
  if (request.preview && (await cannotPreview(settings, request, object))) {
    return asIs;
  }
  const client = reach(settings);
  const initialApiVersion = apiVersionOf(object);
  const fieldManager = fieldManagerFor(object, "");
  const state = (live: KubeObject) =>
    toState({ inputs: object, live, initialApiVersion, fieldManager }, request.inputs);

  let made: KubeObject;
  try {
    made = await submit(settings, client, request, object, fieldManager);
  } catch (error) {
    if (request.preview && isForgivenInPreview(error)) {
      return asIs;
    }
    throw creationError(request.urn, request.type, error);
  }
  if (request.preview) {
    delete made.status;
    return { id: "", outputs: state(made) };
  }
  try {
    const live = await awaitReady({ client, inputs: object, object: made, request });
    return { id: idOf(live), outputs: state(live) };
  } catch (error) {
    if (!(error instanceof NotReadyError)) {
      throw error;
    }
    const message =
      `resource "${request.urn}" was successfully created, but the Kubernetes API server reported that it failed to ` +
      `fully initialize or become live: ${error.message}`;
    throw new InitFailedError(message, {
      id: idOf(made),
      outputs: state(error.object),
      reasons: [message, ...error.problems],
    });
  }
}

/** Without a dry run the engine shows the inputs. */
async function cannotPreview(
  settings: Settings,
  request: CreateRequest,
  object: KubeObject,
): Promise<boolean> {
  return (
    hasUnknown(request.inputs) ||
    isPatch(request.type, object) ||
    !(await kindExists(settings, { apiVersion: apiVersionOf(object), kind: kindOf(object) }))
  );
}

/** The namespace may be part of the same preview, and an existing object may be on its way out. */
function isForgivenInPreview(error: unknown): boolean {
  return isForbidden(error) || isNamespaceNotFound(error) || isAlreadyExists(error) || isDryRunRefused(error);
}

async function submit(
  settings: Settings,
  client: ApiClient,
  request: CreateRequest,
  object: KubeObject,
  fieldManager: string,
): Promise<KubeObject> {
  const { preview: dryRun } = request;
  const patches = isPatch(request.type, object);
  const attempt = async () => {
    if (patches || settings.upsertExistingObjects) {
      if (patches) {
        await requireExisting(client, object);
      }
      const force = forces(object, undefined, { ...settings, preview: dryRun });
      const applied = client.apply(asApiObject(object), { fieldManager, force, dryRun });
      return asKubeObject(await applied.catch(rethrowConflict(fieldManager)));
    }
    // The real provider drops misspelt fields of built-in kinds, and the API server those of custom resources: a
    // rehearsal is where such a mistake should show.
    return asKubeObject(
      await client.create(asApiObject(object), {
        dryRun,
        fieldManager: creationManager,
        fieldValidation: "Strict",
      }),
    );
  };
  if (dryRun) {
    return attempt();
  }
  const made = await untilItExists(attempt, {
    onRetry: (line) => request.status(line),
    signal: request.signal,
  });
  request.status("");
  return made;
}

async function requireExisting(client: ApiClient, object: KubeObject): Promise<void> {
  const { apiVersion, kind, metadata } = refOf(object);
  if (!(await client.get(apiVersion, kind, metadata.name, metadata.namespace))) {
    throw new Error(
      `there is no ${kind} "${idOf(object)}" to patch; create it first, or use the ${kind} resource instead of its Patch`,
    );
  }
}
