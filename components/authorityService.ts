import { Certificate } from "@pulumi/gcp/certificateauthority";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { createHash } from "node:crypto";
import type { CertificateAuthority } from "./certificateAuthority";
import { certificatesIn, chainProblem, expiryWarning, inPem, rootProblem } from "./certificates";
import type { Mesh } from "./config/schema";
import { keyArgs } from "./meshCertificateAuthority";
import { MeshError } from "./meshError";
import type { SigningCertificate } from "./peers";

export interface AuthorityServiceArgs {
  project: string;
  mesh: Mesh;
  /** Names of all clusters of the mesh, also of those that other stacks own. */
  clusters: string[];
  /** Refuse to delete or replace keys and certificates: everything that they signed would go with them. */
  protect: boolean;
}

const SECONDS_PER_DAY = 24 * 3600;

/**
 * Trust by Google Certificate Authority Service: a CA pool of the project signs one intermediate per cluster, and the root's key
 * never leaves Google. Google keeps certificates for good; a destroy revokes them.
 *
 * @throws when the pool signs with something that istiod cannot use, before any cluster gets it.
 */
// https://cloud.google.com/certificate-authority-service/docs/best-practices
export class AuthorityService extends pulumi.ComponentResource implements CertificateAuthority {
  readonly rootCertificate: CertificateAuthority["rootCertificate"];
  readonly intermediates: CertificateAuthority["intermediates"];
  readonly checked: pulumi.Output<pulumi.Resource>;

  constructor(name: string, args: AuthorityServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:trust:AuthorityService", name, {}, opts);
    const { project, mesh, clusters, protect } = args;
    const { pool, location, organization, intermediateValidityDays, ...key } = mesh.certificateAuthority;
    if (!pool || !location) {
      throw new MeshError("mesh.certificateAuthority needs pool and location with source authorityService.");
    }
    const child = { parent: this, protect };

    const issued = clusters.map((cluster) => {
      const logicalName = withRoomForSuffix(`${name}-${cluster}`);
      const privateKey = new tls.PrivateKey(logicalName, keyArgs(key), child);
      // No name: Google never frees one. The engine makes a new one for each certificate, also where an answer was lost or a
      // destroy stopped half-way, so that a mesh can be made again.
      const certificate = new Certificate(
        logicalName,
        {
          project,
          location,
          pool,
          lifetime: `${intermediateValidityDays * SECONDS_PER_DAY}s`,
          config: {
            subjectConfig: { subject: { commonName: "Intermediate CA", organization, locality: cluster } },
            publicKey: {
              format: "PEM",
              key: privateKey.publicKeyPem.apply((pem) => Buffer.from(pem).toString("base64")),
            },
            x509Config: {
              // It signs workloads and no further authority.
              caOptions: { isCa: true, zeroMaxIssuerPathLength: true },
              keyUsage: {
                baseKeyUsage: { certSign: true, crlSign: true, digitalSignature: true },
                extendedKeyUsage: {},
              },
            },
          },
        },
        child,
      );
      const checked = pulumi
        .all([certificate.pemCertificate, certificate.pemCertificateChains])
        .apply(([own, issuers]) => this.check({ cluster, logicalName }, own, issuers));
      return { cluster, checked, privateKey: pulumi.secret(privateKey.privateKeyPem) };
    });

    this.rootCertificate = pulumi
      .all(issued.map(({ checked }) => checked))
      .apply((all) => oneRoot(pool, all));
    this.checked = this.rootCertificate.apply(() => this);
    this.intermediates = pulumi.secret(
      pulumi
        .all(
          issued.map(({ cluster, checked, privateKey }) =>
            pulumi.all([checked, privateKey]).apply(([{ certificate, issuers }, key]) => {
              const signing: SigningCertificate = { certificate, issuers, privateKey: key };
              return [cluster, signing] as const;
            }),
          ),
        )
        .apply((entries) => Object.fromEntries(entries)),
    );
    this.registerOutputs({ rootCertificate: this.rootCertificate });
  }

  private check({ cluster, logicalName }: Wanted, own: string, issuers: string[]): Issued {
    const now = new Date();
    const certificates = certificatesIn([own, ...issuers].join("\n"));
    const root = certificates?.at(-1);
    const chain = certificates?.slice(0, -1);
    const problem = rootProblem(root && [root], now) ?? chainProblem(chain, root, now);
    if (problem) {
      throw new MeshError(
        `What Certificate Authority Service signed for ${cluster} ${problem}. See the pool's authorities (gcloud privateca roots list), ` +
          `then have it sign again: pulumi up --ignore-protect --replace '**::${logicalName}'`,
      );
    }
    const [certificate, ...between] = chain ?? [];
    const warning =
      certificate && expiryWarning(`The intermediate certificate of ${cluster}`, certificate.validTo);
    if (warning) {
      void pulumi.log.warn(warning, this);
    }
    return {
      certificate: inPem(certificate && [certificate]),
      issuers: inPem(between),
      root: inPem(root && [root]),
    };
  }
}

/** Of an id in a CA pool: https://cloud.google.com/certificate-authority-service/docs/reference/rest/v1/projects.locations.caPools.certificates/create */
const ID_MAX = 63;

/** A logical name to which the engine can add a hyphen and seven characters, and have an id: long ones end in their hash. */
function withRoomForSuffix(name: string): string {
  const max = ID_MAX - "-1234567".length;
  if (name.length <= max) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${name.slice(0, max - hash.length - 1)}-${hash}`;
}

interface Wanted {
  cluster: string;
  /** Of its key and its certificate. */
  logicalName: string;
}

/** PEM. */
interface Issued {
  certificate: string;
  issuers: string;
  root: string;
}

/** A pool may hold several authorities; a mesh has one root. */
function oneRoot(pool: string, issued: Issued[]): string {
  const roots = new Set(issued.map(({ root }) => root));
  if (roots.size !== 1) {
    throw new MeshError(
      `The CA pool ${pool} signed with ${roots.size} roots, and clusters trust each other by one. ` +
        "Leave one authority enabled in the pool: gcloud privateca roots disable.",
    );
  }
  return [...roots].join("");
}
