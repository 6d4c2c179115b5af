import { Certificate } from "@pulumi/gcp/certificateauthority";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { CertificateAuthority } from "./certificateAuthority";
import { certificatesIn, chainProblem, expiryWarning, inPem, rootProblem } from "./certificates";
import type { Mesh } from "./config/schema";
import { keyArgs } from "./meshCertificateAuthority";
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

  constructor(name: string, args: AuthorityServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:trust:AuthorityService", name, {}, opts);
    const { project, mesh, clusters, protect } = args;
    const { pool, location, organization, intermediateValidityDays, ...key } = mesh.certificateAuthority;
    if (!pool || !location) {
      throw new pulumi.RunError(
        "mesh.certificateAuthority needs pool and location with source authorityService.",
      );
    }
    const child = { parent: this, protect };

    const issued = clusters.map((cluster) => {
      const privateKey = new tls.PrivateKey(`${name}-${cluster}`, keyArgs(key), child);
      // No name: Google never frees one, so that the engine's random suffix lets a mesh be made again.
      const certificate = new Certificate(
        `${name}-${cluster}`,
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
        .apply(([own, issuers]) => this.check(cluster, own, issuers));
      return { cluster, checked, privateKey: pulumi.secret(privateKey.privateKeyPem) };
    });

    this.rootCertificate = pulumi
      .all(issued.map(({ checked }) => checked))
      .apply((all) => oneRoot(pool, all));
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

  private check(cluster: string, own: string, issuers: string[]): Issued {
    const now = new Date();
    const certificates = certificatesIn([own, ...issuers].join("\n"));
    const root = certificates?.at(-1);
    const chain = certificates?.slice(0, -1);
    const problem = rootProblem(root && [root], now) ?? chainProblem(chain, root, now);
    if (problem) {
      throw new pulumi.RunError(
        `What Certificate Authority Service signed for ${cluster} ${problem}. See the pool's authorities: gcloud privateca roots list.`,
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
    throw new pulumi.RunError(
      `The CA pool ${pool} signed with ${roots.size} roots, and clusters trust each other by one. ` +
        "Leave one authority enabled in the pool: gcloud privateca roots disable.",
    );
  }
  return [...roots].join("");
}
