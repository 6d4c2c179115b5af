import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import type { Expect } from "../rule";
import { namespaceOf } from "./pairing";
import { textOf } from "./secrets";
import { at } from "./values";

/** The Secret's keys that hold certificates, in PEM. */
export const CERTIFICATE_KEYS = ["ca-cert.pem", "root-cert.pem", "cert-chain.pem"];
export const CA_KEY = "ca-key.pem";

export const SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert";
export const LOCALLY_SIGNED = "tls:index/locallySignedCert:LocallySignedCert";
export const TLS_KEY = "tls:index/privateKey:PrivateKey";

/** The parameter of rules about `cacerts`. */
export const ISTIO_NAMESPACES = {
  type: "array",
  items: { type: "string" },
  default: ["istio-system"],
  description: "Namespaces of istiod; a Secret cacerts of others is not judged.",
} as const;

/** Whether a Secret is the one that istiod takes its certificate authority from: it reads that of its own namespace. */
export function isCacerts(props: unknown, namespaces: readonly string[] = ISTIO_NAMESPACES.default): boolean {
  return at(props, "metadata", "name") === "cacerts" && namespaces.includes(namespaceOf(props));
}

/** By PEM: several rules read the same ones, and reading one takes longer than all else about it. */
const known = new Map<string, X509Certificate | undefined>();

/** The certificates of a PEM text; none when it has none, or one that cannot be read. */
export function certificatesIn(text: string | undefined): X509Certificate[] {
  const blocks = text?.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const certificates = blocks.flatMap((block) => certificateIn(block) ?? []);
  return certificates.length === blocks.length ? certificates : [];
}

function certificateIn(block: string): X509Certificate | undefined {
  if (!known.has(block)) {
    known.set(
      block,
      attempt(() => new X509Certificate(block)),
    );
  }
  return known.get(block);
}

/** The public half of a private key in PEM; undefined when it cannot be read without a password. */
export function publicKeyOf(privateKey: string | undefined): KeyObject | undefined {
  return attempt(() => createPublicKey(createPrivateKey(privateKey ?? "")));
}

/**
 * Judges each certificate of `cacerts` once: the intermediate and the root stand in the chain too. What is missing or cannot be
 * read is the business of cacerts-complete.
 */
export function expectOfCertificates(
  props: unknown,
  expect: Expect,
  problem: (certificate: X509Certificate) => string | undefined,
): void {
  const judged = new Set<string>();
  for (const key of CERTIFICATE_KEYS) {
    expect(`data["${key}"]`, () => {
      const others = certificatesIn(textOf(props, key)).filter(
        ({ fingerprint256 }) => !judged.has(fingerprint256),
      );
      for (const certificate of others) {
        judged.add(certificate.fingerprint256);
      }
      return others.map(problem).find((wrong) => wrong !== undefined);
    });
  }
}

/** Those of `roots` that a certificate's chain of signatures ends in. */
export function rootsOf(
  certificate: X509Certificate,
  intermediates: X509Certificate[],
  roots: X509Certificate[],
): X509Certificate[] {
  const reached = new Set([certificate]);
  // A set hands out what is added while it is walked.
  for (const issued of reached) {
    for (const issuer of intermediates) {
      if (signed(issuer, issued)) {
        reached.add(issuer);
      }
    }
  }
  return roots.filter((root) => [...reached].some((issued) => signed(root, issued)));
}

function signed(issuer: X509Certificate, issued: X509Certificate): boolean {
  return issued.issuer === issuer.subject && issued.verify(issuer.publicKey);
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
