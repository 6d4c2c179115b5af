import type { X509Certificate } from "node:crypto";
import { certificatesIn, isCacerts, ISTIO_NAMESPACES, rootsOf } from "../read/certificates";
import { stackRule, type Subject } from "../rule";
import { SECRET, textOf } from "../read/secrets";

interface Trust {
  name: string;
  /** Fingerprints of the roots that its certificate authority chains to. */
  signedBy: string[];
  trusted: Set<string>;
}

export const cacertsOneRoot = stackRule<{ namespaces: string[] }>({
  name: "cacerts-one-root",
  displayName: "All clusters trust one root",
  severity: "critical",
  tags: ["trust", "tls"],
  description:
    "Every cluster's ca-cert.pem chains to a root that the root-cert.pem of all other clusters of the stack holds.",
  remediationSteps:
    "Sign the intermediates of all clusters with one root, and write it into root-cert.pem of each. While the root is replaced, " +
    "root-cert.pem holds the old and the new one in all clusters before the first of them signs with the new.",
  url: "https://istio.io/latest/docs/setup/install/multicluster/before-you-begin/#configure-trust",
  configSchema: { properties: { namespaces: ISTIO_NAMESPACES } },
  types: [SECRET],
  inspect(subjects, expect, { namespaces }) {
    const trusts: [Subject, Trust][] = [];
    for (const subject of subjects) {
      expect(subject)('data["root-cert.pem"]', () => {
        const trust = isCacerts(subject.props, namespaces) ? trustOf(subject) : undefined;
        if (trust) {
          trusts.push([subject, trust]);
        }
      });
    }
    const trusting = new Map<string, number>();
    for (const root of trusts.flatMap(([, { trusted }]) => [...trusted])) {
      trusting.set(root, (trusting.get(root) ?? 0) + 1);
    }
    for (const [subject, { signedBy }] of trusts) {
      if (signedBy.some((root) => trusting.get(root) === trusts.length)) {
        continue;
      }
      const other = trusts.find(([, { trusted }]) => !signedBy.some((root) => trusted.has(root)));
      expect(subject)(
        'data["root-cert.pem"]',
        () => `is not trusted by ${other?.[1].name ?? "all others"}: write the same root in all clusters`,
      );
    }
  },
});

/** Undefined where cacerts-chained has something to say. */
function trustOf({ name, props }: Subject): Trust | undefined {
  const read = (key: string): X509Certificate[] => certificatesIn(textOf(props, key));
  const roots = read("root-cert.pem");
  const [certificate] = read("ca-cert.pem");
  const signedBy = certificate ? rootsOf(certificate, read("cert-chain.pem"), roots) : [];
  return signedBy.length === 0
    ? undefined
    : { name, signedBy: fingerprints(signedBy), trusted: new Set(fingerprints(roots)) };
}

function fingerprints(certificates: X509Certificate[]): string[] {
  return certificates.map(({ fingerprint256 }) => fingerprint256);
}
