import * as fs from "node:fs";
import * as path from "node:path";
import type { Rehearsal } from "./host";
import { home, layout } from "./layout";

/** What belongs to Kubernetes and to the person on this machine: a control plane's own keys, and ways into it. */
const KEPT_BY_THE_MACHINE = [
  /^clusters\//,
  /^[^/]+\.kubeconfig$/,
  /^(token|token\.json|passphrase|public-ca\.json)$/,
];

export interface Secret {
  what: string;
  value: string;
}

/** Secrets of the mesh that stand readable in a file of the rehearsal: `file: what`. */
export async function readableSecrets(rehearsal: Rehearsal): Promise<string[]> {
  return readable(await secretsOfTheMesh(rehearsal));
}

/** The same for secrets that were collected before their clusters went. */
export function readable(secrets: Secret[]): string[] {
  if (secrets.length < 10) {
    throw new Error(`only ${secrets.length} secrets were found to look for: the search proves nothing`);
  }
  return filesBelow(home).flatMap((file) => {
    const name = path.relative(home, file);
    if (KEPT_BY_THE_MACHINE.some((pattern) => pattern.test(name))) {
      return [];
    }
    const text = fs.readFileSync(file, "latin1");
    const found = secrets.filter(({ value }) => text.includes(value)).map(({ what }) => what);
    const markers = holdsPrivateKey(text) ? ["a PEM private key"] : [];
    return [...found, ...markers].map((what) => `${name}: ${what}`);
  });
}

/** In plain text, or in base64 as Kubernetes writes it. */
function holdsPrivateKey(text: string): boolean {
  const encoded = text.match(/LS0tLS1CRUdJTi[A-Za-z0-9+/=]+/g) ?? [];
  return [text, ...encoded.map((base64) => Buffer.from(base64, "base64").toString("latin1"))].some((plain) =>
    /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(plain),
  );
}

/** Every value of every Secret in the clusters, in plain text and in base64, but for what is public by nature. */
export async function secretsOfTheMesh(rehearsal: Rehearsal): Promise<Secret[]> {
  const all = await Promise.all(
    [...rehearsal.clusters].map(async ([cluster, { plane }]) => {
      const objects = await plane.client.list("v1", "Secret");
      return objects.flatMap(({ metadata, data = {} }) =>
        Object.entries(data as Record<string, string>)
          .filter(([key]) => !/(\.crt|cert.*\.pem|cert-chain\.pem|namespace)$/.test(key))
          .flatMap(([key, base64]) => {
            const what = `${cluster} ${metadata.namespace ?? ""}/${metadata.name} ${key}`;
            const plain = Buffer.from(base64, "base64").toString("latin1");
            return [plain, base64, ...linesOf(plain)].map((value) => ({ what, value }));
          }),
      );
    }),
  );
  // Ways in that this machine made: a person's token for Google, and the passphrase of the state.
  const machine = ["token", "passphrase"].map((name) => ({
    what: `the machine's ${name}`,
    value: fs.readFileSync(path.join(home, name), "utf8").trim(),
  }));
  return [...all.flat(), ...machine];
}

/** A key may stand in JSON, where its line breaks are written otherwise: each of its longer lines gives it away too. */
function linesOf(plain: string): string[] {
  return plain.split("\n").filter((line) => line.length >= 60 && !line.startsWith("-----"));
}

function filesBelow(folder: string): string[] {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (file === layout.program || file === layout.bin) {
      return [];
    }
    return entry.isDirectory() ? filesBelow(file) : entry.isFile() ? [file] : [];
  });
}
