/**
 * How Pulumi, and people, reach a private control plane: by GKE's DNS endpoint, whose certificate is publicly trusted, with
 * a token that is made at each use. It holds no secret, so it is the same at every run.
 *
 * https://cloud.google.com/kubernetes-engine/docs/concepts/network-isolation#dns-based_endpoint
 */
export function gkeKubeconfig({ name, dnsEndpoint }: { name: string; dnsEndpoint: string }): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: { server: `https://${dnsEndpoint}` } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    users: [
      {
        name,
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "gke-gcloud-auth-plugin",
            installHint:
              "Install gke-gcloud-auth-plugin: https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl#install_plugin",
            provideClusterInfo: true,
            interactiveMode: "Never",
          },
        },
      },
    ],
  });
}

/** What istiod of one cluster uses to watch another. */
export interface RemoteAccess {
  /** The cluster that is watched: its `clusterName`. */
  name: string;
  /** `https://` and an address that pods of the watching cluster reach. */
  server: string;
  /** The watched cluster's CA, as base64 of its PEM. */
  certificateAuthority: string;
  /** A service account token, in plain text. */
  token: string;
}

/**
 * A kubeconfig with a token: istiod refuses `exec`, token files and certificate files (istio/istio,
 * `pkg/kube/multicluster/secretcontroller.go`), so GKE's own kubeconfig never works here.
 */
export function remoteKubeconfig({ name, server, certificateAuthority, token }: RemoteAccess): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: { server, "certificate-authority-data": certificateAuthority } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    users: [{ name, user: { token } }],
  });
}
