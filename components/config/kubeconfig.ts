import { parse } from "yaml";
import { certificatesIn } from "../certificates";
import { isObject } from "./schemaProblems";

/** Prints a kubeconfig of one context that works on another machine too. */
export const PRINT_KUBECONFIG = "kubectl config view --raw --flatten --minify";

/** What the mesh takes from a kubeconfig: the cluster of its current context. */
export interface ReadKubeconfig {
  /** The CA of its API server, as base64 of the PEM. */
  certificateAuthority: string;
}

/**
 * Reads the kubeconfig of an existing cluster.
 *
 * @param text YAML or JSON.
 * @returns a text where it cannot be used: what is wrong, reading on from its name. It never shows what is in the kubeconfig,
 *   which holds credentials: parsers' own messages quote the lines around a mistake.
 */
export function readKubeconfig(text: string): ReadKubeconfig | string {
  const config = objectIn(text);
  if (typeof config === "string") return config;
  const { contexts, clusters, users, "current-context": current } = config;
  if (!Array.isArray(clusters) || !Array.isArray(contexts)) {
    return "is no kubeconfig: it has no lists clusters and contexts";
  }
  if (typeof current !== "string" || current === "") {
    return "has no current-context (kubectl config use-context chooses one)";
  }
  const context = named(contexts, current, "context");
  if (!context) {
    return "has a current-context that is not among its contexts (kubectl config use-context chooses another)";
  }
  const cluster = named(clusters, context.cluster, "cluster");
  if (!cluster) {
    return "has no cluster of the name that its current context gives";
  }
  return credentialsProblem(named(users, context.user, "user")) ?? clusterOf(cluster);
}

function objectIn(text: string): Record<string, unknown> | string {
  if (text.trim() === "") return "is empty";
  let value: unknown;
  try {
    value = parse(text, { logLevel: "error" });
  } catch {
    return /^ *\t/m.test(text) ? "is no YAML: lines begin with tabs" : "is no YAML";
  }
  if (isObject(value)) return value;
  return /^[A-Za-z0-9+/=\s]{40,}$/.test(text)
    ? "is in base64, which is not needed: the secret is encrypted anyway"
    : "is no kubeconfig; is it the file's name? What the file holds is needed";
}

/** The entry of that name in one of a kubeconfig's lists. */
function named(list: unknown, name: unknown, field: string): Record<string, unknown> | undefined {
  const entry: unknown = Array.isArray(list)
    ? list.find((one) => isObject(one) && one.name === name)
    : undefined;
  const value = isObject(entry) ? entry[field] : undefined;
  return isObject(value) ? value : undefined;
}

function credentialsProblem(user: Record<string, unknown> | undefined): string | undefined {
  if (!user || Object.keys(user).length === 0) {
    return "has no credentials for its current context";
  }
  const file = ["client-certificate", "client-key", "tokenFile"].find((field) => user[field] !== undefined);
  return (
    file && `has ${file}, a file that other machines do not have; what is in it has to be in the kubeconfig`
  );
}

function clusterOf(cluster: Record<string, unknown>): ReadKubeconfig | string {
  const { server, "certificate-authority-data": authority } = cluster;
  if (typeof server !== "string" || !/^https:\/\/[^/\s]/.test(server)) {
    return "has no server in its current context that begins with https://";
  }
  if (typeof authority !== "string" || authority === "") {
    return "has no certificate-authority-data in its current context, and the other clusters trust its API server by it";
  }
  return certificatesIn(Buffer.from(authority, "base64").toString())
    ? { certificateAuthority: authority }
    : "has a certificate-authority-data that is no certificate: base64 of its PEM is needed";
}
