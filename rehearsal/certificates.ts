import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from "node:crypto";
import type { KeyObject } from "node:crypto";
import { X509Certificate } from "node:crypto";
import * as asn1 from "./der";

/** A certificate and its private key (ECDSA P-256, PKCS #8), both PEM. */
export interface KeyPair {
  certificate: string;
  key: string;
}

/** A self-signed certificate authority. */
export type Ca = KeyPair;

export interface Subject {
  cn: string;
  /** Organizations; Kubernetes reads them as groups. */
  o?: string[];
  dns?: string[];
  ips?: string[];
  /** Default 365: macOS refuses server certificates of more than 825 days. */
  days?: number;
}

const oid = {
  commonName: "2.5.4.3",
  locality: "2.5.4.7",
  organization: "2.5.4.10",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
};

const day = 24 * 3600 * 1000;

/** A new certificate authority, valid for ten years. */
export function makeCa(cn: string): Ca {
  const keys = newKeys();
  const extensions = [
    extension(oid.basicConstraints, asn1.sequence(asn1.boolean(true)), true),
    // keyCertSign and cRLSign, bits 5 and 6.
    extension(oid.keyUsage, asn1.bits(Buffer.of(0b00000110), 1), true),
    extension(oid.subjectKeyIdentifier, asn1.octets(keyId(keys.publicKey))),
  ];
  const name = distinguishedName({ cn });
  const certificate = build({
    subject: name,
    issuer: name,
    keys,
    signer: keys.privateKey,
    notAfter: new Date(Date.now() + 3650 * day),
    extensions,
  });
  return { certificate, key: pem(keys.privateKey) };
}

/** A certificate for servers and clients, signed by `ca`. */
export function issue(ca: Ca, subject: Subject): KeyPair {
  const keys = newKeys();
  const issuer = new X509Certificate(ca.certificate);
  const names = [
    ...(subject.dns ?? []).map((name) => asn1.der(0x82, Buffer.from(name))),
    ...(subject.ips ?? []).map((ip) => asn1.der(0x87, asn1.ipBytes(ip))),
  ];
  const usages = [oid.serverAuth, oid.clientAuth].map(asn1.objectId);
  const extensions = [
    // digitalSignature, bit 0.
    extension(oid.keyUsage, asn1.bits(Buffer.of(0b10000000), 7), true),
    extension(oid.extendedKeyUsage, asn1.sequence(...usages)),
    extension(oid.basicConstraints, asn1.sequence(), true),
    extension(oid.authorityKeyIdentifier, asn1.sequence(asn1.der(0x80, keyId(issuer.publicKey)))),
    ...(names.length > 0 ? [extension(oid.subjectAltName, asn1.sequence(...names))] : []),
  ];
  const certificate = build({
    subject: distinguishedName(subject),
    issuer: distinguishedName(authorityName(issuer)),
    keys,
    signer: createPrivateKey(ca.key),
    notAfter: new Date(Date.now() + (subject.days ?? 365) * day),
    extensions,
  });
  return { certificate, key: pem(keys.privateKey) };
}

/** A certificate authority below another one: what `signAuthority` is asked for. */
export interface AuthorityRequest {
  cn: string;
  o?: string[];
  /** Default: no `L`. */
  locality?: string;
  publicKey: KeyObject;
  notAfter: Date;
  /** How many authorities there may be below it; default: any number. */
  pathLength?: number;
}

/** The certificate of an authority whose key somebody else has, signed by `ca`; PEM. */
export function signAuthority(ca: Ca, request: AuthorityRequest): string {
  const issuer = new X509Certificate(ca.certificate);
  const { pathLength, publicKey } = request;
  const limit = pathLength === undefined ? [] : [asn1.integer(Buffer.of(pathLength))];
  return build({
    subject: distinguishedName(request),
    issuer: distinguishedName(authorityName(issuer)),
    keys: { publicKey },
    signer: createPrivateKey(ca.key),
    notAfter: request.notAfter,
    extensions: [
      extension(oid.basicConstraints, asn1.sequence(asn1.boolean(true), ...limit), true),
      // digitalSignature, keyCertSign and cRLSign: bits 0, 5 and 6.
      extension(oid.keyUsage, asn1.bits(Buffer.of(0b10000110), 1), true),
      extension(oid.subjectKeyIdentifier, asn1.octets(keyId(publicKey))),
      extension(oid.authorityKeyIdentifier, asn1.sequence(asn1.der(0x80, keyId(issuer.publicKey)))),
    ],
  });
}

/** An authority with a key of its own, below `ca`. */
export function makeSubordinate(ca: Ca, cn: string): Ca {
  const keys = newKeys();
  const notAfter = new Date(Date.now() + 3650 * day);
  return {
    certificate: signAuthority(ca, { cn, publicKey: keys.publicKey, notAfter }),
    key: pem(keys.privateKey),
  };
}

interface Keys {
  publicKey: KeyObject;
  privateKey: KeyObject;
}

function newKeys(): Keys {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

function pem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

function keyId(key: KeyObject): Buffer {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return createHash("sha1")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest();
}

/** `makeCa` names an authority by its common name alone. */
function authorityName(certificate: X509Certificate): { cn: string } {
  const cn = /^CN=(.*)$/m.exec(certificate.subject)?.[1];
  if (!cn) {
    throw new Error(`the authority "${certificate.subject}" has no common name: use one that makeCa made`);
  }
  return { cn };
}

interface Name {
  cn: string;
  o?: string[];
  locality?: string;
}

function distinguishedName({ cn, o = [], locality }: Name): Buffer {
  const attribute = (id: string, value: string) =>
    asn1.set(asn1.sequence(asn1.objectId(id), asn1.utf8(value)));
  return asn1.sequence(
    ...o.map((value) => attribute(oid.organization, value)),
    ...(locality ? [attribute(oid.locality, locality)] : []),
    attribute(oid.commonName, cn),
  );
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return asn1.sequence(asn1.objectId(id), ...(critical ? [asn1.boolean(true)] : []), asn1.octets(value));
}

function build(spec: {
  subject: Buffer;
  issuer: Buffer;
  keys: Pick<Keys, "publicKey">;
  signer: KeyObject;
  notAfter: Date;
  extensions: Buffer[];
}): string {
  const algorithm = asn1.sequence(asn1.objectId(oid.ecdsaWithSha256));
  const now = Date.now();
  const toBeSigned = asn1.sequence(
    asn1.explicit(0, asn1.integer(Buffer.of(2))),
    asn1.integer(randomBytes(16)),
    algorithm,
    spec.issuer,
    // An hour back: clocks of virtual machines drift.
    asn1.sequence(asn1.time(new Date(now - 3600 * 1000)), asn1.time(spec.notAfter)),
    spec.subject,
    spec.keys.publicKey.export({ type: "spki", format: "der" }),
    asn1.explicit(3, asn1.sequence(...spec.extensions)),
  );
  const certificate = asn1.sequence(
    toBeSigned,
    algorithm,
    asn1.bits(sign("sha256", toBeSigned, { key: spec.signer, dsaEncoding: "der" })),
  );
  const body = certificate.toString("base64").replace(/.{1,64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${body}-----END CERTIFICATE-----\n`;
}
