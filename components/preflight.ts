import * as pulumi from "@pulumi/pulumi";
import { execFile } from "node:child_process";
import { MeshError } from "./meshError";

/** The command line is as new as the SDK, or newer: https://www.pulumi.com/docs/iac/support/faq/ */
const PULUMI = "3.248.0";

/** What the packages of this program ask for. */
const NODE = [20, 19] as const;

const PLUGIN = "gke-gcloud-auth-plugin";

export interface Preflight {
  /** Whether a cluster is reached with the credentials of gcloud: every GKE cluster that is not given by a kubeconfig. */
  gke: boolean;
}

/**
 * Looks for what has to be installed beside the program.
 *
 * @throws one error with all that is missing and how to get it, before anything is created.
 */
export async function preflight({ gke }: Preflight): Promise<void> {
  const problems = await Promise.all([
    Promise.resolve(nodeProblem(process.versions.node)),
    pulumiProblem(),
    gke ? pluginProblem(PLUGIN) : Promise.resolve(undefined),
  ]);
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) {
    throw new MeshError(["This machine lacks something; nothing was changed.", ...found].join("\n  - "));
  }
}

/** @param version such as `20.19.4`. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > NODE[0] || (major === NODE[0] && minor >= NODE[1])
    ? undefined
    : `Node.js is ${version}: install ${NODE.join(".")} or newer (https://nodejs.org/en/download)`;
}

async function pulumiProblem(): Promise<string | undefined> {
  try {
    await pulumi.requirePulumiVersion(`>=${PULUMI}`);
    return undefined;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return `pulumi is too old: install ${PULUMI} or newer (https://www.pulumi.com/docs/install/). It says: ${said}`;
  }
}

/** What kubectl gives a plugin: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#input-and-output-formats */
const KUBERNETES_EXEC_INFO = JSON.stringify({
  apiVersion: "client.authentication.k8s.io/v1beta1",
  kind: "ExecCredential",
  spec: { interactive: false },
});

/**
 * Asks for a credential, which is not looked at: without a login the waits for a cluster would end only with their deadlines.
 *
 * @param command looked for on PATH.
 */
export function pluginProblem(command: string): Promise<string | undefined> {
  const env = { ...process.env, KUBERNETES_EXEC_INFO };
  return new Promise((resolve) => {
    execFile(command, [], { env, timeout: 60_000 }, (error, _credential, said) => {
      if (!error) {
        resolve(undefined);
        return;
      }
      // A text where the program did not start, as ENOENT; else its exit code.
      const how = error.code === "ENOENT" ? "is not on PATH" : `does not run (${error.message.trim()})`;
      const why = said.replace(/\s+/g, " ").trim().slice(-300) || error.message.trim();
      resolve(
        typeof error.code === "string"
          ? `${command} ${how}, and without it no cluster can be reached: gcloud components install ${PLUGIN}, ` +
              "or the package of that name (https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl#install_plugin)"
          : `${command} gives no credential, and without one no cluster can be reached: gcloud auth login, or in CI what ` +
              `docs/continuous-delivery.md says. It says: ${why}`,
      );
    });
  });
}
