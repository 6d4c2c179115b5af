import type * as kubernetes from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { getProxyForUrl } from "proxy-from-env";

/** Where an object of a kind that somebody defined is found. */
export interface CustomObjectRef {
  group: string;
  version: string;
  plural: string;
  namespace: string;
  name: string;
}

/** The few things that a wait asks a cluster's API server. */
export interface ClusterApi {
  /** The object, or undefined where it, or its kind, does not exist. */
  customObject(ref: CustomObjectRef): Promise<unknown>;
  service(namespace: string, name: string): Promise<kubernetes.V1Service | undefined>;
  deployment(namespace: string, name: string): Promise<kubernetes.V1Deployment | undefined>;
  customResourceDefinition(name: string): Promise<kubernetes.V1CustomResourceDefinition | undefined>;
}

/** The two things beside that a move of the config cluster does. */
export interface WritableClusterApi extends ClusterApi {
  /** One that is there already stays as it is. */
  createCustomResourceDefinition(definition: kubernetes.V1CustomResourceDefinition): Promise<void>;
  /** @throws when the object has changed since it had that `resourceVersion`. */
  setFinalizers(ref: CustomObjectRef, resourceVersion: string, finalizers: string[]): Promise<void>;
}

/**
 * A client for the cluster that a kubeconfig names, with its authentication plugin and the proxy of the environment, as the
 * Kubernetes provider reaches it.
 */
export async function loadClient(
  kubeconfig: string,
): Promise<{ client: typeof kubernetes; config: kubernetes.KubeConfig }> {
  // Only who asks a cluster needs the client, and loading it takes longer than the rest of the program.
  const client = await import("@kubernetes/client-node");
  const config = new client.KubeConfig();
  config.loadFromString(kubeconfig);
  for (const cluster of config.clusters) {
    const proxy = getProxyForUrl(cluster.server);
    if (proxy) {
      Object.assign(cluster, { proxyUrl: proxy });
    }
  }
  return { client, config };
}

/** The API of the cluster that a kubeconfig names. */
export async function clusterApi(kubeconfig: string): Promise<WritableClusterApi> {
  const { client, config } = await loadClient(kubeconfig);
  const custom = config.makeApiClient(client.CustomObjectsApi);
  const apps = config.makeApiClient(client.AppsV1Api);
  const core = config.makeApiClient(client.CoreV1Api);
  const extensions = config.makeApiClient(client.ApiextensionsV1Api);

  async function unlessMissing<T>(request: Promise<T>): Promise<T | undefined> {
    return request.catch((error: unknown) => {
      if (error instanceof client.ApiException && error.code === 404) {
        return undefined;
      }
      throw error;
    });
  }

  return {
    customObject: (ref) => unlessMissing<unknown>(custom.getNamespacedCustomObject(ref)),
    service: (namespace, name) => unlessMissing(core.readNamespacedService({ namespace, name })),
    deployment: (namespace, name) => unlessMissing(apps.readNamespacedDeployment({ namespace, name })),
    customResourceDefinition: (name) => unlessMissing(extensions.readCustomResourceDefinition({ name })),
    createCustomResourceDefinition: async (body) => {
      await extensions.createCustomResourceDefinition({ body }).catch((error: unknown) => {
        if (!(error instanceof client.ApiException && error.code === 409)) {
          throw error;
        }
      });
    },
    setFinalizers: async (ref, resourceVersion, finalizers) => {
      const body = [
        { op: "test", path: "/metadata/resourceVersion", value: resourceVersion },
        { op: "replace", path: "/metadata/finalizers", value: finalizers },
      ];
      await custom.patchNamespacedCustomObject({ ...ref, body });
    },
  };
}
