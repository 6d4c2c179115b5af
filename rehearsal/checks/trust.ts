import type { X509Certificate } from "node:crypto";
import { readLoggedAuthority, servedChain, type LoggedAuthority } from "../istio/debug";
import {
  cacertsProblems,
  certificatesIn,
  chainProblems,
  dayOf,
  decoded,
  isIssued,
  shortFingerprint,
  subjectOf,
} from "./chain";
import { verdict, type Finding, type Question } from "./check";
import {
  type CheckedCluster,
  type CheckedMesh,
  count,
  GATEWAY_NAMESPACE,
  INGRESS_GATEWAY,
  ISTIO_NAMESPACE,
  problemsOfIstiods,
} from "./mesh";
import { signedCertificate } from "./workloadCertificate";

/** All clusters trust the same root, and nothing but their intermediates signs for it. */
export function trustQuestions(mesh: CheckedMesh): Question[] {
  const { clusters, settings } = mesh;
  const namespaces = [GATEWAY_NAMESPACE, ...(settings.verifyNamespace ? [settings.verifyNamespace] : [])];
  return [
    {
      id: "trust-roots",
      cluster: "",
      title: "One root for the mesh",
      patience: 0,
      ask: () => roots(clusters),
    },
    ...clusters.flatMap((cluster): Question[] => [
      {
        id: "trust-chain",
        cluster: cluster.name,
        title: "cacerts leads to the root",
        patience: 0,
        ask: () => chain(cluster),
      },
      {
        id: "trust-istiod",
        cluster: cluster.name,
        title: "istiod signs with cacerts",
        ask: () => signing(cluster),
      },
      {
        id: "trust-workloads",
        cluster: cluster.name,
        title: "Workloads trust all",
        ask: () => workloads(cluster, clusters, namespaces),
      },
    ]),
  ];
}

async function cacertsOf({ name, client }: CheckedCluster) {
  const secret = await client.get("v1", "Secret", "cacerts", ISTIO_NAMESPACE);
  if (!secret) {
    throw new Error(`${name} has no Secret cacerts in ${ISTIO_NAMESPACE}`);
  }
  const files = decoded(secret.data);
  const [root] = certificatesIn(files["root-cert.pem"] ?? "");
  const [intermediate] = certificatesIn(files["ca-cert.pem"] ?? "");
  if (!root || !intermediate) {
    throw new Error(`cacerts of ${name} lacks the root's or the intermediate's certificate`);
  }
  return { files, root, intermediate };
}

async function roots(clusters: CheckedCluster[]): Promise<Finding> {
  const found = await Promise.all(
    clusters.map(async (cluster) => ({ name: cluster.name, root: (await cacertsOf(cluster)).root })),
  );
  const [first] = found;
  if (!first) {
    return { ok: false, detail: "there is no cluster" };
  }
  const same = found.every(({ root }) => root.fingerprint256 === first.root.fingerprint256);
  const each = found.map(({ name, root }) => `${name} ${shortFingerprint(root)}`).join(", ");
  return same
    ? {
        ok: true,
        detail: `${subjectOf(first.root)} until ${dayOf(first.root.validTo)}, SHA-256 ${shortFingerprint(first.root)}`,
      }
    : { ok: false, detail: `the roots differ: ${each}` };
}

async function chain(cluster: CheckedCluster): Promise<Finding> {
  const { files, intermediate } = await cacertsOf(cluster);
  const detail = `${subjectOf(intermediate)} until ${dayOf(intermediate.validTo)}, with its key`;
  return verdict(cacertsProblems(files), detail);
}

/** What istiod serves and what it logs both come from its signing certificate. */
async function signing(cluster: CheckedCluster): Promise<Finding> {
  const { root, intermediate } = await cacertsOf(cluster);
  const { problems, count: istiods } = await problemsOfIstiods(cluster, async (istiod) => {
    const [own, ...above] = await servedChain(istiod);
    if (!own) {
      return ["serves no certificate on port 15012"];
    }
    const served = isIssued(own, intermediate)
      ? chainProblems("its served chain", above, intermediate, root)
      : [
          `serves a certificate of ${above[0] ? subjectOf(above[0]) : "nobody"}, not of the intermediate in cacerts`,
        ];
    return [...served, ...loggedProblems(readLoggedAuthority(istiod), intermediate)];
  });
  return verdict(problems, `${count(istiods, "istiod")}: ${subjectOf(intermediate)}`);
}

export function loggedProblems(
  { rootFile, chain }: LoggedAuthority,
  intermediate: X509Certificate,
): string[] {
  const problems: string[] = [];
  if (!/(^|\/)etc\/cacerts\/root-cert\.pem$/.test(rootFile ?? "")) {
    problems.push(`its log says that its root is ${rootFile ?? "one that it made itself"}`);
  }
  const signer = chain[1]?.subject;
  const parts = (subject: string) => subject.split(/[,\n]/).sort().join();
  if (signer === undefined || parts(signer) !== parts(intermediate.subject)) {
    problems.push(`its log says that it signs as ${signer ?? "nobody"}`);
  }
  return problems;
}

/** The root that proxies are given, and a certificate that istiod signs for one, as the other clusters would judge it. */
async function workloads(
  cluster: CheckedCluster,
  clusters: CheckedCluster[],
  namespaces: string[],
): Promise<Finding> {
  const { client, name } = cluster;
  const { root } = await cacertsOf(cluster);
  const problems: string[] = [];
  for (const namespace of namespaces) {
    const map = await client.get("v1", "ConfigMap", "istio-ca-root-cert", namespace);
    const given = certificatesIn(rootCertOf(map?.data));
    if (!given.some(({ fingerprint256 }) => fingerprint256 === root.fingerprint256)) {
      problems.push(`ConfigMap istio-ca-root-cert of namespace ${namespace} is not the mesh's root`);
    }
  }
  const account = `${INGRESS_GATEWAY}-service-account`;
  const { problems: unsigned } = await problemsOfIstiods(cluster, async (istiod) => {
    const signed = await signedCertificate({
      client,
      istiod,
      root,
      namespace: GATEWAY_NAMESPACE,
      account,
      cluster: name,
    });
    const [own, ...above] = signed;
    const issuer = above[0];
    if (!own || !issuer || !isIssued(own, issuer)) {
      return ["signs certificates without the chain to their issuer"];
    }
    const identity = `URI:spiffe://cluster.local/ns/${GATEWAY_NAMESPACE}/sa/${account}`;
    const judged = clusters.map(async (other) => {
      const { root: trusted } = await cacertsOf(other);
      return chainProblems(`for ${other.name}, its workloads' chain`, above, issuer, trusted);
    });
    return [
      ...(own.subjectAltName === identity
        ? []
        : [`signs for ${own.subjectAltName ?? "nobody"}, not ${identity}`]),
      ...(await Promise.all(judged)).flat(),
    ];
  });
  problems.push(...unsigned);
  return verdict(
    problems,
    `a certificate signed here is valid in ${clusters.map((one) => one.name).join(", ")}`,
  );
}

function rootCertOf(data: unknown): string {
  return ((data ?? {}) as Record<string, string>)["root-cert.pem"] ?? "";
}
