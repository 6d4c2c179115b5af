import {
  CA_KEY,
  certificatesIn,
  isCacerts,
  ISTIO_NAMESPACES,
  publicKeyOf,
  rootsOf,
} from "../read/certificates";
import { resourceRule } from "../rule";
import { SECRET, textOf } from "../read/secrets";

export const cacertsChained = resourceRule<{ namespaces: string[] }>({
  name: "cacerts-chained",
  displayName: "What istiod signs with is signed by the mesh's root",
  severity: "critical",
  tags: ["trust", "tls"],
  description:
    "In the Secret cacerts, ca-cert.pem chains through cert-chain.pem to root-cert.pem, is part of cert-chain.pem, and belongs " +
    "to ca-key.pem.",
  remediationSteps:
    "Write the intermediate that the root signed and its own key; cert-chain.pem is the intermediate, whatever stands between it " +
    "and the root, and the root: istiod sends it along with each workload's certificate.",
  url: "https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/",
  configSchema: { properties: { namespaces: ISTIO_NAMESPACES } },
  types: [SECRET],
  inspect({ props }, expect, { namespaces }) {
    if (!isCacerts(props, namespaces)) {
      return;
    }
    const read = (key: string) => certificatesIn(textOf(props, key));
    expect('data["ca-cert.pem"]', () => {
      const [certificate] = read("ca-cert.pem");
      const roots = read("root-cert.pem");
      const chain = read("cert-chain.pem");
      return !certificate || roots.length === 0 || rootsOf(certificate, chain, roots).length > 0
        ? undefined
        : "does not chain to root-cert.pem: write one that the root signed, and all between them in cert-chain.pem";
    });
    expect(`data["${CA_KEY}"]`, () => {
      const [certificate] = read("ca-cert.pem");
      const key = publicKeyOf(textOf(props, CA_KEY));
      return !certificate || !key || key.equals(certificate.publicKey)
        ? undefined
        : "is the key of another certificate: write that of ca-cert.pem";
    });
    expect('data["cert-chain.pem"]', () => {
      const [certificate] = read("ca-cert.pem");
      const chain = read("cert-chain.pem");
      const known = [...chain, ...read("root-cert.pem")].map(({ fingerprint256 }) => fingerprint256);
      return !certificate || chain.length === 0 || known.includes(certificate.fingerprint256)
        ? undefined
        : "lacks ca-cert.pem: other clusters could not verify what it signed; write it first in the chain";
    });
  },
});
