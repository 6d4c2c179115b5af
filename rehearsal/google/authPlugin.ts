import * as fs from "node:fs";

/** The only version that the real plugin speaks, whatever KUBERNETES_EXEC_INFO asks for: clients refuse a mismatch. */
const apiVersion = "client.authentication.k8s.io/v1beta1";

/**
 * What `gke-gcloud-auth-plugin` prints, in the real one's shape
 * (https://github.com/kubernetes/cloud-provider-gcp/blob/master/cmd/gke-gcloud-auth-plugin/cred.go).
 *
 * @param lifetimeSeconds default an hour, as a token of gcloud has
 */
export function execCredential(token: string, now: Date = new Date(), lifetimeSeconds = 3600): string {
  const expiry = new Date(now.getTime() + lifetimeSeconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
  const credential = {
    kind: "ExecCredential",
    apiVersion,
    spec: { interactive: false },
    status: { expirationTimestamp: expiry, token },
  };
  return JSON.stringify(credential, null, 4);
}

const shellQuote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * The stand-in for `gke-gcloud-auth-plugin` as a shell script: it runs at each call of kubectl and each Kubernetes
 * provider, so it must not cost a start of node. Install it under that name, executable, on PATH.
 *
 * @param tokenFile file with the token alone; the environment's REHEARSAL_GOOGLE_TOKEN_FILE goes before it
 */
export function authPluginScript(tokenFile: string): string {
  return `#!/bin/sh
# Stand-in for gke-gcloud-auth-plugin: prints the rehearsal's token for the simulated Google project.
case "$1" in
  --version) echo "Kubernetes v1.33.0+rehearsal"; exit 0 ;;
esac
file=\${REHEARSAL_GOOGLE_TOKEN_FILE:-${shellQuote(tokenFile)}}
if ! token=$(cat "$file" 2>/dev/null) || [ -z "$token" ]; then
  echo "F cred.go: print credential failed with error: Failed to retrieve access token:: no token in $file; is the rehearsal running (npm start -- --keep)?" >&2
  exit 1
fi
expiry=$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || date -u -v+1H +%Y-%m-%dT%H:%M:%SZ)
cat <<END
{
    "kind": "ExecCredential",
    "apiVersion": "${apiVersion}",
    "spec": {
        "interactive": false
    },
    "status": {
        "expirationTimestamp": "$expiry",
        "token": "$token"
    }
}
END
`;
}

/** For a launcher that runs this file with node instead of the script. */
export function main(environment: NodeJS.ProcessEnv): number {
  const file = environment.REHEARSAL_GOOGLE_TOKEN_FILE ?? "";
  try {
    process.stdout.write(execCredential(fs.readFileSync(file, "utf8").trim()));
    return 0;
  } catch (error) {
    process.stderr.write(`no token in "${file}" (REHEARSAL_GOOGLE_TOKEN_FILE): ${String(error)}\n`);
    return 1;
  }
}

if (require.main === module) process.exitCode = main(process.env);
