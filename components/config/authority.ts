import type { X509Certificate } from "node:crypto";
import { certificatesIn, chainProblem, keyProblem, rootProblem, expiryWarning } from "../certificates";
import type { Draft } from "./draft";
import { clusterNames } from "./names";
import { at, type Problem, unknownName } from "./problems";
import type { Mesh } from "./schema";
import { isObject } from "./schemaProblems";

/** What a stack's secret `mesh:certificateAuthority` holds with source `given`: all PEM. */
export interface GivenAuthority {
  /** The root's certificate. Its key stays with you. */
  root: string;
  /** By cluster. */
  intermediates: Record<
    string,
    {
      /** The intermediate's certificate; after it, those between it and the root, if there are any. */
      certificate: string;
      privateKey: string;
    }
  >;
}

const KEY = "mesh:certificateAuthority";

type Field = keyof Mesh["certificateAuthority"];

/** Fields that do nothing with a source. */
const USELESS: Record<Mesh["certificateAuthority"]["source"], Field[]> = {
  generated: ["pool", "location"],
  given: [
    "pool",
    "location",
    "algorithm",
    "rsaBits",
    "ecdsaCurve",
    "rootValidityDays",
    "intermediateValidityDays",
    "organization",
  ],
  authorityService: ["rootValidityDays"],
};

/**
 * Checks where the mesh's trust comes from, and what was given: chains, keys, kinds and dates.
 *
 * @param given the stack's secret `mesh:certificateAuthority`. No message shows what is in it.
 * @param owned whether this stack owns the home cluster, and so is the one that needs it.
 */
export function authorityProblems(draft: Draft, given: unknown, owned: boolean, now = new Date()): Problem[] {
  if (draft.broken("certificateAuthority")) return [];
  const { source, pool, location } = draft.mesh.certificateAuthority;
  const written = isObject(draft.written.certificateAuthority) ? draft.written.certificateAuthority : {};
  const problems: Problem[] = USELESS[source]
    .filter((field) => written[field] !== undefined)
    .map((field) => ({
      path: at("certificateAuthority", field),
      value: written[field],
      remedy: `does nothing with source: ${source}; leave it out`,
    }));
  if (source === "authorityService") {
    for (const [field, value, example] of [
      ["pool", pool, "the name of a CA pool of the Enterprise tier"],
      ["location", location, "the pool's region"],
    ] as const) {
      if (value === undefined) {
        problems.push({ path: at("certificateAuthority", field), remedy: `is missing; write ${example}` });
      }
    }
  }
  return [...problems, ...(owned ? givenProblems(draft, source, given, now) : straySecret(given))];
}

function straySecret(given: unknown): Problem[] {
  return given === undefined
    ? []
    : [{ path: KEY, remedy: "is for the stack of the home cluster alone; take it out of this one" }];
}

function givenProblems(draft: Draft, source: string, given: unknown, now: Date): Problem[] {
  if (source !== "given") {
    return given === undefined
      ? []
      : [
          {
            path: KEY,
            remedy: `does nothing with source: ${source}; write ${at("certificateAuthority", "source")}: given, or take it out`,
          },
        ];
  }
  const set = (path: string, file: string) => `pulumi config set --secret --path '${KEY}.${path}' < ${file}`;
  const { root, intermediates } = isObject(given) ? given : {};
  const roots = typeof root === "string" ? certificatesIn(root) : undefined;
  const problems: Problem[] = [];
  const wrong = (path: string, remedy: string) => problems.push({ path: `${KEY}.${path}`, remedy });
  const rootWrong = rootProblem(roots, now);
  if (rootWrong) {
    wrong("root", `${rootWrong}: ${set("root", "root-cert.pem")}`);
  }
  const entries = isObject(intermediates) ? intermediates : {};
  const clusters = clusterNames(draft);
  for (const name of Object.keys(entries).filter((one) => !clusters.includes(one))) {
    wrong(`intermediates.${name}`, `is for no cluster of the mesh: ${unknownName(name, clusters)}`);
  }
  for (const cluster of clusters) {
    const entry = isObject(entries[cluster]) ? entries[cluster] : {};
    const path = `intermediates.${cluster}`;
    const chain = typeof entry.certificate === "string" ? certificatesIn(entry.certificate) : undefined;
    const chainWrong = chainProblem(chain, roots?.[0], now);
    if (chainWrong) {
      wrong(`${path}.certificate`, `${chainWrong}: ${set(`${path}.certificate`, "ca-cert.pem")}`);
    }
    const keyWrong = keyProblem(entry.privateKey, chain?.[0]);
    if (keyWrong) {
      wrong(`${path}.privateKey`, `${keyWrong}: ${set(`${path}.privateKey`, "ca-key.pem")}`);
    }
  }
  return problems;
}

/** Certificates that were given and end soon. */
export function authorityWarnings(given: unknown, now = new Date()): string[] {
  if (!isObject(given)) return [];
  const { root, intermediates } = given as unknown as GivenAuthority;
  const all: [string, X509Certificate | undefined][] = [
    ["The mesh's root certificate", certificatesIn(root)?.[0]],
    ...Object.entries(intermediates).map(
      ([cluster, { certificate }]): [string, X509Certificate | undefined] => [
        `The intermediate certificate of ${cluster}`,
        certificatesIn(certificate)?.[0],
      ],
    ),
  ];
  return all.flatMap(([what, certificate]) => {
    const warning = certificate && expiryWarning(what, certificate.validTo, now);
    return warning ? [warning] : [];
  });
}
