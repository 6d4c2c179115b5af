import type { X509Certificate } from "node:crypto";
import { parse } from "yaml";
import { failed, type Finding, keyOf, type Question, verdict } from "../check";
import { problemsOfIstiods } from "../istiod";
import {
  meshConfigMap,
  GATEWAY_NAMESPACE,
  INGRESS_GATEWAY,
  ISTIO_NAMESPACE,
  istiodName,
  kubectl,
  type Mesh,
  type MeshCluster,
  putBack,
  restart,
  restartAll,
} from "../mesh";
import { count, decoded, textAt } from "../objects";
import {
  cacertsProblems,
  certificatesIn,
  chainProblems,
  dayOf,
  daysLeft,
  isIssued,
  shortFingerprint,
  subjectOf,
  validityProblems,
} from "./chain";
import { signedCertificate } from "./workloadCertificate";

/** Below this nothing is left of the time in which a rotation can be planned. */
const LEAST_DAYS = 30;

/** All clusters trust the same root, and nothing but their intermediates signs for it. */
export function trustQuestions(mesh: Mesh): Question[] {
  return mesh.clusters.flatMap((cluster) => [...certificates(mesh, cluster), ...signers(mesh, cluster)]);
}

function certificates(mesh: Mesh, cluster: MeshCluster): Question[] {
  const { name } = cluster;
  const chain = keyOf({ id: "trust-chain", cluster: name });
  const restartIstiod = restart(cluster, ISTIO_NAMESPACE, istiodName(mesh.config));
  return [
    {
      id: "trust-chain",
      cluster: name,
      title: "cacerts leads to its root",
      breaks: "istiod that starts now signs with a root of its own, which no other cluster trusts",
      fix: `${putBack(cluster)}; then ${restartIstiod}`,
      ask: async () => {
        const { files, intermediate } = await cacertsOf(cluster);
        return verdict(
          cacertsProblems(files),
          `${intermediate ? subjectOf(intermediate) : ""}, with its key`,
        );
      },
    },
    {
      id: "trust-roots",
      cluster: name,
      title: "The root is the mesh's",
      breaks: "mutual TLS with the other clusters fails: CERTIFICATE_VERIFY_FAILED, 503",
      fix: `${putBack(cluster)}; then ${restartAll(cluster, mesh.config)}`,
      needs: [chain],
      ask: () => root(mesh, cluster),
    },
    {
      id: "trust-days",
      cluster: name,
      title: "Certificates last",
      breaks:
        "on that day istiod can sign nothing that others accept, and all mutual TLS of the cluster ends within a day",
      fix: `renew the intermediate: mesh.certificateAuthority in Pulumi.yaml (docs/configuration.md), then pulumi up -s ${mesh.config.clusters[mesh.config.homeCluster]?.stack ?? cluster.stack}; ${putBack(cluster)}`,
      needs: [chain],
      ask: async () => {
        const { root, intermediate } = await cacertsOf(cluster);
        const problems = [
          ...validityProblems("the root", root, mesh.now, LEAST_DAYS),
          ...validityProblems("the intermediate", intermediate, mesh.now, LEAST_DAYS),
        ];
        const days = daysLeft(intermediate, mesh.now);
        return verdict(
          problems,
          `intermediate ${days} days, until ${dayOf(intermediate.validTo)}; root until ${dayOf(root.validTo)}`,
        );
      },
    },
  ];
}

function signers(mesh: Mesh, cluster: MeshCluster): Question[] {
  const { name } = cluster;
  const { config } = mesh;
  const key = (id: string) => keyOf({ id, cluster: name });
  const restartIstiod = restart(cluster, ISTIO_NAMESPACE, istiodName(config));
  const cacerts = ["trust-chain", "trust-roots", "trust-days"].map(key);
  return [
    {
      id: "trust-istiod",
      cluster: name,
      title: "istiod signs with cacerts",
      breaks: "workloads of this cluster get certificates that others do not accept, or soon will not",
      fix: `${restartIstiod}; if it signed with another root: ${restartAll(cluster, config)}`,
      needs: [key("istiod"), ...cacerts],
      ask: () => signing(cluster),
    },
    {
      id: "trust-domain",
      cluster: name,
      title: "Trust domain is the mesh's",
      breaks: "identities of this cluster are strangers to the others: authorization policies refuse them",
      fix:
        `mesh.trustDomain: ${config.trustDomain}; the operator makes it again: ${kubectl(cluster)} -n ${ISTIO_NAMESPACE} delete configmap ${meshConfigMap(config)}; ` +
        `then ${restartAll(cluster, config)}`,
      ask: () => trustDomain(mesh, cluster),
    },
    {
      id: "trust-workloads",
      cluster: name,
      title: "Workloads trust all",
      breaks: "proxies of this cluster refuse those of the others, or the other way round",
      fix: restartAll(cluster, config),
      needs: ["istiod", "trust-istiod", "trust-domain", "ingress-gateway"].map(key).concat(cacerts),
      ask: () => workloads(mesh, cluster),
    },
  ];
}

/** @throws when the Secret, or a certificate in it, is not there. */
async function cacertsOf({ name, api }: MeshCluster) {
  const secret = await api.get("v1", "Secret", "cacerts", ISTIO_NAMESPACE);
  if (!secret) {
    throw new Error(`${name} has no Secret cacerts in ${ISTIO_NAMESPACE}`);
  }
  const files = decoded(secret);
  const [root] = certificatesIn(files["root-cert.pem"] ?? "");
  const [intermediate] = certificatesIn(files["ca-cert.pem"] ?? "");
  if (!root || !intermediate) {
    throw new Error(`cacerts of ${name} lacks the root's or the intermediate's certificate`);
  }
  return { files, root, intermediate };
}

async function root(mesh: Mesh, cluster: MeshCluster): Promise<Finding> {
  const { root } = await cacertsOf(cluster);
  // Without the home cluster's stack there is nothing but the other clusters to compare with.
  const expected = mesh.root ?? (await cacertsOf(mesh.clusters[0] ?? cluster)).root;
  const seen = `${subjectOf(root)}, SHA-256 ${shortFingerprint(root)}`;
  return root.fingerprint256 === expected.fingerprint256
    ? { status: "ok", detail: seen }
    : failed(`its root is ${seen}; the mesh's is ${subjectOf(expected)}, ${shortFingerprint(expected)}`);
}

/** What istiod serves comes from its signing certificate. */
async function signing(cluster: MeshCluster): Promise<Finding> {
  const { root, intermediate } = await cacertsOf(cluster);
  const { problems, count: istiods } = await problemsOfIstiods(cluster, async (istiod) =>
    servedProblems(await istiod.servedChain(), intermediate, root),
  );
  return verdict(problems, `${count(istiods, "istiod")}: ${subjectOf(intermediate)}`);
}

export function servedProblems(
  [own, ...above]: X509Certificate[],
  intermediate: X509Certificate,
  root: X509Certificate,
): string[] {
  if (!own) {
    return ["serves no certificate on port 15012"];
  }
  return isIssued(own, intermediate)
    ? chainProblems("its served chain", above, intermediate, root)
    : [
        `serves a certificate of ${above[0] ? subjectOf(above[0]) : "nobody"}, not of the intermediate in cacerts`,
      ];
}

async function trustDomain({ config }: Mesh, { api }: MeshCluster): Promise<Finding> {
  const name = meshConfigMap(config);
  const map = await api.get("v1", "ConfigMap", name, ISTIO_NAMESPACE);
  const text = textAt(map, "data.mesh");
  if (text === undefined) {
    return failed(`there is no ConfigMap ${name} with the mesh's configuration`);
  }
  const found = textAt(parse(text), "trustDomain") ?? "cluster.local";
  return found === config.trustDomain
    ? { status: "ok", detail: found }
    : failed(`it is ${found}, the mesh's is ${config.trustDomain}`);
}

/** The root that proxies are given, and a certificate that istiod signs for one, as the other clusters would judge it. */
async function workloads(mesh: Mesh, cluster: MeshCluster): Promise<Finding> {
  const { api, name } = cluster;
  const { root } = await cacertsOf(cluster);
  const { verifyNamespace, trustDomain } = mesh.config;
  const problems: string[] = [];
  for (const namespace of [GATEWAY_NAMESPACE, ...(verifyNamespace ? [verifyNamespace] : [])]) {
    const map = await api.get("v1", "ConfigMap", "istio-ca-root-cert", namespace);
    const given = certificatesIn(rootCertOf(map?.data));
    if (!given.some(({ fingerprint256 }) => fingerprint256 === root.fingerprint256)) {
      problems.push(`ConfigMap istio-ca-root-cert of namespace ${namespace} is not the mesh's root`);
    }
  }
  const account = `${INGRESS_GATEWAY}-service-account`;
  const { problems: unsigned } = await problemsOfIstiods(cluster, async (istiod) => {
    const [own, ...above] = await signedCertificate({
      api,
      istiod,
      root,
      namespace: GATEWAY_NAMESPACE,
      account,
      cluster: name,
    });
    const issuer = above[0];
    if (!own || !issuer || !isIssued(own, issuer)) {
      return ["signs certificates without the chain to their issuer"];
    }
    const identity = `URI:spiffe://${trustDomain}/ns/${GATEWAY_NAMESPACE}/sa/${account}`;
    return [
      ...(own.subjectAltName === identity
        ? []
        : [`signs for ${own.subjectAltName ?? "nobody"}, not ${identity}`]),
      ...chainProblems("its workloads' chain", above, issuer, mesh.root ?? root),
    ];
  });
  problems.push(...unsigned);
  return verdict(problems, "a certificate that is signed here leads to the mesh's root");
}

function rootCertOf(data: unknown): string {
  return ((data ?? {}) as Record<string, string>)["root-cert.pem"] ?? "";
}
