import type { CreateRequest } from "../../../rehearsal/engine/providers/base";
import type { StateResource } from "../../../rehearsal/engine/providers/stateResource";
import {
  certRequest,
  locallySignedCert,
  privateKey,
  selfSignedCert,
} from "../../../rehearsal/engine/providers/tls/resources";
import type { Properties } from "../../../rehearsal/engine/providers/values";

const request: CreateRequest = {
  type: "t",
  urn: "urn",
  name: "n",
  inputs: {},
  preview: false,
  signal: new AbortController().signal,
  log: () => undefined,
  status: () => undefined,
};

function make(resource: StateResource, inputs: Properties): Record<string, string> {
  return resource.create(inputs, request).outputs as Record<string, string>;
}

export interface Authority {
  certificate: string;
  key: string;
}

const allowedUses = ["cert_signing", "crl_signing", "digital_signature"];

export function newKey(): string {
  return make(privateKey, { algorithm: "ECDSA", ecdsaCurve: "P256", rsaBits: 2048 }).privateKeyPem ?? "";
}

/** @param hours how long it is valid from now on */
export function newRoot(commonName: string, hours = 1000): Authority {
  const key = newKey();
  const { certPem = "" } = make(selfSignedCert, {
    isCaCertificate: true,
    validityPeriodHours: hours,
    allowedUses,
    privateKeyPem: key,
    subject: { commonName },
  });
  return { certificate: certPem, key };
}

/** The files of `cacerts`, as base64. @param hours how long the intermediate is valid from now on */
export function cacerts(root: Authority, locality: string, hours = 1000): Record<string, string> {
  const key = newKey();
  const { certRequestPem } = make(certRequest, {
    privateKeyPem: key,
    subject: { commonName: "Intermediate CA", locality },
  });
  const { certPem = "" } = make(locallySignedCert, {
    isCaCertificate: true,
    validityPeriodHours: hours,
    allowedUses,
    caCertPem: root.certificate,
    caPrivateKeyPem: root.key,
    certRequestPem,
  });
  const files = {
    "ca-cert.pem": certPem,
    "ca-key.pem": key,
    "root-cert.pem": root.certificate,
    "cert-chain.pem": certPem + root.certificate,
  };
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => [name, Buffer.from(text).toString("base64")]),
  );
}
