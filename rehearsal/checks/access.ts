import { at, numberAt, textAt } from "../google/properties";
import { ApiClient, type ApiObject } from "../kubernetes/client";
import { parseKubeconfig, transportOptions, type Kubeconfig } from "../kubernetes/kubeconfig";
import { decoded } from "./chain";
import { messageOf, verdict, type Finding, type Question } from "./check";
import { type CheckedCluster, type CheckedMesh, ISTIO_NAMESPACE, labelOf, revisionOf } from "./mesh";
import { compare, inWords, type Rule } from "./rules";

/** What one cluster may do in another. */
export function accessQuestions({ clusters }: CheckedMesh): Question[] {
  return clusters.flatMap((reader) =>
    clusters
      .filter((target) => target !== reader)
      .map((target) => ({
        id: "remote-token",
        cluster: reader.name,
        title: "Remote token has one role",
        ask: () => remoteToken(reader, target),
      })),
  );
}

/** Roles of every account, and of every service account: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles */
const EVERYBODY = [
  "system:basic-user",
  "system:discovery",
  "system:public-info-viewer",
  "system:service-account-issuer-discovery",
];

async function remoteToken(reader: CheckedCluster, target: CheckedCluster): Promise<Finding> {
  const name = `istio-remote-secret-${target.name}`;
  const secret = await reader.client.get("v1", "Secret", name, ISTIO_NAMESPACE);
  if (!secret) {
    return { ok: false, detail: `there is no Secret ${name}` };
  }
  const problems = secretProblems(secret, target.name);
  if (problems.length > 0) {
    return verdict(problems, "");
  }
  const kubeconfig = parseKubeconfig(decoded(secret.data)[target.name] ?? "");
  problems.push(...kubeconfigProblems(kubeconfig, target.privateEndpoint));

  const remote = new ApiClient({ ...transportOptions(kubeconfig), proxy: reader.proxy });
  try {
    const role = `istio-reader-clusterrole-${await revisionOf(target)}-${ISTIO_NAMESPACE}`;
    const wanted = await rulesOf(target.client, role);
    const common = (await Promise.all(EVERYBODY.map((one) => rulesOf(target.client, one)))).flat();
    const { more, less } = compare(await rulesGrantedTo(remote, target), wanted, common);
    problems.push(
      ...listed(more, `in ${target.name} it may also`),
      ...listed(less, `in ${target.name} it may not`),
    );
    const secrets = await secretsReadBy(remote);
    const each = secrets === undefined ? "" : ` (${secrets} now)`;
    const words = inWords(wanted).replace("every Secret", `EVERY Secret${each}`);
    return verdict(problems, `in ${target.name}, by role ${role} and no other: ${words}`);
  } catch (error) {
    throw new Error(`with the token in ${name}, against ${target.name}: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    await remote.close();
  }
}

/** What the token's owner may do in any namespace, as the API server says when it is asked with the token. */
async function rulesGrantedTo(remote: ApiClient, target: CheckedCluster): Promise<Rule[]> {
  const namespaces = await target.client.list("v1", "Namespace");
  const reviews = namespaces.map(async ({ metadata: { name: namespace } }) => {
    const review = await remote.create({
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectRulesReview",
      metadata: { name: "" },
      spec: { namespace },
    });
    if (at(review, "status.incomplete") === true) {
      throw new Error(
        `the API server of ${target.name} cannot list all rules: ${textAt(review, "status.evaluationError")}`,
      );
    }
    return [...rulesAt(review, "status.resourceRules"), ...rulesAt(review, "status.nonResourceRules")];
  });
  return (await Promise.all(reviews)).flat();
}

function listed(permissions: string[], lead: string): string[] {
  if (permissions.includes("* *.*")) {
    return [`${lead} do everything`];
  }
  const rest = permissions.length - 6;
  const shown = permissions.slice(0, 6).join(", ");
  return shown ? [`${lead} ${shown}${rest > 0 ? ` and ${rest} more` : ""}`] : [];
}

/** istiod knows the cluster by the Secret's only key, and the Secret by its label. */
export function secretProblems(secret: ApiObject, cluster: string): string[] {
  const keys = Object.keys(secret.data ?? {});
  const { name } = secret.metadata;
  return [
    ...(keys.length === 1 && keys[0] === cluster
      ? []
      : [`${name} has the keys ${keys.join(", ") || "none"}: the only one has to be ${cluster}`]),
    ...(labelOf(secret, "istio/multiCluster") === "true"
      ? []
      : [`${name} has no label istio/multiCluster=true`]),
  ];
}

/** istiod refuses everything but a token in the kubeconfig itself, and reaches the private endpoint only. */
export function kubeconfigProblems({ cluster, user }: Kubeconfig, privateEndpoint: string): string[] {
  const host = new URL(cluster.server).hostname;
  const others = Object.keys(user).filter((key) => key !== "token");
  return [
    ...(host === privateEndpoint ? [] : [`its kubeconfig goes to ${host}, not to ${privateEndpoint}`]),
    ...(user.token ? [] : ["its kubeconfig has no token"]),
    ...(others.length === 0 ? [] : [`its kubeconfig has ${others.join(", ")}`]),
    ...(cluster["insecure-skip-tls-verify"] ? ["its kubeconfig does not verify the server"] : []),
  ];
}

async function rulesOf(client: ApiClient, name: string): Promise<Rule[]> {
  const role = await client.get("rbac.authorization.k8s.io/v1", "ClusterRole", name);
  if (!role) {
    throw new Error(`there is no ClusterRole ${name}`);
  }
  return rulesAt(role, "rules");
}

function rulesAt(object: ApiObject, path: string): Rule[] {
  return (at(object, path) ?? []) as Rule[];
}

/** How many there are, seen with the token itself; undefined when it may not. Only one is read. */
async function secretsReadBy(remote: ApiClient): Promise<number | undefined> {
  const list = await remote
    .request<{ items: unknown[]; metadata: unknown }>("GET", "/api/v1/secrets", { query: { limit: "1" } })
    .catch(() => undefined);
  return list && list.items.length + (numberAt(list, "metadata.remainingItemCount") ?? 0);
}
