import type { Rehearsal } from "../host";
import { accessQuestions } from "./access";
import { availabilityQuestions } from "./availability";
import { answer, type Check, type Question } from "./check";
import { edgeQuestions } from "./edge";
import { gatewayQuestions } from "./gateways";
import { istioQuestions } from "./istio";
import { istioctlQuestions } from "./istioctl";
import { linkQuestions } from "./links";
import { type CheckedMesh, type CheckOptions, count, isReady, meshOf } from "./mesh";
import { trafficQuestions } from "./traffic";
import { trustQuestions } from "./trust";

export type { Check } from "./check";

/**
 * Asks whether the mesh does what it is for. All checks run at the same time, each by itself: one that throws is a failed
 * check. What converges gets up to 30 s.
 */
export async function runChecks(rehearsal: Rehearsal, options: CheckOptions): Promise<Check[]> {
  const mesh = await meshOf(rehearsal, options);
  const { traffic } = rehearsal;
  const checks = await Promise.all(questionsOf(mesh).map((question) => answer(question)));
  // By themselves: the others keep the machine busy, and requests would wait for them.
  const questions = traffic ? trafficQuestions(traffic, mesh) : [];
  return [...checks, ...(await Promise.all(questions.map((question) => answer(question))))];
}

/** In the order of the table: by subject, and within it by check, then cluster. */
function questionsOf(mesh: CheckedMesh): Question[] {
  const all = [
    ...clusterQuestions(mesh),
    ...istioQuestions(mesh),
    ...istioctlQuestions(mesh),
    ...trustQuestions(mesh),
    ...linkQuestions(mesh),
    ...accessQuestions(mesh),
    ...availabilityQuestions(mesh),
    ...gatewayQuestions(mesh),
    ...edgeQuestions(mesh),
  ];
  const ids = [...new Set(all.map(({ id }) => id))];
  return ids.flatMap((id) => all.filter((question) => question.id === id));
}

/** One for each cluster that the stacks own, also for one that is not there. */
function clusterQuestions({ clusters, settings }: CheckedMesh): Question[] {
  const names = new Set([...settings.clusters, ...clusters.map(({ name }) => name)]);
  return [...names].map((name) => ({
    id: "cluster",
    cluster: name,
    title: "The cluster answers",
    ask: async () => {
      const client = clusters.find((cluster) => cluster.name === name)?.client;
      if (!client) {
        return { ok: false, detail: "is not in the simulated project, or its control plane does not run" };
      }
      const { gitVersion } = await client.request<{ gitVersion: string }>("GET", "/version");
      const nodes = await client.list("v1", "Node");
      const ready = nodes.filter(isReady).length;
      return {
        ok: nodes.length > 0 && ready === nodes.length,
        detail: `Kubernetes ${gitVersion}, ${ready} of ${count(nodes.length, "node")} ready`,
      };
    },
  }));
}
