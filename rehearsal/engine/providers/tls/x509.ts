import { createPublicKey, sign, X509Certificate, type KeyObject } from "node:crypto";
import * as der from "./der";
import { algorithmOf, curveOf, publicKeyDer } from "./keys";
import { decodePem, encodePem } from "./pem";

export interface Extension {
  oid: string;
  critical?: boolean;
  /** The extension's value in DER. */
  value: Buffer;
}

export interface CertificateFields {
  serialNumber: bigint;
  /** Names in DER: an issuer is copied byte for byte from its certificate, as verifiers compare them so. */
  issuer: Buffer;
  subject: Buffer;
  notBefore: Date;
  notAfter: Date;
  /** SubjectPublicKeyInfo in DER. */
  publicKey: Buffer;
  extensions: Extension[];
}

/** Signs a certificate (version 3); PEM. */
export function signCertificate(fields: CertificateFields, key: KeyObject): string {
  const algorithm = signatureAlgorithm(key);
  const signed = der.sequence(
    der.tagged(0, der.integer(2)),
    der.integer(fields.serialNumber),
    algorithm.identifier,
    fields.issuer,
    der.sequence(der.time(fields.notBefore), der.time(fields.notAfter)),
    fields.subject,
    fields.publicKey,
    der.tagged(3, extensionList(fields.extensions)),
  );
  return encodePem("CERTIFICATE", signedStructure(signed, key));
}

/** Signs a certificate request (PKCS #10); DER. */
export function signRequest(subject: Buffer, extensions: Extension[], key: KeyObject): Buffer {
  const extensionRequest = "1.2.840.113549.1.9.14";
  const attributes =
    extensions.length > 0
      ? [der.sequence(der.oid(extensionRequest), der.set(extensionList(extensions)))]
      : [];
  const signed = der.sequence(der.integer(0), subject, publicKeyDer(key), der.tagged(0, ...attributes));
  return signedStructure(signed, key);
}

export interface ParsedRequest {
  subject: Buffer;
  publicKey: Buffer;
  /** GeneralNames of its subject alternative name, each with its tag. */
  names: der.Decoded[];
}

/** @throws when it is no certificate request */
export function parseRequest(pem: string): ParsedRequest {
  const [info] = der.members(der.decode(decodePem("CERTIFICATE REQUEST", pem)).content);
  const [, subject, publicKey, attributes] = info ? der.members(info.content) : [];
  if (!subject || !publicKey) throw new Error("failed to parse certificate request: asn1: structure error");
  const extensions = (attributes ? der.members(attributes.content) : []).flatMap((attribute) => {
    const [, values] = der.members(attribute.content);
    const list = values && der.members(values.content)[0];
    return list ? readExtensions(list.content) : [];
  });
  const alternativeNames = extensions.find(({ oid }) => oid.equals(der.oid("2.5.29.17")))?.value;
  return {
    subject: subject.raw,
    publicKey: publicKey.raw,
    names: alternativeNames ? der.members(der.decode(alternativeNames).content) : [],
  };
}

export interface ParsedCertificate {
  subject: Buffer;
  publicKey: KeyObject;
  isCa: boolean;
  subjectKeyId?: Buffer;
}

/** @throws when it is no certificate */
export function parseCertificate(pem: string): ParsedCertificate {
  const raw = decodePem("CERTIFICATE", pem);
  const certificate = new X509Certificate(raw);
  const [tbs] = der.members(der.decode(raw).content);
  // version, serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, then tagged members
  const fields = tbs ? der.members(tbs.content) : [];
  const subject = fields[5];
  const publicKey = fields[6];
  if (!subject || !publicKey) throw new Error("failed to parse certificate: x509: malformed certificate");
  const list = fields.find(({ tag }) => tag === 0xa3);
  const extensions = list ? readExtensions(der.decode(list.content).content) : [];
  const keyId = extensions.find(({ oid }) => oid.equals(der.oid("2.5.29.14")))?.value;
  return {
    subject: subject.raw,
    publicKey: createPublicKey({ key: publicKey.raw, format: "der", type: "spki" }),
    isCa: certificate.ca,
    subjectKeyId: keyId && der.decode(keyId).content,
  };
}

function extensionList(extensions: Extension[]): Buffer {
  return der.sequence(
    ...extensions.map(({ oid, critical, value }) =>
      der.sequence(der.oid(oid), ...(critical ? [der.boolean(true)] : []), der.octetString(value)),
    ),
  );
}

function readExtensions(content: Buffer): { oid: Buffer; value: Buffer }[] {
  return der.members(content).flatMap((extension) => {
    const parts = der.members(extension.content);
    const value = parts.at(-1);
    return parts[0] && value ? [{ oid: parts[0].raw, value: value.content }] : [];
  });
}

function signedStructure(signed: Buffer, key: KeyObject): Buffer {
  const { identifier, hash } = signatureAlgorithm(key);
  return der.sequence(signed, identifier, der.bitString(sign(hash, signed, key)));
}

/** What Go's crypto/x509 signs with when it is not told: SHA-256, and the larger digests on the larger curves. */
function signatureAlgorithm(key: KeyObject): { identifier: Buffer; hash: string | null } {
  switch (algorithmOf(key)) {
    case "RSA":
      return { identifier: der.sequence(der.oid("1.2.840.113549.1.1.11"), der.nothing), hash: "sha256" };
    case "ED25519":
      return { identifier: der.sequence(der.oid("1.3.101.112")), hash: null };
    case "ECDSA": {
      const curve = curveOf(key);
      const [last, hash] =
        curve === "P384" ? [3, "sha384"] : curve === "P521" ? [4, "sha512"] : [2, "sha256"];
      return { identifier: der.sequence(der.oid(`1.2.840.10045.4.3.${last}`)), hash: hash };
    }
  }
}
