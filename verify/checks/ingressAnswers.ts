import { failed, type Finding, keyOf, type Question, unknown } from "../check";
import {
  configCluster,
  GATEWAY_NAMESPACE,
  INGRESS_GATEWAY,
  INGRESS_PORT,
  kubectl,
  type Mesh,
  type MeshCluster,
  podsOf,
} from "../mesh";
import { count, hasContainer, isReady } from "../objects";
import { type Answer, visitBehind } from "../visit";
import {
  adviceFor,
  askedName,
  BETWEEN_EACH,
  conditionalPolicies,
  IN_EACH,
  sharesOf,
  silentAdvice,
  statusFinding,
  workloadFinding,
} from "./answers";

/** What the global load balancer gets from each region's gateways, whichever of them is nearest to this machine. */
export function ingressAnswerQuestions(mesh: Mesh): Question[] {
  const config = configCluster(mesh);
  return mesh.clusters.map((cluster) => ({
    id: "ingress-answers",
    cluster: cluster.name,
    title: "Its ingress answers",
    breaks: `users whose nearest region is ${cluster.region} get errors, or no answer of another region when this one fails`,
    fix: `${kubectl(cluster)} -n ${GATEWAY_NAMESPACE} get gateways,virtualservices,envoyfilters,authorizationpolicies; ${kubectl(cluster)} -n ${GATEWAY_NAMESPACE} logs deployment/${INGRESS_GATEWAY}`,
    needs: [
      // The gateways listen where the Services of their pods lead, and one comes of it.
      ...(config ? [keyOf({ id: "multi-cluster-service", cluster: config.name })] : []),
      ...["mesh-config", "proxies"].map((id) => keyOf({ id, cluster: cluster.name })),
      ...mesh.clusters.flatMap(({ name }) => IN_EACH.map((id) => keyOf({ id, cluster: name }))),
      ...mesh.clusters
        .filter((other) => other !== cluster)
        .flatMap(({ name }) => BETWEEN_EACH.map((id) => keyOf({ id, cluster: cluster.name, other: name }))),
    ],
    timeouts: 4,
    ask: () => ingressAnswers(mesh, cluster),
  }));
}

/** To each pod in a round. */
const REQUESTS = 10;

/** Clusters answer in turn; one that has few replicas comes by seldom. */
const ROUNDS = 6;

async function ingressAnswers(mesh: Mesh, cluster: MeshCluster): Promise<Finding> {
  const { clusters, config, timeout } = mesh;
  const host = askedName(mesh);
  const ready = (await podsOf(cluster, GATEWAY_NAMESPACE, { app: INGRESS_GATEWAY })).filter(isReady);
  const pods = ready.filter(hasContainer);
  if (!host) {
    return unknown("no name of the edge certificate is configured, and the address is not known");
  }
  if (pods.length === 0) {
    return ready.length === 0
      ? failed(`no pod of the ingress gateway of ${cluster.name} is ready`)
      : unknown(`the nodes of ${cluster.name} run no containers`);
  }
  const round = async () => {
    const each = pods.map(({ metadata: { name } }) =>
      visitBehind(() => cluster.api.dial(GATEWAY_NAMESPACE, name, INGRESS_PORT), {
        host,
        timeout,
        times: REQUESTS,
      }),
    );
    return (await Promise.all(each)).flat();
  };
  const names = config.verifyNamespace ? clusters.map(({ name }) => name) : [];
  const found: Omit<Answer, "certificate">[] = [];
  for (let rounds = 0; rounds < ROUNDS; rounds++) {
    found.push(...(await round()));
    if (found.some(({ status }) => status !== 200) || names.every((name) => sharesOf(found, name) > 0)) break;
  }
  const finding = config.verifyNamespace
    ? workloadFinding(found, {
        clusters: names,
        near: config.locality,
        conditional: found.some(({ status }) => status === 403)
          ? await conditionalPolicies(mesh, cluster)
          : [],
        advice: adviceFor(found, [cluster], config),
        silentAdvice: silentAdvice(cluster),
      })
    : statusFinding(found);
  return { ...finding, detail: `${finding.detail}, by ${count(pods.length, "pod")}` };
}
