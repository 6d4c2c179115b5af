/**
 * What an API of Google answers instead of a result.
 * `status` is the HTTP status, `reason` the short word that clients print after the message (`alreadyExists`, `notFound`, ...).
 */
export class GoogleError extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
    this.name = "GoogleError";
  }
}

export const badRequest = (message: string) => new GoogleError(400, "badRequest", message);
export const invalid = (message: string) => new GoogleError(400, "invalid", message);
export const forbidden = (message: string) => new GoogleError(403, "forbidden", message);
export const failedPrecondition = (message: string) => new GoogleError(400, "failedPrecondition", message);
export const conflict = (message: string) => new GoogleError(409, "alreadyExists", message);
export const notFound = (message: string) => new GoogleError(404, "notFound", message);
export const inUse = (kind: string, id: string, user: string) =>
  new GoogleError(
    400,
    "resourceInUseByAnotherResource",
    `The ${kind} resource '${id}' is already being used by '${user}'`,
  );

/** Refused by the rehearsal only: Google would accept it, but no program of this project should need it. */
export const notRehearsed = (message: string) => new GoogleError(501, "notRehearsed", message);
