import type { KubeConfig } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { loadClient } from "./clusterApi";

/** Why a cluster of another stack cannot be worked in. */
export interface ReachProblem {
  /** The API server, where the kubeconfig names one. */
  address?: string;
  /** What it, or the way to it, said; a part of a sentence. */
  said: string;
  /** What is wrong: the way, or that it let nobody in, or that there is no credential to ask with. */
  wrong: "way" | "refused" | "credential";
}

export interface ReachOptions {
  /** For all tries together: an API server that restarts takes some seconds. */
  deadlineSeconds: number;
  /** Between two tries. */
  waitSeconds: number;
}

const DEFAULTS: ReachOptions = { deadlineSeconds: 15, waitSeconds: 1 };

/** Asks an API server for its version, with the credentials of the kubeconfig and by the proxy of the environment. */
export async function reachProblem(
  kubeconfig: string,
  { deadlineSeconds, waitSeconds }: ReachOptions = DEFAULTS,
): Promise<ReachProblem | undefined> {
  let address: string | undefined;
  try {
    const { client, config } = await loadClient(kubeconfig);
    address = config.getCurrentCluster()?.server;
    const version = config.makeApiClient(client.VersionApi);
    const end = Date.now() + deadlineSeconds * 1000;
    const noCredential = await credentialProblem(config, end - Date.now());
    if (noCredential) return { address, said: noCredential, wrong: "credential" };
    let last: Said | undefined;
    for (;;) {
      const { problem, again } = await within(end - Date.now(), version.getCode()).then(
        () => ({ problem: undefined, again: false }),
        (error: unknown) => problemOf(error, client.ApiException),
      );
      if (!problem) return undefined;
      const over = Date.now() + waitSeconds * 1000 >= end;
      // What was heard says more than that the last try came to nothing.
      last = over ? (last ?? problem) : problem;
      if (!again || over) return { address, ...last };
      await new Promise((resolve) => setTimeout(resolve, waitSeconds * 1000));
    }
  } catch {
    // The parser's own message would quote the lines around a mistake.
    return { address, said: "its kubeconfig cannot be read", wrong: "way" };
  }
}

/** What an authentication plugin says that gives no credential; it may say a lot, and its first line is its reason. */
async function credentialProblem(config: KubeConfig, milliseconds: number): Promise<string | undefined> {
  const { command } = (config.getCurrentUser()?.exec ?? {}) as { command?: string };
  if (!command) return undefined;
  try {
    await within(milliseconds, config.applyToHTTPSOptions({}));
    return undefined;
  } catch (error) {
    return `its kubeconfig's command ${command} gives no credential: ${firstLine(error)}`;
  }
}

function firstLine(error: unknown): string {
  const [line = ""] = (error instanceof Error ? error.message : String(error)).trim().split("\n");
  return line.slice(0, 300);
}

type Said = Omit<ReachProblem, "address">;
type HttpError = new (...args: never[]) => Error & { code: number };

function problemOf(error: unknown, ApiException: HttpError): { problem: Said; again: boolean } {
  if (error instanceof ApiException) {
    const refused = error.code === 401 || error.code === 403;
    return {
      problem: refused
        ? { said: `refused (${error.code})`, wrong: "refused" }
        : { said: `answered ${error.code}`, wrong: "way" },
      again: error.code === 429 || error.code >= 500,
    };
  }
  return { problem: { said: firstLine(error), wrong: "way" }, again: true };
}

async function within<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), Math.max(milliseconds, 0));
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What is said of a peer that cannot be worked in, with what to do. */
export function unreachable(cluster: string, stack: string, problem: ReachProblem): string {
  const known = `${said(cluster, stack, problem)}; and this stack makes its end of a link there. ${mend(cluster, problem)}. `;
  // Nothing is known of the cluster then, nor that it is lost.
  if (problem.wrong === "credential") return known.trim();
  return (
    known +
    `If the cluster is lost, build it again: PULUMI_K8S_DELETE_UNREACHABLE=true pulumi refresh -s ${stack}, pulumi up -s ${stack} ` +
    `(docs/shapes.md). To go on without it, take it out of mesh:peers; what this stack has made there is then given up with PULUMI_K8S_DELETE_UNREACHABLE=true pulumi up.`
  );
}

/** The same, for the stack of the home cluster, of the config cluster. */
export function unreachableConfigCluster(
  cluster: string,
  stack: string,
  home: string,
  problem: ReachProblem,
): string {
  const known = `${said(cluster, stack, problem)}; and this stack looks there whether Google reads the load balancer's objects. ${mend(cluster, problem)}. `;
  if (problem.wrong === "credential") return known.trim();
  return (
    known +
    `If the cluster is lost: the same objects stand by in ${home}; write mesh.configCluster: ${home}, and pulumi up again (docs/shapes.md).`
  );
}

function said(
  cluster: string,
  stack: string,
  { address = "its API server", said, wrong }: ReachProblem,
): string {
  const asked = wrong === "credential" ? "" : `GET ${address}/version: `;
  return `Cluster ${cluster} of stack ${stack} cannot be reached: ${asked}${said}`;
}

function mend(cluster: string, { wrong }: ReachProblem): string {
  return {
    refused:
      "The account that gcloud is logged in with needs container.clusters.connect (docs/google-cloud.md): gcloud auth list",
    credential:
      "On a GKE cluster: gcloud auth login, or in CI what docs/continuous-delivery.md says; elsewhere log in as that command asks",
    way: `Does this work: gcloud container clusters get-credentials ${cluster} --dns-endpoint, then kubectl version? If not, mend the network or HTTPS_PROXY`,
  }[wrong];
}
