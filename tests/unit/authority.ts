import { randomBytes, type KeyObject } from "node:crypto";
import { certificateExtensions } from "../../rehearsal/engine/providers/tls/extensions";
import { generateKey, privateKeyPem, publicKeyDer } from "../../rehearsal/engine/providers/tls/keys";
import { encodeName } from "../../rehearsal/engine/providers/tls/names";
import { signCertificate } from "../../rehearsal/engine/providers/tls/x509";

/** A certificate with its key, as PEM, and what signs others with them. */
export interface Signed {
  certificate: string;
  privateKey: string;
  issuer: { subject: Buffer; key: KeyObject };
}

interface Options {
  /** Default: it signs itself. */
  by?: Signed;
  key?: Parameters<typeof generateKey>;
  isCa?: boolean;
  allowedUses?: string[];
  /** Days from now. */
  from?: number;
  days?: number;
}

const DAY = 24 * 3600 * 1000;

/** A real certificate: by default one of a certificate authority that signs itself, on P-256, valid for ten years. */
export function sign(name: string, options: Options = {}): Signed {
  const { by, isCa = true, allowedUses = ["cert_signing", "crl_signing"], from = -1, days = 3650 } = options;
  const key = generateKey(...(options.key ?? (["ECDSA", 0, "P256"] as const)));
  const subject = encodeName({ commonName: name });
  const publicKey = publicKeyDer(key);
  const issuer = by?.issuer ?? { subject, key };
  const certificate = signCertificate(
    {
      serialNumber: BigInt(`0x${randomBytes(8).toString("hex")}`) >> 1n,
      issuer: issuer.subject,
      subject,
      notBefore: new Date(Date.now() + from * DAY),
      notAfter: new Date(Date.now() + days * DAY),
      publicKey,
      extensions: certificateExtensions({
        allowedUses,
        isCa,
        setSubjectKeyId: true,
        names: [],
        subjectIsEmpty: false,
        publicKey,
      }),
    },
    issuer.key,
  );
  return { certificate, privateKey: privateKeyPem(key), issuer: { subject, key } };
}
