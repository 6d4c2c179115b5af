import type { X509Certificate } from "node:crypto";
import { expectOfCertificates, isCacerts, LOCALLY_SIGNED, SELF_SIGNED } from "../read/certificates";
import { resourceRule } from "../rule";
import { SECRET } from "../read/secrets";
import { at, listAt, show, unless } from "../read/values";

const SIGNING = "cert_signing";

export const caCertificatesMaySign = resourceRule({
  name: "ca-certificates-may-sign",
  displayName: "Certificates of authorities may sign, and no others",
  severity: "critical",
  tags: ["trust", "tls"],
  description:
    "Every certificate of cacerts is one of an authority (basic constraints CA:TRUE) whose key usage has keyCertSign; certificates " +
    "of the tls provider have either both or neither.",
  remediationSteps:
    "Make the authority's certificates with CA:TRUE and keyCertSign; with the tls provider: isCaCertificate: true and " +
    `"${SIGNING}" among allowedUses.`,
  url: "https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.3",
  types: [SECRET, SELF_SIGNED, LOCALLY_SIGNED],
  inspect({ type, props }, expect) {
    if (type === SECRET) {
      if (isCacerts(props)) {
        expectOfCertificates(props, expect, signingProblem);
      }
      return;
    }
    expect("isCaCertificate", () => {
      const value = at(props, "isCaCertificate");
      const signs = listAt(props, "allowedUses").includes(SIGNING);
      return unless(value === true || !signs, value, `write true, or leave "${SIGNING}" out of allowedUses`);
    });
    expect("allowedUses", () => {
      const uses = listAt(props, "allowedUses");
      return at(props, "isCaCertificate") !== true || uses.includes(SIGNING)
        ? undefined
        : `is ${show(uses)}: an authority's certificate has "${SIGNING}"; add it`;
    });
  },
});

/** Node's `ca`: CA:TRUE, and keyCertSign unless there is no key usage at all, which does not limit it. */
function signingProblem({ ca }: X509Certificate): string | undefined {
  return ca
    ? undefined
    : "has a certificate without CA:TRUE and keyCertSign: nobody trusts what it signs; write an authority's";
}
