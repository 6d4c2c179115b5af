import { CA_KEY, certificatesIn, isCacerts, ISTIO_NAMESPACES, publicKeyOf } from "../read/certificates";
import { resourceRule } from "../rule";
import { SECRET, textOf } from "../read/secrets";

const WANTED: Record<string, string> = {
  "ca-cert.pem": "the certificate that istiod signs with",
  "root-cert.pem": "the root's certificate",
  "cert-chain.pem": "the certificates from ca-cert to the root",
  [CA_KEY]: "the private key of ca-cert, without a password,",
};

export const cacertsComplete = resourceRule<{ namespaces: string[] }>({
  name: "cacerts-complete",
  displayName: "istiod signs with the mesh's certificate authority",
  severity: "critical",
  tags: ["trust", "tls"],
  description:
    "The Secret cacerts has all four keys, and what they hold can be read: when one is missing, istiod signs for itself, and no " +
    "cluster trusts it.",
  remediationSteps: `Give cacerts the keys ${Object.keys(WANTED).join(", ")}, each in PEM; the private key without a password.`,
  url: "https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/",
  configSchema: { properties: { namespaces: ISTIO_NAMESPACES } },
  types: [SECRET],
  inspect({ props }, expect, { namespaces }) {
    if (!isCacerts(props, namespaces)) {
      return;
    }
    for (const [key, wanted] of Object.entries(WANTED)) {
      // A private key is among them: values are never told.
      expect(`data["${key}"]`, () => {
        const text = textOf(props, key);
        if (!text) {
          return "is missing: istiod would sign for itself; write all four keys";
        }
        const readable = key === CA_KEY ? publicKeyOf(text) !== undefined : certificatesIn(text).length > 0;
        return readable ? undefined : `cannot be read: write ${wanted} in PEM`;
      });
    }
  },
});
