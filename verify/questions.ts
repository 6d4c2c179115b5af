import type { Question } from "./check";
import { availabilityQuestions } from "./checks/availability";
import { backendQuestions } from "./checks/backends";
import { clusterQuestions } from "./checks/cluster";
import { edgeQuestions } from "./checks/edge";
import { gatewayQuestions } from "./checks/gateways";
import { ingressAnswerQuestions } from "./checks/ingressAnswers";
import { istioQuestions } from "./checks/istio";
import { linkQuestions } from "./checks/links";
import { meshConfigQuestions } from "./checks/meshConfig";
import { mutualTlsQuestions } from "./checks/mutualTls";
import { operatorMadeQuestions } from "./checks/operatorMade";
import { proxyQuestions } from "./checks/proxies";
import { remoteQuestions } from "./checks/remote";
import { routeQuestions } from "./checks/routes";
import { trafficQuestions } from "./checks/traffic";
import { trustQuestions } from "./checks/trust";
import type { Mesh } from "./mesh";

/** Everything that is asked of a mesh, in the order of the table: by subject, and within it by check, then cluster. */
export function questionsOf(mesh: Mesh): Question[] {
  const all = [
    ...clusterQuestions(mesh),
    ...istioQuestions(mesh),
    ...meshConfigQuestions(mesh),
    ...proxyQuestions(mesh),
    ...trustQuestions(mesh),
    ...mutualTlsQuestions(mesh),
    ...remoteQuestions(mesh),
    ...linkQuestions(mesh),
    ...gatewayQuestions(mesh),
    ...availabilityQuestions(mesh),
    ...operatorMadeQuestions(mesh),
    ...edgeQuestions(mesh),
    ...backendQuestions(mesh),
    ...routeQuestions(mesh),
    ...ingressAnswerQuestions(mesh),
    ...trafficQuestions(mesh),
  ];
  const ids = [...new Set(all.map(({ id }) => id))];
  return ids.flatMap((id) => all.filter((question) => question.id === id));
}
