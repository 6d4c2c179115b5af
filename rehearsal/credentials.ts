import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { type Ca, makeCa } from "./certificates";
import { home } from "./layout";

/** Who Pulumi, kubectl and istioctl are: an owner of the project, and so an administrator of its clusters. */
export const PERSON = { name: "platform-engineer@example.com", groups: ["system:masters"] };

/** Where programs find {@link Credentials.publicCa}; PEM. */
export const publicCaFile = path.join(home, "public-ca.pem");

/** Where the authentication plugin finds {@link Credentials.token}. */
export const tokenFile = path.join(home, "token");

export interface Credentials {
  /** The authority that publicly trusted endpoints of this rehearsal go back to. */
  publicCa: Ca;
  /** That of {@link PERSON}. */
  token: string;
}

/** Makes them once per rehearsal: clusters that are there already know them. */
export function keptCredentials(): Credentials {
  return {
    publicCa: kept("public-ca.json", () => makeCa("Rehearsal Public CA")),
    token: kept("token.json", () => randomBytes(24).toString("base64url")),
  };
}

/** Writes both to where other programs look for them. */
export function writeCredentials({ publicCa, token }: Credentials): void {
  fs.writeFileSync(publicCaFile, publicCa.certificate);
  fs.writeFileSync(tokenFile, token, { mode: 0o600 });
}

function kept<T>(name: string, make: () => T): T {
  const file = path.join(home, name);
  if (!fs.existsSync(file)) {
    fs.writeFileSync(file, JSON.stringify(make()), { mode: 0o600 });
  }
  return JSON.parse(fs.readFileSync(file, "utf8")) as T;
}
