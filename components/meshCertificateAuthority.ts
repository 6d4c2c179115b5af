import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { CertificateAuthority } from "./certificateAuthority";
import { expiryWarning } from "./certificates";
import type { Mesh } from "./config/schema";

export interface MeshCertificateAuthorityArgs {
  mesh: Mesh;
  /** Names of all clusters of the mesh, also of those that other stacks own. */
  clusters: string[];
  /** Refuse to delete or replace the keys: everything that they signed would go with them. */
  protect: boolean;
}

const HOURS_PER_DAY = 24;

/** What Istio's own sample CAs may do: istio/istio, `tools/certs/common.mk`. */
const CA_USES = [
  "digital_signature",
  "content_commitment",
  "key_encipherment",
  "cert_signing",
  "crl_signing",
];

/**
 * The mesh's root, and one intermediate per cluster. The root's key signs intermediates and nothing else; it stays a secret of
 * the stack that owns the home cluster.
 *
 * Nothing here renews by itself: a root that changes while workloads run is an outage, so rotation is a step of its own.
 */
export class MeshCertificateAuthority extends pulumi.ComponentResource implements CertificateAuthority {
  readonly rootCertificate: CertificateAuthority["rootCertificate"];
  readonly intermediates: CertificateAuthority["intermediates"];
  readonly signed: NonNullable<CertificateAuthority["signed"]>;

  constructor(name: string, args: MeshCertificateAuthorityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:trust:MeshCertificateAuthority", name, {}, opts);
    const { organization, rootValidityDays, intermediateValidityDays, ...key } =
      args.mesh.certificateAuthority;
    const protectedChild = { parent: this, protect: args.protect };

    const rootKey = new tls.PrivateKey(`${name}-root`, keyArgs(key), protectedChild);
    const root = new tls.SelfSignedCert(
      `${name}-root`,
      {
        privateKeyPem: rootKey.privateKeyPem,
        subject: { commonName: "Root CA", organization },
        isCaCertificate: true,
        setSubjectKeyId: true,
        allowedUses: CA_USES,
        validityPeriodHours: rootValidityDays * HOURS_PER_DAY,
        earlyRenewalHours: 0,
      },
      protectedChild,
    );
    this.rootCertificate = root.certPem;
    this.warnOfExpiry("The mesh's root certificate", root.validityEndTime);

    const signed = args.clusters.map((cluster) => {
      const child = { parent: this, protect: args.protect };
      const intermediateKey = new tls.PrivateKey(`${name}-${cluster}`, keyArgs(key), child);
      const request = new tls.CertRequest(
        `${name}-${cluster}`,
        {
          privateKeyPem: intermediateKey.privateKeyPem,
          // Istio's sample has the cluster as locality: it tells the intermediates apart in `openssl x509 -subject`.
          subject: { commonName: "Intermediate CA", organization, locality: cluster },
        },
        child,
      );
      const intermediate = new tls.LocallySignedCert(
        `${name}-${cluster}`,
        {
          certRequestPem: request.certRequestPem,
          caCertPem: root.certPem,
          caPrivateKeyPem: rootKey.privateKeyPem,
          isCaCertificate: true,
          setSubjectKeyId: true,
          allowedUses: CA_USES,
          validityPeriodHours: intermediateValidityDays * HOURS_PER_DAY,
          earlyRenewalHours: 0,
        },
        child,
      );
      this.warnOfExpiry(`The intermediate certificate of ${cluster}`, intermediate.validityEndTime);
      const privateKey = pulumi.secret(intermediateKey.privateKeyPem);
      return [cluster, pulumi.output({ certificate: intermediate.certPem, privateKey })] as const;
    });
    this.signed = Object.fromEntries(signed);
    this.intermediates = pulumi.output(this.signed);

    this.registerOutputs({ rootCertificate: this.rootCertificate });
  }

  private warnOfExpiry(what: string, end: pulumi.Output<string>): void {
    end.apply((time) => {
      const warning = expiryWarning(what, time);
      if (warning) {
        void pulumi.log.warn(warning, this);
      }
    });
  }
}

/** What the tls provider wants for the kind of keys that the user chose. */
export function keyArgs({
  algorithm,
  ecdsaCurve,
  rsaBits,
}: Pick<Mesh["certificateAuthority"], "algorithm" | "ecdsaCurve" | "rsaBits">) {
  // The curve has to be named: the provider's default is P224, which Go, and so istiod, does not accept.
  return algorithm === "ECDSA" ? { algorithm, ecdsaCurve } : { algorithm, rsaBits };
}
