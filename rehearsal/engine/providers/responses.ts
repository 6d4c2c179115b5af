import * as proto from "@pulumi/pulumi/proto/provider_pb";
import type { CheckFailure, CheckResult, DiffKind, DiffResult } from "./base";
import { marshal } from "./values";

const { Kind } = proto.PropertyDiff;
const kinds: Record<DiffKind, proto.PropertyDiff.Kind> = {
  add: Kind.ADD,
  "add-replace": Kind.ADD_REPLACE,
  delete: Kind.DELETE,
  "delete-replace": Kind.DELETE_REPLACE,
  update: Kind.UPDATE,
  "update-replace": Kind.UPDATE_REPLACE,
};

export function failures(list: CheckFailure[] = []): proto.CheckFailure[] {
  return list.map(({ property, reason }) => {
    const failure = new proto.CheckFailure();
    failure.setProperty(property ?? "");
    failure.setReason(reason);
    return failure;
  });
}

export function checkResponse(result: CheckResult): proto.CheckResponse {
  const response = new proto.CheckResponse();
  response.setInputs(marshal(result.inputs));
  response.setFailuresList(failures(result.failures));
  return response;
}

/** Fills in what a provider leaves out of a diff, as {@link DiffResult} documents. */
export function diffResponse(result: DiffResult): proto.DiffResponse {
  const detailed = Object.entries(result.detailedDiff ?? {}).map(([path, entry]) =>
    typeof entry === "string" ? { path, kind: entry, inputDiff: true } : { path, ...entry },
  );
  const diffs = result.diffs ?? unique(detailed.map(({ path }) => topLevel(path)));
  const replaces =
    result.replaces ??
    unique(detailed.filter(({ kind }) => kind.endsWith("-replace")).map(({ path }) => topLevel(path)));
  const changes = result.changes ?? diffs.length + replaces.length > 0;

  const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
  const response = new proto.DiffResponse();
  response.setChanges(changes ? DIFF_SOME : DIFF_NONE);
  response.setDiffsList(diffs);
  response.setReplacesList(replaces);
  response.setStablesList(result.stables ?? []);
  response.setDeletebeforereplace(result.deleteBeforeReplace ?? false);
  response.setHasdetaileddiff(result.detailedDiff !== undefined);
  for (const { path, kind, inputDiff } of detailed) {
    const difference = new proto.PropertyDiff();
    difference.setKind(kinds[kind]);
    difference.setInputdiff(inputDiff);
    response.getDetaileddiffMap().set(path, difference);
  }
  return response;
}

/** `spec.ports[0].port` and `spec["a.b"]` both belong to `spec`. */
function topLevel(path: string): string {
  return /^(?:\["((?:[^"\\]|\\.)*)"\]|([^.[]+))/.exec(path)?.slice(1).find(Boolean) ?? path;
}

function unique(names: string[]): string[] {
  return [...new Set(names)];
}
