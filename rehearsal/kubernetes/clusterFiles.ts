import { generateKeyPairSync, randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { type Ca, type KeyPair, issue, makeCa } from "../certificates";
import { layout } from "../layout";
import { addressIn } from "./addresses";
import type { ControlPlaneSpec, User } from "./controlPlane";

/** Who the rehearsal's own parts are to the API server. */
export const ownUsers = {
  admin: { name: "rehearsal", groups: ["system:masters"] },
  "controller-manager": { name: "system:kube-controller-manager", groups: [] },
  scheduler: { name: "system:kube-scheduler", groups: [] },
  // Plays every node's kubelet; RBAC has no role for that.
  kwok: { name: "kwok", groups: ["system:masters"] },
};
export type OwnUser = keyof typeof ownUsers;

export const serviceAccountIssuer = "https://kubernetes.default.svc.cluster.local";

/** A cluster's keys, certificates and configuration files. Keys outlive a restart, everything else is written anew. */
export class ClusterFiles {
  readonly folder: string;
  readonly ca: Ca;
  private readonly tokens: Record<OwnUser, string>;

  constructor(private readonly spec: ControlPlaneSpec) {
    this.folder = layout.cluster(spec.name);
    fs.mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    this.ca = this.kept("ca.json", () => makeCa(`${spec.name} cluster authority`));
    this.tokens = this.kept("tokens.json", () => {
      const entries = Object.keys(ownUsers).map((user) => [user, randomBytes(24).toString("hex")]);
      return Object.fromEntries(entries) as Record<OwnUser, string>;
    });
    const serviceAccounts = this.kept("service-accounts.json", () => {
      const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      return {
        key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
        publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
      };
    });
    this.write("ca.crt", this.ca.certificate);
    this.write("service-accounts.key", serviceAccounts.key);
    this.write("service-accounts.pub", serviceAccounts.publicKey);
    this.writeCertificates();
    this.writeTokens();
  }

  token(user: OwnUser): string {
    return this.tokens[user];
  }

  path(name: string): string {
    return path.join(this.folder, name);
  }

  /** Readable by this user only. */
  write(name: string, text: string): string {
    fs.writeFileSync(this.path(name), text, { mode: 0o600 });
    return this.path(name);
  }

  /** A kubeconfig that reaches the API server on loopback. */
  writeKubeconfig(file: string, user: OwnUser, port: number): string {
    const { name } = this.spec;
    // kubectl merges users by name when it is given several files.
    const userName = `${name}-${user}`;
    const text = stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name,
          cluster: {
            server: `https://127.0.0.1:${port}`,
            "certificate-authority-data": Buffer.from(this.ca.certificate).toString("base64"),
          },
        },
      ],
      users: [{ name: userName, user: { token: this.token(user) } }],
      contexts: [{ name, context: { cluster: name, user: userName } }],
      "current-context": name,
    });
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  private writeCertificates(): void {
    const { privateEndpoint, dnsEndpoint, publicCa, serviceCidr } = this.spec;
    const own = issue(this.ca, {
      cn: "kube-apiserver",
      dns: ["localhost", ...inClusterNames("kubernetes", "default")],
      ips: ["127.0.0.1", "::1", privateEndpoint, addressIn(serviceCidr, 1)],
    });
    // GKE's DNS endpoint has a certificate that every client trusts by itself:
    // https://cloud.google.com/kubernetes-engine/docs/concepts/network-isolation#dns-based_endpoint
    this.writePair("server", own);
    this.writePair("dns-endpoint", issue(publicCa, { cn: dnsEndpoint, dns: [dnsEndpoint] }));
    this.writePair("kubelet", issue(this.ca, { cn: "kubelet", ips: ["127.0.0.1"] }));
  }

  private writePair(name: string, pair: KeyPair): void {
    this.write(`${name}.crt`, pair.certificate);
    this.write(`${name}.key`, pair.key);
  }

  private writeTokens(): void {
    const own = Object.entries(ownUsers) as [OwnUser, (typeof ownUsers)[OwnUser]][];
    const users: User[] = own.map(([user, identity]) => ({ ...identity, token: this.tokens[user] }));
    this.write("tokens.csv", tokenFile([...users, ...this.spec.users]));
  }

  private kept<T>(name: string, make: () => T): T {
    if (fs.existsSync(this.path(name))) {
      return JSON.parse(fs.readFileSync(this.path(name), "utf8")) as T;
    }
    const value = make();
    this.write(name, JSON.stringify(value));
    return value;
  }
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file */
export function tokenFile(users: User[]): string {
  return users
    .map(({ token, name, groups }) => `${[token, name, name, groups.join(",")].map(quoted).join(",")}\n`)
    .join("");
}

function quoted(field: string): string {
  return `"${field.replaceAll('"', '""')}"`;
}

function inClusterNames(service: string, namespace: string): string[] {
  const inNamespace = `${service}.${namespace}`;
  return [service, inNamespace, `${inNamespace}.svc`, `${inNamespace}.svc.cluster.local`];
}
