import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { promisify } from "node:util";
import type { MeshSummary } from "../components/config/summary";
import { ClusterClient } from "./cluster/client";
import type { Mesh, MeshCluster } from "./mesh";

const run = promisify(execFile);

/** The outputs of a stack that checks need. Secret: a kubeconfig may hold a key. */
export interface StackOutputs {
  stack: string;
  clusters: Record<string, { kubeconfig: string; server: string; certificateAuthority: string }>;
  /** As configured: of every stack. */
  mesh: MeshSummary;
  /** Of the home cluster's stack. */
  address?: string;
  rootCertificate?: string;
}

/**
 * What a stack exports, by the `pulumi` command line in `folder`.
 *
 * @throws when there is no such stack, or when it was not deployed far enough; the message says what to run.
 */
export async function stackOutputs(stack: string, folder: string): Promise<StackOutputs> {
  const args = ["stack", "output", "--json", "--show-secrets", "--non-interactive", "-s", stack];
  const { stdout } = await run("pulumi", args, { cwd: folder, maxBuffer: 2 ** 26 }).catch(
    (error: unknown) => {
      // The error itself holds the output, which is secret.
      const { code, stderr = "" } = error as { code?: unknown; stderr?: string };
      const reason =
        code === "ENOENT"
          ? `there is no pulumi on PATH; a rehearsal has its own: npm run shell -- -c 'npm run verify -- ${stack}'`
          : stderr.trim() || `it ends with ${String(code)}`;
      throw new Error(`pulumi stack output -s ${stack}: ${reason}`);
    },
  );
  return outputsIn(stack, stdout);
}

/** Takes what is needed, and nothing else: the intermediates' keys are among the outputs. */
export function outputsIn(stack: string, json: string): StackOutputs {
  const { clusters, mesh, address, rootCertificate } = JSON.parse(json) as Partial<StackOutputs>;
  if (!clusters || Object.keys(clusters).length === 0 || !mesh) {
    throw new Error(
      `Stack ${stack} has no output ${clusters ? "mesh" : "clusters"}. Run first: pulumi up -s ${stack}`,
    );
  }
  // A stack that ran before the home cluster could be another does not name it.
  const homeCluster = (mesh as Partial<MeshSummary>).homeCluster ?? mesh.configCluster;
  return { stack, clusters, mesh: { ...mesh, homeCluster }, address, rootCertificate };
}

/** Opens the clusters of some stacks. @throws when they are not of one mesh. */
export async function meshOf(
  stacks: StackOutputs[],
  { pods, timeout, now = new Date() }: Pick<Mesh, "pods" | "timeout"> & { now?: Date },
): Promise<{ mesh: Mesh; close: () => void }> {
  const [first] = stacks;
  if (!first) {
    throw new Error("no stack is named");
  }
  const stranger = stacks.find(({ mesh }) => mesh.id !== first.mesh.id);
  if (stranger) {
    throw new Error(
      `Stack ${stranger.stack} is of mesh ${stranger.mesh.id}, stack ${first.stack} of ${first.mesh.id}: check one mesh at a time`,
    );
  }
  const clients: ClusterClient[] = [];
  const clusters = stacks.flatMap(({ stack, clusters, mesh }) =>
    Object.entries(clusters).map(async ([name, outputs]): Promise<MeshCluster> => {
      const api = await ClusterClient.fromKubeconfig(outputs.kubeconfig, timeout);
      clients.push(api);
      const { region = name, network = name } = mesh.clusters[name] ?? {};
      const { server, certificateAuthority } = outputs;
      return { name, stack, region, network, server, certificateAuthority, api };
    }),
  );
  const shared = stacks.find(({ rootCertificate }) => rootCertificate);
  // A stack that was deployed before a cluster joined does not know of it.
  const [largest = first.mesh] = stacks
    .map(({ mesh }) => mesh)
    .sort((a, b) => Object.keys(b.clusters).length - Object.keys(a.clusters).length);
  // While the config cluster moves, stacks differ: the one with the fleet's feature has told Google.
  const config = { ...largest, configCluster: shared?.mesh.configCluster ?? largest.configCluster };
  return {
    mesh: {
      config,
      clusters: await Promise.all(clusters),
      address: shared?.address,
      root: shared?.rootCertificate ? new X509Certificate(shared.rootCertificate) : undefined,
      now,
      pods,
      timeout,
    },
    close: () => clients.forEach((client) => client.close()),
  };
}
