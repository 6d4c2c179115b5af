import type { ApiObject } from "../../kubernetes/client";
import { isDeleting, type Api } from "./objects";

/** Kubernetes objects of the config cluster, in the ingress's namespace. */
export interface ConfigObjects {
  services: ApiObject[];
  frontendConfigs: ApiObject[];
  backendConfigs: ApiObject[];
  secrets: ApiObject[];
}

/** What a MultiClusterIngress may refer to. @param services all MultiClusterServices of the cluster */
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
