import { GoogleError, forbidden } from "./errors";
import type { Google } from "./resource";
import { services } from "./services";

/** Refuses a call to an API that the project has not switched on, in Google's words. */
export function requireEnabled(google: Google, service: string): void {
  if (!services[service]) throw forbidden(`Not found or permission denied for service(s): ${service}.`);
  if (google.enabled(service)) return;
  throw new GoogleError(
    403,
    "accessNotConfigured",
    `${services[service]} has not been used in project ${google.number} before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/${service}/overview?project=${google.number} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`,
  );
}
