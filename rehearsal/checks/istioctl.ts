import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { verdict, type Finding, type Question } from "../../verify/check";
import { late } from "../../verify/late";
import { count } from "../../verify/objects";
import type { CheckedCluster, CheckedMesh } from "./mesh";

const run = promisify(execFile);

/** What a person would type works: through the API server, to the real istiod. */
export function istioctlQuestions({ clusters, env, timeout }: CheckedMesh): Question[] {
  const names = clusters.map(({ name }) => name);
  return clusters.map((cluster) => ({
    id: "istioctl",
    cluster: cluster.name,
    title: "istioctl works",
    breaks: "what a person would type does not work in this rehearsal",
    fix: `npm run shell -- -c 'istioctl --context ${cluster.name} remote-clusters'`,
    ask: () => istioctl(cluster, names, { env, timeout }),
  }));
}

async function istioctl(
  cluster: CheckedCluster,
  names: string[],
  { env, timeout }: Pick<CheckedMesh, "env" | "timeout">,
): Promise<Finding> {
  const call = async (command: string) => {
    const args = [command, "--kubeconfig", cluster.kubeconfigPath];
    const options = { env: { ...process.env, ...env }, timeout: timeout * 1000 };
    const { stdout } = await run("istioctl", args, options).catch((error: Error & { killed?: boolean }) => {
      throw error.killed ? new Error(late(`istioctl ${command}: no answer`, timeout)) : error;
    });
    return columns(stdout);
  };
  const [remotes, proxies] = await Promise.all([call("remote-clusters"), call("proxy-status")]);
  const problems = names
    .filter((name) => !remotes.rows.some((row) => row.NAME === name))
    .map((name) => `remote-clusters does not list ${name}`);
  problems.push(
    ...remotes.rows
      .filter(({ STATUS }) => STATUS !== "synced")
      .map(({ NAME, STATUS, ISTIOD }) => `remote-clusters: ${NAME} is ${STATUS} on ${ISTIOD}`),
  );
  if (!proxies.names.includes("ISTIOD")) {
    problems.push(`proxy-status prints no table: ${proxies.names.join(" ")}`);
  }
  const istiods = new Set(remotes.rows.map(({ ISTIOD }) => ISTIOD));
  const connected = count(proxies.rows.length, "connected proxy").replace(/ys$/, "ies");
  return verdict(problems, `${names.join(", ")} synced on ${count(istiods.size, "istiod")}; ${connected}`);
}

/** A table whose columns stand under their names, as istioctl and kubectl print it; empty cells are empty texts. */
export function columns(table: string): { names: string[]; rows: Record<string, string>[] } {
  const [head = "", ...lines] = table.split("\n").filter((line) => line.trim() !== "");
  const starts = [...head.matchAll(/\S+(?: \S+)*/g)].map(({ 0: name, index }) => ({ name, index }));
  const rows = lines.map((line) =>
    Object.fromEntries(
      starts.map(({ name, index }, at) => [name, line.slice(index, starts[at + 1]?.index).trim()] as const),
    ),
  );
  return { names: starts.map(({ name }) => name), rows };
}
