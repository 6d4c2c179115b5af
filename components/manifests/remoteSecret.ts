import { ISTIO_NAMESPACE } from "./operator";

/** Made by Istio's base component in every cluster; its rights come with the revision's istiod. */
const READER = "istio-reader-service-account";

/**
 * A token that lets `reader` watch the cluster in which this Secret is made. One for each reader, so that one can be
 * withdrawn without the others. It reads **every Secret of the cluster**: docs/security.md.
 */
export function readerToken(reader: string) {
  return {
    metadata: {
      name: `${READER}-istio-remote-secret-token-${reader}`,
      namespace: ISTIO_NAMESPACE,
      annotations: { "kubernetes.io/service-account.name": READER },
    },
    type: "kubernetes.io/service-account-token",
  };
}

/** The metadata of the Secret by which istiod learns of `cluster`. The Secret's only key has to be the cluster's name too. */
export function remoteSecretMetadata(cluster: string) {
  return {
    name: `istio-remote-secret-${cluster}`,
    namespace: ISTIO_NAMESPACE,
    labels: { "istio/multiCluster": "true" },
    annotations: { "networking.istio.io/cluster": cluster },
  };
}
