import * as pulumi from "@pulumi/pulumi";
import { certificatesIn, inPem } from "./certificates";
import type { GivenAuthority } from "./config/authority";
import type { SigningCertificate } from "./peers";

/** Where the mesh's trust comes from: one component per `mesh.certificateAuthority.source`. */
export interface CertificateAuthority {
  /** PEM. */
  rootCertificate: pulumi.Output<string>;
  /** What istiod of each cluster signs with, by cluster. Secret. */
  intermediates: pulumi.Output<Record<string, SigningCertificate>>;
  /** Each by itself, where it does not wait for the others: a preview knows those that are there while a new one is not. */
  signed?: Record<string, pulumi.Output<SigningCertificate>>;
  /** Where signatures can be checked only once they are there: the authority, when they were. Clusters wait for it. */
  checked?: pulumi.Output<pulumi.Resource>;
}

/** The authority that the user gave; `readMesh` has checked it. */
export function givenAuthority(given: pulumi.Input<GivenAuthority>): CertificateAuthority {
  const secret = pulumi.secret(given);
  return {
    // The certificate is public: workloads have it, and other stacks read it.
    rootCertificate: pulumi.unsecret(secret.apply(({ root }) => inPem(certificatesIn(root)))),
    intermediates: secret.apply(({ intermediates }) =>
      Object.fromEntries(
        Object.entries(intermediates).map(([cluster, { certificate, privateKey }]) => {
          const [own, ...issuers] = certificatesIn(certificate) ?? [];
          return [
            cluster,
            {
              certificate: inPem(own && [own]),
              issuers: inPem(issuers),
              privateKey: `${privateKey.trim()}\n`,
            },
          ];
        }),
      ),
    ),
  };
}

/** The four keys of `cacerts`. istiod up to 1.26.0 silently signs for itself when one is missing. */
// https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/
export function cacerts(
  intermediate: Record<keyof SigningCertificate, pulumi.Input<string>>,
  rootCertificate: pulumi.Input<string>,
) {
  return {
    "ca-cert.pem": intermediate.certificate,
    "ca-key.pem": intermediate.privateKey,
    "root-cert.pem": rootCertificate,
    "cert-chain.pem": pulumi.interpolate`${intermediate.certificate}${intermediate.issuers}${rootCertificate}`,
  };
}
