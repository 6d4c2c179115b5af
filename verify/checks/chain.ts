import { createPrivateKey, X509Certificate } from "node:crypto";

/** The files of the Secret `cacerts`: https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/ */
export const CACERTS_KEYS = ["ca-cert.pem", "ca-key.pem", "root-cert.pem", "cert-chain.pem"] as const;

export type Cacerts = Partial<Record<(typeof CACERTS_KEYS)[number], string>>;

/** All certificates of a PEM file, in its order. */
export function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** What istiod would choke on, or would let it fall back to a root of its own. */
export function cacertsProblems(files: Cacerts): string[] {
  const missing = CACERTS_KEYS.filter((key) => !files[key]);
  if (missing.length > 0) {
    return [`cacerts has no ${missing.join(", ")}: istiod would sign with a root of its own`];
  }
  const [intermediate] = certificatesIn(files["ca-cert.pem"] ?? "");
  const [root] = certificatesIn(files["root-cert.pem"] ?? "");
  if (!intermediate || !root) {
    return ["ca-cert.pem or root-cert.pem holds no certificate"];
  }
  const problems = [
    ...authorityProblems("the root", root),
    ...authorityProblems("the intermediate", intermediate),
  ];
  if (!isIssued(root, root)) {
    problems.push("the root is not signed by itself");
  }
  const chain = certificatesIn(files["cert-chain.pem"] ?? "");
  // There may be others between the two: then the chain below says whether it leads to the root.
  if (chain.length <= 2 && !isIssued(intermediate, root)) {
    problems.push("the intermediate is not signed by the root");
  }
  if (!intermediate.checkPrivateKey(createPrivateKey(files["ca-key.pem"] ?? ""))) {
    problems.push("ca-key.pem is not the intermediate's key");
  }
  problems.push(...chainProblems("cert-chain.pem", chain, intermediate, root));
  return problems;
}

/** Whether the chain starts with `first`, and each certificate is signed by the next, up to the root. */
export function chainProblems(
  name: string,
  chain: X509Certificate[],
  first: X509Certificate,
  root: X509Certificate,
): string[] {
  if (chain[0]?.fingerprint256 !== first.fingerprint256) {
    return [`${name} does not begin with ${subjectOf(first)}`];
  }
  const broken = chain.slice(0, -1).findIndex((one, at) => !isIssued(one, chain[at + 1] ?? one));
  if (broken >= 0) {
    return [`${name}: certificate ${broken + 1} is not signed by certificate ${broken + 2}`];
  }
  const last = chain.at(-1);
  const ends = last && (last.fingerprint256 === root.fingerprint256 || isIssued(last, root));
  return ends ? [] : [`${name} does not lead to ${subjectOf(root)}`];
}

function authorityProblems(what: string, certificate: X509Certificate): string[] {
  return certificate.ca ? [] : [`${what} is no CA certificate`];
}

/** Days that are left; negative when it has expired, undefined while it is not valid yet. */
export function daysLeft(certificate: X509Certificate, now: Date): number | undefined {
  const day = 24 * 3600 * 1000;
  return now < new Date(certificate.validFrom)
    ? undefined
    : Math.floor((new Date(certificate.validTo).getTime() - now.getTime()) / day);
}

/** @param least days below which it is a problem. */
export function validityProblems(
  what: string,
  certificate: X509Certificate,
  now: Date,
  least: number,
): string[] {
  const days = daysLeft(certificate, now);
  if (days === undefined) {
    return [`${what} is not valid before ${certificate.validFrom}`];
  }
  if (days < 0) {
    return [`${what} expired on ${dayOf(certificate.validTo)}`];
  }
  return days < least ? [`${what} has ${days} days left, until ${dayOf(certificate.validTo)}`] : [];
}

export function isIssued(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** `CN=Intermediate CA, L=us-east1`: what tells certificates of one organization apart. */
export function subjectOf({ subject }: X509Certificate): string {
  const parts = subject ? subject.split("\n") : [];
  return (
    parts
      .filter((part) => /^(CN|L)=/.test(part))
      .sort()
      .join(", ") || "a certificate without a name"
  );
}

/** The first bytes of the SHA-256 fingerprint: enough to see by eye whether two are the same. */
export function shortFingerprint({ fingerprint256 }: X509Certificate): string {
  return `${fingerprint256.slice(0, 23)}…`;
}

/** `2028-11-23` */
export function dayOf(date: string): string {
  return new Date(date).toISOString().slice(0, 10);
}
