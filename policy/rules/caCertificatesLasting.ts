import type { X509Certificate } from "node:crypto";
import { expectOfCertificates, isCacerts, LOCALLY_SIGNED, SELF_SIGNED } from "../read/certificates";
import { resourceRule } from "../rule";
import { SECRET } from "../read/secrets";
import { at, numberIn, show } from "../read/values";

const DAY_MS = 24 * 3600 * 1000;

export const caCertificatesLasting = resourceRule<{ minDaysLeft: number }>({
  name: "ca-certificates-lasting",
  displayName: "Certificates of authorities are valid for long enough",
  severity: "critical",
  tags: ["trust", "tls"],
  description:
    "No certificate of cacerts has expired, is not valid yet, or is close to its end, and the tls provider makes no authority's " +
    "certificate that would be so at once: at its end every connection in the mesh fails.",
  remediationSteps:
    "Make a new certificate and roll it out while the old one is valid: an intermediate alone, or the root, which all clusters have " +
    "to trust before the first of them signs with it.",
  url: "https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/",
  configSchema: {
    properties: {
      minDaysLeft: {
        type: "number",
        minimum: 0,
        default: 30,
        description: "Days that are left at least.",
      },
    },
  },
  types: [SECRET, SELF_SIGNED, LOCALLY_SIGNED],
  inspect({ type, props }, expect, { minDaysLeft }) {
    if (type !== SECRET) {
      expect("validityPeriodHours", () => {
        const hours = at(props, "validityPeriodHours");
        // Also when it is no number.
        return at(props, "isCaCertificate") === true && !(numberIn(hours) >= minDaysLeft * 24)
          ? `is ${show(hours)}: write ${minDaysLeft * 24} or more, ${minDaysLeft} days`
          : undefined;
      });
      return;
    }
    if (isCacerts(props)) {
      const now = Date.now();
      expectOfCertificates(props, expect, (certificate) => validityProblem(certificate, now, minDaysLeft));
    }
  },
});

function validityProblem({ validFrom, validTo }: X509Certificate, now: number, minDaysLeft: number) {
  const left = Math.floor((Date.parse(validTo) - now) / DAY_MS);
  if (Date.parse(validFrom) > now) {
    return `has a certificate that is valid from ${validFrom} on: write one that is valid now`;
  }
  if (left < 0) {
    return `has a certificate that expired at ${validTo}: write a new one`;
  }
  return left < minDaysLeft
    ? `has a certificate that expires in ${left} days (${validTo}): write one that lasts ${minDaysLeft} days or more`
    : undefined;
}
