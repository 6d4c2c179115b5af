import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

/** The certificates in a PEM text, in its order; undefined for a text that has none, or one that cannot be read. */
export function certificatesIn(pem: string): X509Certificate[] | undefined {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  try {
    return blocks?.map((block) => new X509Certificate(block));
  } catch {
    return undefined;
  }
}

/** Each certificate in PEM with a line's end, so that texts can be put one after the other. */
export function inPem(certificates: X509Certificate[] = []): string {
  return certificates.map((certificate) => `${certificate.toString().trim()}\n`).join("");
}

/** What is wrong with a mesh's root certificate, reading on from its field's name; undefined when nothing is. */
export function rootProblem(found: X509Certificate[] | undefined, now: Date): string | undefined {
  const [root, ...others] = found ?? [];
  if (!root) {
    return "is no certificate in PEM; give the root's";
  }
  if (others.length > 0) {
    return `is ${others.length + 1} certificates; give the root's alone`;
  }
  return (
    authorityProblem("", root, now) ??
    (isIssuedBy(root, root)
      ? undefined
      : "is not signed by itself; give the certificate at the end of the chain")
  );
}

/**
 * What is wrong with an intermediate and what stands between it and the root; undefined when nothing is.
 *
 * @param chain the intermediate first.
 * @param root left out where that one cannot be read: then the chain's end is not judged.
 */
export function chainProblem(
  chain: X509Certificate[] | undefined,
  root: X509Certificate | undefined,
  now: Date,
): string | undefined {
  if (!chain?.[0]) {
    return "is no certificate in PEM; give the intermediate's";
  }
  const which = (index: number) => (chain.length > 1 ? `certificate ${index + 1} of ${chain.length} ` : "");
  for (const [index, certificate] of chain.entries()) {
    const problem = authorityProblem(which(index), certificate, now);
    if (problem) {
      return problem;
    }
  }
  for (const [index, certificate] of chain.entries()) {
    const next = chain[index + 1];
    const issuer = next ?? root;
    if (issuer && !isIssuedBy(certificate, issuer)) {
      return next
        ? `${which(index)}is not signed by the one after it; give the intermediate, then its issuers up to the root`
        : `${which(index)}is not signed by the root; give one that is, or the issuers between them after it`;
    }
  }
  // istiod takes a signing certificate that is the root for a chain of one: the root's key would be in the cluster.
  return root && chain[0].fingerprint256 === root.fingerprint256
    ? "is the root itself; give an intermediate: the root's key does not belong in a cluster"
    : undefined;
}

/** What is wrong with a private key; undefined when it is the certificate's own. The key is never shown. */
export function keyProblem(pem: unknown, certificate: X509Certificate | undefined): string | undefined {
  let key: KeyObject;
  try {
    if (typeof pem !== "string") {
      throw new TypeError("no text");
    }
    key = createPrivateKey(pem);
  } catch {
    return "is no private key in PEM without a passphrase; give the intermediate's";
  }
  return certificate && !certificate.checkPrivateKey(key)
    ? "is not the key of the certificate; give the one that belongs to it"
    : undefined;
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** @param which "", or words that name one of several, with a space at their end. */
function authorityProblem(which: string, certificate: X509Certificate, now: Date): string | undefined {
  if (!certificate.ca) {
    return `${which}is not a certificate authority's; give one with CA:TRUE and the use keyCertSign`;
  }
  if (Date.parse(certificate.validFrom) > now.getTime()) {
    return `${which}is valid from ${certificate.validFrom} on only; give one that is valid now`;
  }
  if (Date.parse(certificate.validTo) < now.getTime()) {
    return `${which}expired on ${certificate.validTo}; give one that is valid now`;
  }
  const { publicKey } = certificate;
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  if (type === "rsa" && (details?.modulusLength ?? 0) < MIN_RSA_BITS) {
    return `${which}has an RSA key of ${details?.modulusLength} bits; give one of ${MIN_RSA_BITS} or more`;
  }
  if (type === "ec" && !CURVES.includes(details?.namedCurve ?? "")) {
    return `${which}has a key on the curve ${details?.namedCurve}; give one on P-256 or P-384`;
  }
  return type === "rsa" || type === "ec"
    ? undefined
    : `${which}has a key of kind ${type}; give RSA, or ECDSA on P-256 or P-384`;
}

const MIN_RSA_BITS = 2048;

/** P-256 and P-384 in OpenSSL's words: what istiod signs with and Envoy accepts. */
const CURVES = ["prime256v1", "secp384r1"];

const WARN_DAYS = 90;

/**
 * What to say of a certificate that is in its last 90 days; undefined before. At its end every connection in the mesh fails.
 *
 * @param end a date that `Date` reads.
 */
export function expiryWarning(what: string, end: string, now = new Date()): string | undefined {
  const days = Math.floor((Date.parse(end) - now.getTime()) / (24 * 3600 * 1000));
  return days < WARN_DAYS
    ? `${what} ${days < 0 ? "has expired" : `expires in ${days} days`} (${end}). It does not renew by itself: docs/google-cloud.md says how.`
    : undefined;
}
