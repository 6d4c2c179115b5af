import { failed, type Finding, keyOf, type Question, unknown, verdict } from "../check";
import {
  configCluster,
  GATEWAY_NAMESPACE,
  INGRESS_GATEWAY,
  INGRESS_PORT,
  ISTIO_NAMESPACE,
  kubectl,
  type Mesh,
  type MeshCluster,
  podsOf,
} from "../mesh";
import {
  count,
  hasContainer,
  isReady,
  type KubernetesObject,
  listAt,
  nameOf,
  textAt,
  textsAt,
} from "../objects";
import { visitBehind } from "../visit";
import { adviceFor, askedName, BETWEEN_EACH, IN_EACH, statuses } from "./answers";

/** What the global load balancer gets from each region's gateways, whichever of them is nearest to this machine. */
export function ingressAnswerQuestions(mesh: Mesh): Question[] {
  const config = configCluster(mesh);
  return mesh.clusters.map((cluster) => ({
    id: "ingress-answers",
    cluster: cluster.name,
    title: "Its ingress answers",
    breaks: `users whose nearest region is ${cluster.region} get errors`,
    fix: `${kubectl(cluster)} -n ${GATEWAY_NAMESPACE} get gateways,virtualservices,envoyfilters,authorizationpolicies; ${kubectl(cluster)} -n ${GATEWAY_NAMESPACE} logs deployment/${INGRESS_GATEWAY}`,
    needs: [
      // The gateways listen where the Services of their pods lead, and one comes of it.
      ...(config ? [keyOf({ id: "multi-cluster-service", cluster: config.name })] : []),
      ...mesh.clusters.flatMap(({ name }) => IN_EACH.map((id) => keyOf({ id, cluster: name }))),
      ...mesh.clusters
        .filter((other) => other !== cluster)
        .flatMap(({ name }) => BETWEEN_EACH.map((id) => keyOf({ id, cluster: cluster.name, other: name }))),
    ],
    timeouts: 4,
    ask: () => ingressAnswers(mesh, cluster),
  }));
}

/** To each pod: clusters answer in turn, and each has to come by. */
const REQUESTS = 10;

async function ingressAnswers(mesh: Mesh, cluster: MeshCluster): Promise<Finding> {
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
  const each = pods.map(({ metadata: { name } }) =>
    visitBehind(() => cluster.api.dial(GATEWAY_NAMESPACE, name, INGRESS_PORT), {
      host,
      timeout: mesh.timeout,
      times: REQUESTS,
    }),
  );
  const answers = (await Promise.all(each)).flat();
  return ingressAnswersFinding(answers, pods.length, {
    routed: mesh.config.verifyNamespace !== undefined,
    byAddress: answers.some(({ status }) => status === 403) ? await byAddress(mesh, cluster) : [],
    advice: adviceFor(answers, [cluster], mesh.config),
  });
}

interface Circumstances {
  /** Whether the verify workload answers; without it nobody knows which requests are somebody's. */
  routed: boolean;
  /** Policies that judge by a caller's address, which is the pod's own here. */
  byAddress: string[];
  advice?: string;
}

export function ingressAnswersFinding(
  answers: { status: number }[],
  pods: number,
  { routed, byAddress, advice }: Circumstances,
): Finding {
  const bad = answers.filter(({ status }) => (routed ? status !== 200 : status >= 500));
  if (bad.length > 0 && bad.every(({ status }) => status === 403) && byAddress.length > 0) {
    return unknown(
      `${statuses(answers)} to requests from the pods' own address, and addresses are what ${byAddress.join(", ")} goes by`,
    );
  }
  const seen = `${statuses(answers)}, ${count(pods, "pod")}`;
  return verdict(bad.length > 0 ? [seen] : [], seen, advice);
}

async function byAddress({ config }: Mesh, { api }: MeshCluster): Promise<string[]> {
  const namespaces = [ISTIO_NAMESPACE, GATEWAY_NAMESPACE, config.verifyNamespace];
  const policies = await api.list("security.istio.io/v1", "AuthorizationPolicy");
  return policies
    .filter((policy) => namespaces.includes(policy.metadata.namespace) && goesByAddress(policy))
    .map((policy) => `AuthorizationPolicy ${nameOf(policy)}`);
}

/** https://istio.io/latest/docs/reference/config/security/authorization-policy/#Source and /conditions/ */
export function goesByAddress(policy: KubernetesObject): boolean {
  const fields = ["ipBlocks", "notIpBlocks", "remoteIpBlocks", "notRemoteIpBlocks"];
  const keys = ["source.ip", "remote.ip"];
  return listAt(policy, "spec.rules").some(
    (rule) =>
      listAt(rule, "from").some((from) =>
        fields.some((field) => textsAt(from, `source.${field}`).length > 0),
      ) || listAt(rule, "when").some((when) => keys.includes(textAt(when, "key") ?? "")),
  );
}
