import { execFile } from "node:child_process";
import { ConnectionError } from "./clientTypes";

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins */
export interface ExecSpec {
  apiVersion: string;
  command: string;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
  installHint?: string;
}

interface ExecCredential {
  kind?: string;
  status?: { token?: string; expirationTimestamp?: string };
}

interface Credential {
  token: string;
  /** Milliseconds; never, when the plugin names no time. */
  expires: number;
}

const versions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
const credentials = new Map<string, Promise<Credential>>();

/**
 * The token of a credential plugin; kept for the whole process until it expires, or until `renew`.
 * @throws ConnectionError that names the plugin and what it said.
 */
export async function execToken(spec: ExecSpec, renew: boolean): Promise<string> {
  const key = JSON.stringify(spec);
  const known = credentials.get(key);
  const credential = renew ? undefined : await known?.catch(() => undefined);
  if (credential && Date.now() < credential.expires) {
    return credential.token;
  }
  // Somebody else may have asked anew while this call waited.
  const current = credentials.get(key);
  const asking = current && current !== known ? current : run(spec);
  credentials.set(key, asking);
  return (await asking).token;
}

async function run(spec: ExecSpec): Promise<Credential> {
  if (!versions.includes(spec.apiVersion)) {
    throw new ConnectionError(
      `exec plugin: invalid apiVersion "${spec.apiVersion}"; use one of ${versions.join(", ")}`,
    );
  }
  const info = { kind: "ExecCredential", apiVersion: spec.apiVersion, spec: { interactive: false } };
  const env = {
    ...process.env,
    ...Object.fromEntries((spec.env ?? []).map(({ name, value }) => [name, value])),
    KUBERNETES_EXEC_INFO: JSON.stringify(info),
  };
  const output = await new Promise<string>((resolve, reject) => {
    execFile(spec.command, spec.args ?? [], { env, timeout: 60_000 }, (error, stdout, stderr) => {
      if (error) {
        reject(new ConnectionError(failure(spec, error, stderr), { cause: error }));
      } else {
        resolve(stdout);
      }
    });
  });
  return credentialFrom(spec, output);
}

function credentialFrom(spec: ExecSpec, output: string): Credential {
  let credential: ExecCredential;
  try {
    credential = JSON.parse(output) as ExecCredential;
  } catch {
    throw new ConnectionError(`getting credentials: ${spec.command} did not answer with JSON`);
  }
  const { token, expirationTimestamp } = credential.status ?? {};
  if (!token) {
    throw new ConnectionError(`getting credentials: ${spec.command} did not return a token`);
  }
  return { token, expires: expirationTimestamp ? Date.parse(expirationTimestamp) : Infinity };
}

function failure(spec: ExecSpec, error: Error & { code?: unknown }, stderr: string): string {
  if (error.code === "ENOENT") {
    const hint = spec.installHint ? `\n\n${spec.installHint}` : "";
    return `getting credentials: exec: executable ${spec.command} not found${hint}`;
  }
  return `getting credentials: exec: executable ${spec.command} failed: ${stderr.trim() || error.message}`;
}
