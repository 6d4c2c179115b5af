import { NoMatchError } from "../../../kubernetes/client";
import { InitFailedError, type ReadRequest, type ReadResult } from "../base";
import { checkReady } from "./await";
import { annotateSecrets, fromState, prune, toState } from "./checkpoint";
import { fieldManagerFor } from "./fieldManagers";
import { kindOfType } from "./kinds";
import { normalize } from "./normalize";
import {
  apiVersionOf,
  asKubeObject,
  at,
  nameOf,
  namespaceOf,
  parseId,
  toObject,
  toProperties,
  withMember,
  type KubeObject,
} from "./object";
import { reach, type Settings } from "./settings";

const gone: ReadResult = { id: "", outputs: {} };

export async function read(settings: Settings, request: ReadRequest): Promise<ReadResult> {
  if (settings.unreachable !== undefined) {
    return readUnreachable(settings, request);
  }
  const client = reach(settings);
  const { namespace, name } = parseId(request.id);
  const old = fromState(request.outputs);
  let inputs = normalize(toObject(request.inputs));
  const fresh = !inputs.kind && !old.live.kind;
  if (!inputs.kind) {
    const { apiVersion, kind } = fresh
      ? kindOfType(request.type.replace(/Patch$/, ""))
      : { apiVersion: apiVersionOf(old.live), kind: old.live.kind };
    inputs = { ...inputs, apiVersion, kind };
    inputs = withMember(inputs, ["metadata", "name"], nameOf(inputs) || name);
    inputs = withMember(inputs, ["metadata", "namespace"], namespaceOf(inputs) || namespace || undefined);
  }
  const ref = { apiVersion: apiVersionOf(inputs), kind: inputs.kind as string };
  let found;
  try {
    found = await client.get(ref.apiVersion, ref.kind, name, namespaceOf(inputs) || namespace || undefined);
  } catch (error) {
    if (error instanceof NoMatchError) {
      return gone;
    }
    throw error;
  }
  if (!found) {
    return gone;
  }
  const live = asKubeObject(found);
  const liveInputs = fresh ? inputsFromLive(live) : prune(live, inputs);
  const fieldManager = fieldManagerFor(inputs, old.fieldManager);
  const initialApiVersion = old.initialApiVersion || ref.apiVersion;
  const result = {
    id: request.id,
    inputs: annotateSecrets(toProperties(liveInputs), request.inputs),
    outputs: toState({ inputs: liveInputs, live, initialApiVersion, fieldManager }, request.inputs),
  };
  const problem = fresh ? undefined : await checkReady(client, inputs, live);
  if (problem) {
    throw new InitFailedError(problem.message, { ...result, reasons: problem.reasons });
  }
  return result;
}

/** For a `get` or an import: everything but what only the API server writes. */
function inputsFromLive(live: KubeObject): KubeObject {
  const inputs = withMember(normalize(live), ["status"], undefined);
  const annotations = [
    "deployment.kubernetes.io/revision",
    "kubectl.kubernetes.io/last-applied-configuration",
  ];
  return annotations.reduce(
    (rest, name) =>
      at(rest, "metadata", "annotations", name) === undefined
        ? rest
        : withMember(rest, ["metadata", "annotations", name], undefined),
    inputs,
  );
}

function readUnreachable(settings: Settings, request: ReadRequest): ReadResult {
  request.log("warning", `configured Kubernetes cluster is unreachable: ${settings.unreachable}`);
  if (settings.deleteUnreachable) {
    request.log(
      "info",
      "configured Kubernetes cluster is unreachable and the `deleteUnreachable` option is enabled. " +
        "Deleting the unreachable resource from Pulumi state",
    );
    return gone;
  }
  if (settings.skipUpdateUnreachable) {
    request.log(
      "info",
      "configured Kubernetes cluster is unreachable and the `skipUnreachable` option is enabled. " +
        "Returned data could not reflect the actual cluster configuration.",
    );
    return { id: request.id, inputs: request.inputs, outputs: request.outputs };
  }
  throw new Error(
    "failed to read resource state due to unreachable cluster. If the cluster was deleted, you can remove this " +
      "resource from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment " +
      'variable set to "true"',
  );
}
