import { isIP } from "node:net";
import * as der from "./der";
import { subjectKeyId } from "./keys";
import type { Extension } from "./x509";

/** Bits of the key usage extension (RFC 5280, 4.2.1.3), under Terraform's names. */
const keyUsages: Record<string, number> = {
  digital_signature: 0,
  content_commitment: 1,
  key_encipherment: 2,
  data_encipherment: 3,
  key_agreement: 4,
  cert_signing: 5,
  crl_signing: 6,
  encipher_only: 7,
  decipher_only: 8,
};

const extendedKeyUsages: Record<string, string> = {
  any_extended: "2.5.29.37.0",
  server_auth: "1.3.6.1.5.5.7.3.1",
  client_auth: "1.3.6.1.5.5.7.3.2",
  code_signing: "1.3.6.1.5.5.7.3.3",
  email_protection: "1.3.6.1.5.5.7.3.4",
  ipsec_end_system: "1.3.6.1.5.5.7.3.5",
  ipsec_tunnel: "1.3.6.1.5.5.7.3.6",
  ipsec_user: "1.3.6.1.5.5.7.3.7",
  timestamping: "1.3.6.1.5.5.7.3.8",
  ocsp_signing: "1.3.6.1.5.5.7.3.9",
  microsoft_server_gated_crypto: "1.3.6.1.4.1.311.10.3.3",
  netscape_server_gated_crypto: "2.16.840.1.113730.4.1",
  microsoft_commercial_code_signing: "1.3.6.1.4.1.311.2.1.22",
  microsoft_kernel_code_signing: "1.3.6.1.4.1.311.61.1.1",
};

/** All that `allowedUses` may hold, sorted as the real provider's error lists them. */
export const allowedUses = [...Object.keys(keyUsages), ...Object.keys(extendedKeyUsages)].sort();

export interface CertificateOptions {
  allowedUses: string[];
  isCa: boolean;
  maxPathLength?: number;
  setSubjectKeyId: boolean;
  /** `own`: the subject's, for a self-signed certificate. */
  authorityKeyId?: Buffer | "own";
  /** GeneralNames in DER. */
  names: Buffer[];
  subjectIsEmpty: boolean;
  /** SubjectPublicKeyInfo in DER. */
  publicKey: Buffer;
}

/** Extensions in the order, and with the criticality, of Go's crypto/x509, which the real provider uses. */
export function certificateExtensions(options: CertificateOptions): Extension[] {
  const bits = options.allowedUses.flatMap((use) => keyUsages[use] ?? []);
  const ownKeyId = subjectKeyId(options.publicKey);
  const authorityKeyId = options.authorityKeyId === "own" ? ownKeyId : options.authorityKeyId;
  const purposes = options.allowedUses.flatMap((use) => extendedKeyUsages[use] ?? []);
  return [
    ...(bits.length > 0 ? [{ oid: "2.5.29.15", critical: true, value: bitSet(bits) }] : []),
    ...(purposes.length > 0 ? [{ oid: "2.5.29.37", value: der.sequence(...purposes.map(der.oid)) }] : []),
    basicConstraints(options.isCa, options.maxPathLength),
    ...(options.isCa || options.setSubjectKeyId
      ? [{ oid: "2.5.29.14", value: der.octetString(ownKeyId) }]
      : []),
    ...(authorityKeyId ? [{ oid: "2.5.29.35", value: der.sequence(der.primitive(0, authorityKeyId)) }] : []),
    ...alternativeNames(options.names, options.subjectIsEmpty),
  ];
}

/**
 * A path length of 0 gets lost: the provider sets MaxPathLen without MaxPathLenZero, which Go reads as "no limit"
 * (https://github.com/hashicorp/terraform-provider-tls, common_cert.go, 4.2.1).
 */
function basicConstraints(isCa: boolean, maxPathLength = -1): Extension {
  if (!isCa && maxPathLength > 0) throw new Error("x509: only CAs are allowed to specify MaxPathLen");
  const limit = maxPathLength > 0 ? [der.integer(maxPathLength)] : [];
  const value = der.sequence(...(isCa ? [der.boolean(true)] : []), ...limit);
  return { oid: "2.5.29.19", critical: true, value };
}

/** The subject alternative name, critical where there is no other name (RFC 5280, 4.2.1.6). */
export function alternativeNames(names: Buffer[], subjectIsEmpty: boolean): Extension[] {
  if (names.length === 0) return [];
  return [{ oid: "2.5.29.17", critical: subjectIsEmpty, value: der.sequence(...names) }];
}

/** GeneralName tags of DNS names, URIs and IP addresses: the ones that a signed certificate takes from its request. */
export const nameTags = { dns: 2, uri: 6, ip: 7 } as const;

/** @throws when an IP address or URI is none */
export function generalNames(dnsNames: string[], ipAddresses: string[], uris: string[]): Buffer[] {
  return [
    ...dnsNames.map((name) => der.primitive(nameTags.dns, Buffer.from(name, "ascii"))),
    ...ipAddresses.map((address) => der.primitive(nameTags.ip, ipBytes(address))),
    ...uris.map((uri) => {
      if (!URL.canParse(uri)) throw new Error(`Invalid URI: Failed to parse "${uri}"`);
      return der.primitive(nameTags.uri, Buffer.from(uri, "ascii"));
    }),
  ];
}

function ipBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split(".").map(Number));
  if (isIP(address) !== 6 || address.includes(".")) {
    throw new Error(`Invalid IP address: Failed to parse "${address}"`);
  }
  const [head = "", tail] = address.split("::");
  const groups = (text: string) => text.split(":").filter(Boolean);
  const before = groups(head);
  const after = groups(tail ?? "");
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, "0")).join(""), "hex");
}

/** A named bit list: bit 0 is the highest of the first byte, trailing zero bits are left out. */
function bitSet(bits: number[]): Buffer {
  const bytes = Buffer.alloc(Math.floor(Math.max(...bits) / 8) + 1);
  for (const bit of bits) {
    const index = Math.floor(bit / 8);
    bytes[index] = (bytes[index] ?? 0) | (0x80 >> (bit % 8));
  }
  const last = bytes.at(-1) ?? 0;
  return der.bitString(bytes, Math.log2(last & -last));
}
