import { createHash, createPublicKey, randomBytes, type KeyObject } from "node:crypto";
import type { Argument, StateResource } from "../stateResource";
import { isObject, type Properties, type Value } from "../values";
import { alternativeNames, certificateExtensions, generalNames, nameTags, allowedUses } from "./extensions";
import {
  algorithmOf,
  algorithms,
  curves,
  generateKey,
  parsePrivateKey,
  privateKeyPem,
  publicKeyDer,
} from "./keys";
import type { Algorithm, Curve } from "./keys";
import { checkSubject, emptyName, encodeName } from "./names";
import { opensshForms } from "./openssh";
import { encodePem } from "./pem";
import { parseCertificate, parseRequest, signCertificate, signRequest } from "./x509";

const HOUR = 3_600_000;

const writeOnly: Argument = {
  type: "string",
  unsupported: "Write-only keys are not played by the rehearsal: use the argument without Wo.",
};
const subjectArguments: Record<string, Argument> = {
  subject: { type: "map" },
  dnsNames: { type: "strings" },
  ipAddresses: { type: "strings" },
  uris: { type: "strings" },
  privateKeyPem: { type: "string", required: true },
  privateKeyPemWo: writeOnly,
  privateKeyPemWoVersion: writeOnly,
};
const certificateArguments: Record<string, Argument> = {
  validityPeriodHours: { type: "number", required: true, atLeast: 0 },
  allowedUses: { type: "strings", required: true, oneOf: allowedUses },
  earlyRenewalHours: { type: "number", default: 0, atLeast: 0, inPlace: true },
  isCaCertificate: { type: "boolean", default: false },
  maxPathLength: { type: "number", atLeast: -1 },
  setSubjectKeyId: { type: "boolean", default: false },
};

export const privateKey: StateResource = {
  arguments: {
    algorithm: { type: "string", required: true, oneOf: algorithms },
    rsaBits: { type: "number", default: 2048 },
    ecdsaCurve: { type: "string", default: "P224", oneOf: Object.keys(curves) },
  },
  computed: [
    "privateKeyPem",
    "privateKeyOpenssh",
    "privateKeyPemPkcs8",
    "publicKeyPem",
    "publicKeyOpenssh",
    "publicKeyFingerprintMd5",
    "publicKeyFingerprintSha256",
  ],
  create(inputs) {
    const key = generateKey(
      inputs.algorithm as Algorithm,
      inputs.rsaBits as number,
      inputs.ecdsaCurve as Curve,
    );
    const spki = publicKeyDer(key);
    return {
      id: createHash("sha1").update(spki).digest("hex"),
      outputs: {
        privateKeyPem: privateKeyPem(key),
        privateKeyPemPkcs8: encodePem("PRIVATE KEY", key.export({ type: "pkcs8", format: "der" })),
        publicKeyPem: encodePem("PUBLIC KEY", spki),
        ...opensshForms(key),
      },
    };
  },
};

export const certRequest: StateResource = {
  arguments: subjectArguments,
  computed: ["certRequestPem", "keyAlgorithm"],
  validate: (inputs) => checkSubject(inputs.subject),
  create(inputs) {
    const key = readKey("private key", inputs.privateKeyPem);
    const subject = subjectOf(inputs);
    const names = namesOf(inputs);
    const request = signRequest(subject, alternativeNames(names, false), key);
    return {
      id: createHash("sha1").update(request).digest("hex"),
      outputs: { certRequestPem: encodePem("CERTIFICATE REQUEST", request), keyAlgorithm: algorithmOf(key) },
    };
  },
};

export const selfSignedCert: StateResource = {
  arguments: {
    ...subjectArguments,
    ...certificateArguments,
    setAuthorityKeyId: { type: "boolean", default: false },
  },
  computed: ["certPem", "keyAlgorithm", "validityStartTime", "validityEndTime"],
  validate: (inputs) => checkSubject(inputs.subject),
  create(inputs) {
    const key = readKey("private key", inputs.privateKeyPem);
    const subject = subjectOf(inputs);
    if (inputs.setAuthorityKeyId === true && !inputs.isCaCertificate && !inputs.setSubjectKeyId) {
      throw new Error("Invalid Certificate Authority: Could not determine Authority Key Identifier");
    }
    const { id, outputs } = issue(inputs, {
      key,
      subject,
      issuer: subject,
      publicKey: publicKeyDer(key),
      names: namesOf(inputs),
      authorityKeyId: inputs.setAuthorityKeyId === true ? "own" : undefined,
    });
    return { id, outputs: { ...outputs, keyAlgorithm: algorithmOf(key) } };
  },
  refresh: renewal,
  expired,
};

export const locallySignedCert: StateResource = {
  arguments: {
    ...certificateArguments,
    caCertPem: { type: "string", required: true },
    certRequestPem: { type: "string", required: true },
    caPrivateKeyPem: { type: "string", required: true },
    caPrivateKeyPemWo: writeOnly,
    caPrivateKeyPemWoVersion: writeOnly,
  },
  computed: ["certPem", "caKeyAlgorithm", "validityStartTime", "validityEndTime"],
  create(inputs, request) {
    const wanted = named("Failed to parse certificate request PEM", () =>
      parseRequest(inputs.certRequestPem as string),
    );
    const key = readKey("CA private key", inputs.caPrivateKeyPem);
    const ca = named("Failed to parse CA certificate PEM", () =>
      parseCertificate(inputs.caCertPem as string),
    );
    if (!ca.isCa) {
      request.log(
        "warning",
        "Potentially Invalid Certificate Authority: Certificate provided as Authority does not appear to be a valid " +
          "Certificate Authority. The resulting certificate might fail certificate validation.",
      );
    }
    if (!createPublicKey(key).equals(ca.publicKey)) {
      throw new Error(
        "Failed to create certificate: x509: provided PrivateKey doesn't match parent's PublicKey",
      );
    }
    const tags = [nameTags.dns, nameTags.ip, nameTags.uri].map((n) => 0x80 | n);
    const { id, outputs } = issue(inputs, {
      key,
      subject: wanted.subject,
      issuer: ca.subject,
      publicKey: wanted.publicKey,
      names: tags.flatMap((tag) => wanted.names.filter((name) => name.tag === tag).map((name) => name.raw)),
      // Go leaves the identifier out where issuer and subject have the same name.
      authorityKeyId: ca.subject.equals(wanted.subject) ? undefined : ca.subjectKeyId,
    });
    return { id, outputs: { ...outputs, caKeyAlgorithm: algorithmOf(key) } };
  },
  refresh: renewal,
  expired,
};

interface Issue {
  /** Signs. */
  key: KeyObject;
  subject: Buffer;
  issuer: Buffer;
  publicKey: Buffer;
  names: Buffer[];
  authorityKeyId?: Buffer | "own";
}

function issue(inputs: Properties, parts: Issue): { id: string; outputs: Properties } {
  const isCa = inputs.isCaCertificate === true;
  const subjectIsEmpty = parts.subject.equals(emptyName);
  if (isCa && subjectIsEmpty) {
    throw new Error(
      "Invalid Certificate Subject: Must contain at least one Distinguished Name when creating Certificate Authority (CA)",
    );
  }
  const notBefore = new Date();
  const notAfter = new Date(notBefore.getTime() + (inputs.validityPeriodHours as number) * HOUR);
  const serialNumber = BigInt(`0x${randomBytes(16).toString("hex")}`);
  const certPem = named("Failed to create certificate", () =>
    signCertificate(
      {
        ...parts,
        serialNumber,
        notBefore,
        notAfter,
        extensions: certificateExtensions({
          ...parts,
          allowedUses: inputs.allowedUses as string[],
          isCa,
          maxPathLength: inputs.maxPathLength as number | undefined,
          setSubjectKeyId: inputs.setSubjectKeyId === true,
          subjectIsEmpty,
        }),
      },
      parts.key,
    ),
  );
  const validityEndTime = notAfter.toISOString();
  return {
    id: serialNumber.toString(),
    outputs: { certPem, validityStartTime: notBefore.toISOString(), validityEndTime, readyForRenewal: false },
  };
}

/** Whether now is within the early renewal period, or past the end. */
function isDue(outputs: Properties): boolean {
  const end = Date.parse(outputs.validityEndTime as string);
  return Date.now() >= end - (outputs.earlyRenewalHours as number) * HOUR;
}

function renewal(outputs: Properties): Properties {
  return isDue(outputs) ? { readyForRenewal: true } : {};
}

function expired(outputs: Properties): string | undefined {
  return isDue(outputs) ? "readyForRenewal" : undefined;
}

function subjectOf(inputs: Properties): Buffer {
  return encodeName(isObject(inputs.subject) ? inputs.subject : undefined);
}

function namesOf(inputs: Properties): Buffer[] {
  const list = (name: string) => (inputs[name] as string[] | undefined) ?? [];
  return generalNames(list("dnsNames"), list("ipAddresses"), list("uris"));
}

function readKey(what: string, pem: Value): KeyObject {
  return named(`Failed to parse ${what} PEM`, () => parsePrivateKey(pem as string));
}

/** Says what was tried before what went wrong, as Terraform's diagnostics do. */
function named<T>(summary: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new Error(`${summary}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
