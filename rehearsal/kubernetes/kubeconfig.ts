import * as fs from "node:fs";
import { parse } from "yaml";
import { TransportOptions } from "./clientTransport";
import { ExecSpec, execToken } from "./kubeconfigExec";

export interface ClusterEntry {
  server: string;
  "certificate-authority"?: string;
  "certificate-authority-data"?: string;
  "insecure-skip-tls-verify"?: boolean;
  "tls-server-name"?: string;
  "proxy-url"?: string;
}

export interface UserEntry {
  token?: string;
  tokenFile?: string;
  "client-certificate"?: string;
  "client-certificate-data"?: string;
  "client-key"?: string;
  "client-key-data"?: string;
  exec?: ExecSpec;
}

/** The parts of a kubeconfig that its current context names. */
export interface Kubeconfig {
  cluster: ClusterEntry;
  user: UserEntry;
  /** Of the context, if it names one. */
  namespace?: string;
}

interface KubeconfigFile {
  "current-context"?: string;
  contexts?: { name: string; context: { cluster: string; user: string; namespace?: string } }[];
  clusters?: { name: string; cluster: ClusterEntry }[];
  users?: { name: string; user: UserEntry | null }[];
}

/**
 * Reads a kubeconfig given as YAML or JSON text.
 * @throws Error when it is no kubeconfig, or lacks the context, cluster or user that it names.
 */
export function parseKubeconfig(
  text: string,
  choose: { context?: string; cluster?: string } = {},
): Kubeconfig {
  let file: KubeconfigFile | null;
  try {
    file = parse(text) as KubeconfigFile | null;
  } catch (error) {
    throw new Error(`kubeconfig: not YAML: ${(error as Error).message}`, { cause: error });
  }
  if (typeof file !== "object" || file === null) {
    throw new Error("kubeconfig: expected an object with clusters, users and contexts");
  }
  const contextName = choose.context ?? file["current-context"];
  const context = file.contexts?.find(({ name }) => name === contextName)?.context;
  if (!context) {
    const names = file.contexts?.map(({ name }) => name).join(", ") || "none";
    throw new Error(`kubeconfig: no context "${contextName ?? ""}"; it has: ${names}`);
  }
  const clusterName = choose.cluster ?? context.cluster;
  const cluster = file.clusters?.find(({ name }) => name === clusterName)?.cluster;
  if (!cluster?.server) {
    throw new Error(`kubeconfig: no cluster "${clusterName}" with a server`);
  }
  const user = file.users?.find(({ name }) => name === context.user)?.user ?? {};
  return { cluster, user, ...(context.namespace ? { namespace: context.namespace } : {}) };
}

/** Everything that a connection needs. Files that the kubeconfig names are read now. */
export function transportOptions({ cluster, user }: Kubeconfig): TransportOptions {
  const { exec } = user;
  const token = user.token ?? (user.tokenFile ? fs.readFileSync(user.tokenFile, "utf8").trim() : undefined);
  return {
    server: cluster.server,
    ca: pem(cluster["certificate-authority-data"], cluster["certificate-authority"]),
    clientCertificate: pem(user["client-certificate-data"], user["client-certificate"]),
    clientKey: pem(user["client-key-data"], user["client-key"]),
    insecure: cluster["insecure-skip-tls-verify"],
    serverName: cluster["tls-server-name"],
    proxy: cluster["proxy-url"] ?? proxyFor(cluster.server, process.env),
    token,
    ...(exec && !token ? { getToken: (renew: boolean) => execToken(exec, renew) } : {}),
  };
}

function pem(data: string | undefined, file: string | undefined): string | undefined {
  if (data) {
    return Buffer.from(data, "base64").toString();
  }
  return file ? fs.readFileSync(file, "utf8") : undefined;
}

/** The proxy that the environment asks for, by the rules of Go's programs: NO_PROXY holds hosts, domains, addresses, or `*`. */
export function proxyFor(server: string, env: NodeJS.ProcessEnv): string | undefined {
  const { hostname, protocol } = new URL(server);
  const proxy =
    protocol === "https:" ? (env.HTTPS_PROXY ?? env.https_proxy) : (env.HTTP_PROXY ?? env.http_proxy);
  if (!proxy) {
    return undefined;
  }
  const host = hostname.replace(/^\[|\]$/g, "");
  // Go never sends loopback through a proxy: https://pkg.go.dev/golang.org/x/net/http/httpproxy
  if (host === "localhost" || host === "::1" || host.startsWith("127.")) {
    return undefined;
  }
  const exempt = (env.NO_PROXY ?? env.no_proxy ?? "").split(",").map((entry) => entry.trim());
  const skip = exempt.some(
    (entry) =>
      entry === "*" ||
      (entry !== "" && (host === entry.replace(/^\./, "") || host.endsWith(`.${entry.replace(/^\./, "")}`))),
  );
  return skip ? undefined : proxy;
}
