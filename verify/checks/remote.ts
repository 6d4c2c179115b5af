import { parse } from "yaml";
import { type Finding, keyOf, type Question, verdict } from "../check";
import {
  ISTIO_NAMESPACE,
  joined,
  kubectl,
  makeAgain,
  type Mesh,
  type MeshCluster,
  pairsOf,
  putBack,
  putLinkBack,
} from "../mesh";
import {
  annotationOf,
  at,
  count,
  decoded,
  type KubernetesObject,
  labelOf,
  listAt,
  objectAt,
  textAt,
} from "../objects";
import { compare, inWords, type Rule } from "./rules";

const READER = "istio-reader-service-account";
const LABEL = "istio/multiCluster";
const ANNOTATION = "networking.istio.io/cluster";

/** How one cluster's istiod may watch another, and what else it may there. */
export function remoteQuestions(mesh: Mesh): Question[] {
  const pairs = pairsOf(mesh).flatMap(({ from, to }): Question[] => {
    const scope = { cluster: from.name, other: to.name };
    const secret = keyOf({ id: "remote-secret", ...scope });
    const name = `istio-remote-secret-${to.name}`;
    const back = putLinkBack(from, to, mesh.config);
    return [
      {
        id: "remote-secret",
        ...scope,
        title: "Remote secret is complete",
        breaks: `istiod of ${from.name} does not watch ${to.name}: no request goes there, and no failover`,
        fix: `${back}; look: ${kubectl(from)} -n ${ISTIO_NAMESPACE} get secret ${name} --show-labels`,
        ask: () => remoteSecret(from, to),
      },
      {
        id: "remote-token",
        ...scope,
        title: "Remote token is taken",
        breaks: `istiod of ${from.name} still knows what it saw of ${to.name}, and sees no change any more; after a restart it knows nothing`,
        fix: `a new token: ${kubectl(to)} -n ${ISTIO_NAMESPACE} delete secret ${READER}-istio-remote-secret-token-${from.name} --ignore-not-found; then ${back}`,
        needs: [secret],
        ask: () => tokenTaken(from, to),
      },
      {
        id: "remote-rights",
        ...scope,
        title: "Remote token has one role",
        breaks: `istiod of ${from.name} cannot watch ${to.name}, or whoever has its token may do more there than watch`,
        fix: `${kubectl(to)} get clusterrolebindings,rolebindings -A -o wide | grep ${READER}; Istio's own role comes back with: ${putBack(to)}`,
        needs: [keyOf({ id: "istio-operators", cluster: to.name })],
        ask: () => rights(to, mesh.config.revision),
      },
    ];
  });
  const strays = mesh.clusters.map((cluster): Question => ({
    id: "remote-strays",
    cluster: cluster.name,
    title: "Nobody else is watched",
    breaks:
      "istiod watches, and sends requests to, a cluster that is not of the mesh, or gone; of two Secrets for one cluster it takes the first",
    fix: `${kubectl(cluster)} -n ${ISTIO_NAMESPACE} get secrets -l ${LABEL}=true`,
    ask: () => strangers(cluster, mesh),
  }));
  return [...pairs, ...strays];
}

async function remoteSecrets({ api }: MeshCluster): Promise<KubernetesObject[]> {
  return api.list("v1", "Secret", { namespace: ISTIO_NAMESPACE, labelSelector: `${LABEL}=true` });
}

async function remoteSecret(from: MeshCluster, to: MeshCluster): Promise<Finding> {
  const name = `istio-remote-secret-${to.name}`;
  const secret = await from.api.get("v1", "Secret", name, ISTIO_NAMESPACE);
  const problems = secret
    ? secretProblems(secret, to.name)
    : [`there is no Secret ${ISTIO_NAMESPACE}/${name}`];
  const kubeconfig = decoded(secret)[to.name];
  if (kubeconfig !== undefined) {
    problems.push(...kubeconfigProblems(kubeconfig, to));
  }
  return verdict(problems, `${name} leads to ${to.server}`);
}

/** istiod knows the cluster by the Secret's only key, and the Secret by its label. */
export function secretProblems(secret: KubernetesObject, cluster: string): string[] {
  const keys = Object.keys(objectAt(secret, "data"));
  const { name } = secret.metadata;
  const annotation = annotationOf(secret, ANNOTATION);
  return [
    ...(keys.length === 1 && keys[0] === cluster
      ? []
      : [`${name} has the keys ${keys.join(", ") || "none"}: the only one has to be ${cluster}`]),
    ...(labelOf(secret, LABEL) === "true" ? [] : [`${name} has no label ${LABEL}=true`]),
    ...(annotation === cluster
      ? []
      : [`${name} says ${ANNOTATION}: ${annotation ?? "nothing"}, not ${cluster}`]),
  ];
}

/** istiod takes a token in the kubeconfig itself, and has to find the cluster by an address inside the VPC. */
export function kubeconfigProblems(
  text: string,
  { server, certificateAuthority }: Pick<MeshCluster, "server" | "certificateAuthority">,
): string[] {
  const kubeconfig = parse(text) as unknown;
  const cluster = objectAt(listAt(kubeconfig, "clusters")[0], "cluster");
  const user = objectAt(listAt(kubeconfig, "users")[0], "user");
  const others = Object.keys(user).filter((key) => key !== "token");
  const authority = cluster["certificate-authority-data"];
  return [
    ...(cluster.server === server
      ? []
      : [`its kubeconfig goes to ${String(cluster.server)}, not to ${server}`]),
    ...(user.token ? [] : ["its kubeconfig has no token"]),
    ...(others.length === 0 ? [] : [`its kubeconfig has ${others.join(", ")}, which istiod refuses`]),
    ...(cluster["insecure-skip-tls-verify"] ? ["its kubeconfig does not verify the server"] : []),
    ...(authority === certificateAuthority ? [] : ["its kubeconfig has another CA than the cluster"]),
  ];
}

async function tokenTaken(from: MeshCluster, to: MeshCluster): Promise<Finding> {
  const secret = await from.api.get("v1", "Secret", `istio-remote-secret-${to.name}`, ISTIO_NAMESPACE);
  const kubeconfig = parse(decoded(secret)[to.name] ?? "") as unknown;
  const token = textAt(listAt(kubeconfig, "users")[0], "user.token");
  const review = await to.api.create({
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenReview",
    metadata: { name: "" },
    spec: { token },
  });
  return verdict(tokenProblems(review, to.name), `${to.name} takes it for ${READER}`);
}

export function tokenProblems(review: KubernetesObject, cluster: string): string[] {
  const user = textAt(review, "status.user.username");
  const expected = `system:serviceaccount:${ISTIO_NAMESPACE}:${READER}`;
  if (at(review, "status.authenticated") !== true) {
    return [`${cluster} does not take the token: ${textAt(review, "status.error") ?? "no reason given"}`];
  }
  return user === expected ? [] : [`${cluster} takes the token for ${user}, not for ${expected}`];
}

/** Roles of every account, and of every service account: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles */
const EVERYBODY = [
  "system:basic-user",
  "system:discovery",
  "system:public-info-viewer",
  "system:service-account-issuer-discovery",
];

/** What istiod watches of another cluster: istio/istio, `manifests/charts/istio-control/istio-discovery/templates/reader-clusterrole.yaml` */
const WATCHED: Rule[] = [
  {
    verbs: ["list", "watch"],
    apiGroups: [""],
    resources: ["endpoints", "pods", "services", "nodes", "namespaces"],
  },
  { verbs: ["list", "watch"], apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"] },
];

/** What somebody took out of Istio's own role. */
export function lackingRights(role: Rule[]): string[] {
  return compare(role, WATCHED, []).less;
}

async function rights(to: MeshCluster, revision: string): Promise<Finding> {
  const suffix = revision === "default" ? "" : `-${revision}`;
  const role = `istio-reader-clusterrole${suffix}-${ISTIO_NAMESPACE}`;
  const wanted = await rulesOf(to, role);
  const common = (await Promise.all(EVERYBODY.map((one) => rulesOf(to, one)))).flat();
  const { more, less } = compare(await rulesGranted(to), wanted, common);
  const lacking = lackingRights(wanted);
  const problems = [
    ...listed(more, "it may also"),
    ...listed([...new Set([...less, ...lacking])].sort(), "it may not"),
  ];
  // The operator leaves a changed role alone, and makes it again when it is deleted; no stack has it.
  const again = lacking.length > 0 ? `${kubectl(to)} delete clusterrole ${role}` : undefined;
  return verdict(problems, `${role} and no other: ${inWords(wanted)}`, again);
}

/** What the reader may do in any namespace. The API server tells whoever may impersonate it. */
async function rulesGranted(to: MeshCluster): Promise<Rule[]> {
  const headers = { "Impersonate-User": `system:serviceaccount:${ISTIO_NAMESPACE}:${READER}` };
  const namespaces = await to.api.list("v1", "Namespace");
  const reviews = namespaces.map(async ({ metadata: { name: namespace } }) => {
    const review = await to.api.create(
      {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectRulesReview",
        metadata: { name: "" },
        spec: { namespace },
      },
      { headers },
    );
    // A webhook authorizer, as GKE's is, cannot list its rules; those of RBAC are complete all the same.
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

async function rulesOf({ api }: MeshCluster, name: string): Promise<Rule[]> {
  const role = await api.get("rbac.authorization.k8s.io/v1", "ClusterRole", name);
  if (!role) {
    throw new Error(`there is no ClusterRole ${name}`);
  }
  return rulesAt(role, "rules");
}

function rulesAt(object: KubernetesObject, path: string): Rule[] {
  return (at(object, path) ?? []) as Rule[];
}

async function strangers(cluster: MeshCluster, { config }: Mesh): Promise<Finding> {
  const secrets = await remoteSecrets(cluster);
  const known = Object.keys(config.clusters);
  const strays = secrets.filter((secret) => strayProblems([secret], known, cluster.name).length > 0);
  return verdict(
    strayProblems(strays, known, cluster.name),
    `${count(secrets.length, "remote secret")}, all of the mesh`,
    joined(strays.map((secret) => makeAgain(cluster, "secret", secret))),
  );
}

export function strayProblems(secrets: KubernetesObject[], known: string[], own: string): string[] {
  return secrets.flatMap((secret) => {
    const { name } = secret.metadata;
    const cluster = annotationOf(secret, ANNOTATION) ?? name.replace(/^istio-remote-secret-/, "");
    if (cluster === own) {
      return [`${name} is of the cluster itself`];
    }
    if (!known.includes(cluster) && !known.some((one) => name === `istio-remote-secret-${one}`)) {
      return [`${name} is of ${cluster}, which is not in the mesh's map`];
    }
    return known.some((one) => name === `istio-remote-secret-${one}`)
      ? []
      : [`${name} is a second Secret for ${cluster}: istiod takes one of the two`];
  });
}
