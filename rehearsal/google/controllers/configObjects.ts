import type { ApiObject } from "../../kubernetes/client";
import type { ConfigObjects } from "./ingressModel";
import { isDeleting, type Api } from "./objects";

/** What a MultiClusterIngress may name, beside it in the config cluster. */
export async function configObjects(
  api: Api,
  ingress: ApiObject,
  services: ApiObject[],
): Promise<ConfigObjects> {
  const namespace = ingress.metadata.namespace;
  const [frontendConfigs, backendConfigs, secrets] = await Promise.all([
    api.list("networking.gke.io/v1beta1", "FrontendConfig", { namespace }),
    api.list("cloud.google.com/v1", "BackendConfig", { namespace }),
    api.list("v1", "Secret", { namespace }),
  ]);
  const inNamespace = services.filter((one) => one.metadata.namespace === namespace && !isDeleting(one));
  return { services: inNamespace, frontendConfigs, backendConfigs, secrets };
}
