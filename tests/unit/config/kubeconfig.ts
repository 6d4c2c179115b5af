import { sign } from "../authority";

/** A cluster's authority, as kubeconfigs and outputs hold it. */
export const CLUSTER_CA = Buffer.from(sign("kubernetes").certificate).toString("base64");

/** Stands in every credential of {@link kubeconfigOf}. */
const TOKEN = "hush";

interface Parts {
  server?: string;
  authority?: string;
  current?: string;
  user?: Record<string, unknown>;
}

/** A kubeconfig for an existing cluster, as a user gives it; its first context is another cluster's. */
export function kubeconfigOf(parts: Parts = {}): string {
  const {
    server = "https://192.168.0.2",
    authority = CLUSTER_CA,
    current = "main",
    user = { token: TOKEN },
  } = parts;
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": current,
    contexts: [
      { name: "other", context: { cluster: "other", user: "me" } },
      { name: "main", context: { cluster: "here", user: "me" } },
    ],
    clusters: [
      { name: "other", cluster: { server: "https://other" } },
      { name: "here", cluster: { server, "certificate-authority-data": authority } },
    ],
    users: [{ name: "me", user }],
  });
}
