import { ApiError, NoMatchError } from "../../../kubernetes/client";
import { kindOfType } from "./kinds";
import type { KubeObject } from "./object";

/** The object is there, but did not become ready. */
export class NotReadyError extends Error {
  override readonly name = "NotReadyError";
  constructor(
    message: string,
    readonly object: KubeObject,
    readonly problems: string[] = [],
  ) {
    super(message);
  }

  get reasons(): string[] {
    return [this.message, ...this.problems];
  }
}

export function isNamespaceNotFound(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    error.status === 404 &&
    typeof error.body !== "string" &&
    error.body.details?.kind === "namespaces"
  );
}

export function isAlreadyExists(error: unknown): boolean {
  return error instanceof ApiError && error.reason === "AlreadyExists";
}

export function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403;
}

/** Admission webhooks with side effects make a dry run impossible. */
export function isDryRunRefused(error: unknown): boolean {
  return (
    error instanceof ApiError && error.status === 400 && error.message.includes("does not support dry run")
  );
}

export function creationError(urn: string, type: string, error: unknown): Error {
  const message = messageOf(error);
  if (error instanceof NoMatchError) {
    const { apiVersion, kind } = kindOfType(type);
    return new Error(
      `creation of resource "${urn}" with kind ${apiVersion}/${kind} failed because the Kubernetes API server ` +
        `reported that the apiVersion for this resource does not exist. ` +
        `Verify that any required CRDs have been created: ${message}`,
      { cause: error },
    );
  }
  const advice = isAlreadyExists(error)
    ? "\n\nThe resource already exists in the cluster. If it is this resource under an old name, give it an alias; " +
      "to change parts of it only, use a Patch resource; to own it from now on, use `pulumi import`, or set " +
      "upsertExistingObjects on the provider."
    : "";
  return new Error(
    `resource "${urn}" was not successfully created by the Kubernetes API server: ${message}${advice}`,
    { cause: error },
  );
}

/** Passes an error of server-side apply on; a conflict, which says whose field it is, with where to read on. */
export function rethrowConflict(manager: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof ApiError) || error.reason !== "Conflict") {
      throw error;
    }
    throw new ApiError(
      error.status,
      error.reason,
      "server-side apply field conflict detected, see https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/" +
        "managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources for troubleshooting help\n" +
        `The resource managed by field manager "${manager}" had an apply conflict: ${error.message}`,
      error.body,
    );
  };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
