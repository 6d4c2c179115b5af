import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

export interface SelfSignedCertificateArgs {
  commonName: string;
  dnsNames: string[];
}

const HOURS_PER_DAY = 24;

/** A certificate to serve with; PEM. */
export interface ServingCertificate {
  certificate: string;
  privateKey: string;
}

/** A serving certificate that no authority vouches for. It is replaced in its last 30 days, by whichever `pulumi up` comes. */
export class SelfSignedCertificate extends pulumi.ComponentResource {
  /** The data of a Secret of type `kubernetes.io/tls`. The key is secret. */
  readonly tlsSecretData: Record<"tls.crt" | "tls.key", pulumi.Output<string>>;

  constructor(name: string, args: SelfSignedCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:edge:SelfSignedCertificate", name, {}, opts);
    const key = new tls.PrivateKey(name, { algorithm: "ECDSA", ecdsaCurve: "P256" }, { parent: this });
    const certificate = new tls.SelfSignedCert(
      name,
      {
        privateKeyPem: key.privateKeyPem,
        subject: { commonName: args.commonName },
        dnsNames: args.dnsNames,
        allowedUses: ["digital_signature", "server_auth"],
        validityPeriodHours: 365 * HOURS_PER_DAY,
        earlyRenewalHours: 30 * HOURS_PER_DAY,
      },
      { parent: this },
    );
    this.tlsSecretData = { "tls.crt": certificate.certPem, "tls.key": pulumi.secret(key.privateKeyPem) };
    this.registerOutputs({});
  }
}
