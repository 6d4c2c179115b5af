import type { DiffRequest, DiffResult } from "../base";
import { checkReady } from "./await";
import { fromState, prune } from "./checkpoint";
import { detailedDiff, replacesOf } from "./diff";
import { isPatch } from "./kinds";
import { isAutonamed, isNamed } from "./naming";
import { normalize } from "./normalize";
import {
  annotatedTrue,
  annotation,
  apiVersionOf,
  asKubeObject,
  kindOf,
  nameOf,
  namespaceOf,
  refOf,
  toObject,
  withMember,
  type KubeObject,
} from "./object";
import { replacingPaths } from "./replacements";
import { isNamespaced, type Settings } from "./settings";

/** New inputs against the live object of state, pruned to the shape of the old inputs. */
export async function diff(settings: Settings, request: DiffRequest): Promise<DiffResult> {
  let now = normalize(toObject(request.news));
  const state = fromState(request.olds);
  let old = prune(state.live, normalize(state.inputs));

  const kind = { apiVersion: apiVersionOf(now), kind: kindOf(now) };
  const namespaced = await isNamespaced(settings, kind);
  const placed = (object: KubeObject) =>
    withMember(object, ["metadata", "namespace"], namespaced ? namespaceOf(object) || "default" : undefined);
  now = hasUnknownNamespace(now) ? now : placed(now);
  old = placed(old);
  old = { ...old, apiVersion: old.apiVersion ?? kind.apiVersion, kind: old.kind ?? kind.kind };
  if (nameOf(now)) {
    old = withMember(old, ["metadata", "name"], nameOf(state.live));
  }

  const replacing = isPatch(request.type, now)
    ? [
        ["metadata", "name"],
        ["metadata", "namespace"],
      ]
    : replacingPaths(now, settings);
  const detailed = detailedDiff({ old, new: now, replacing, ignoreChanges: request.ignoreChanges });
  const replaces = replacesOf(detailed);
  if (await isUnreadyJob(settings, now, state.live)) {
    replaces.push(`.metadata.annotations["${annotation.replaceUnready}"]`);
  }
  return {
    changes: Object.keys(detailed).length > 0 || replaces.length > 0,
    detailedDiff: detailed,
    replaces,
    deleteBeforeReplace:
      replaces.length > 0 &&
      isNamed(now) &&
      !isAutonamed(now) &&
      nameOf(now) === nameOf(state.live) &&
      namespaceOf(now) === namespaceOf(placed(state.live)),
  };
}

function hasUnknownNamespace(object: KubeObject): boolean {
  const metadata = object.metadata;
  return typeof metadata === "object" && metadata !== null && "namespace" in metadata
    ? typeof metadata.namespace !== "string"
    : false;
}

/** `pulumi.com/replaceUnready` on a Job. */
async function isUnreadyJob(settings: Settings, now: KubeObject, live: KubeObject): Promise<boolean> {
  if (
    !annotatedTrue(now, annotation.replaceUnready) ||
    kindOf(now) !== "Job" ||
    !settings.client ||
    settings.unreachable !== undefined
  ) {
    return false;
  }
  const { apiVersion, kind, metadata } = refOf(live);
  const found = await settings.client
    .get(apiVersion, kind, metadata.name, metadata.namespace)
    .catch(() => undefined);
  return !!found && (await checkReady(settings.client, now, asKubeObject(found))) !== undefined;
}
