import { NotSupportedError, type CheckRequest, type CheckResult } from "../base";
import { hasUnknown } from "../values";
import { parseWaitFor } from "./await/waitFor";
import { annotateSecrets } from "./checkpoint";
import { isList, isPatch, kindOfType } from "./kinds";
import { adoptName, assignName, usesGenerateName } from "./naming";
import { normalize } from "./normalize";
import {
  annotation,
  annotationOf,
  at,
  nameOf,
  namespaceOf,
  toObject,
  toProperties,
  withMember,
} from "./object";
import { isNamespaced, type Settings } from "./settings";

/** Names, namespaces and spelling. What the API server refuses shows in the dry run of preview, not here. */
export async function check(settings: Settings, request: CheckRequest): Promise<CheckResult> {
  if (settings.unreachable !== undefined && settings.skipUpdateUnreachable) {
    request.log(
      "warning",
      "Cluster is unreachable but skipUpdateUnreachable flag is set to true, skipping...",
    );
    return { inputs: request.olds };
  }
  refuseUnplayed(request.type);
  let object = normalize(toObject(request.news));
  if (isPatch(request.type, object) && !nameOf(object) && !hasUnknown(at(object, "metadata"))) {
    throw new Error("patch resources require the `.metadata.name` field to be set");
  }
  if (Object.keys(request.olds).length > 0) {
    object = adoptName(object, toObject(request.olds));
  } else {
    object = assignName(object, {
      logicalName: request.name,
      seed: request.randomSeed,
      autonaming: request.autonaming,
    });
  }
  if (usesGenerateName(object)) {
    throw new Error("the `.metadata.generateName` field is not supported in Server-Side Apply mode");
  }
  if (!namespaceOf(object) && !hasUnknown(at(object, "metadata", "namespace"))) {
    const { apiVersion, kind } = kindOfType(request.type);
    if (await isNamespaced(settings, { apiVersion, kind: kind.replace(/Patch$/, "") })) {
      object = withMember(object, ["metadata", "namespace"], settings.defaultNamespace);
    }
  }
  const waitFor = annotationOf(object, annotation.waitFor);
  if (waitFor) {
    // The real provider finds a bad expression only when the object is there already.
    parseWaitFor(waitFor);
  }
  return { inputs: annotateSecrets(toProperties(object), request.news) };
}

function refuseUnplayed(type: string): void {
  const module = type.split(":")[1] ?? "";
  if (module.startsWith("helm.sh/") || module.startsWith("yaml") || module.startsWith("kustomize")) {
    throw new NotSupportedError("kubernetes", `resource ${type}`);
  }
  if (isList(type)) {
    throw new Error(
      `${type}: lists only exist for YAML manifests and cannot be created; use the type of the listed resources`,
    );
  }
}
