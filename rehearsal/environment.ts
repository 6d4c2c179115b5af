import * as fs from "node:fs";
import * as path from "node:path";
import { publicCaFile, tokenFile } from "./credentials";
import { installPlugins } from "./engine/plugins";
import { authPluginScript } from "./google/authPlugin";
import { socketVariable } from "./google/server";
import { home, layout } from "./layout";
import type { ProviderChoice } from "./options";
import { passphraseFile } from "./program";
import type { Tools } from "./tools";

/** Where the stand-in for Google's provider finds the project. */
export const projectSocket = path.join(layout.run, "google.sock");

/**
 * Writes what people and the engine find on PATH.
 * @returns names of the plugins that are not played
 */
export async function writeCommands(tools: Tools, providers: ProviderChoice): Promise<string[]> {
  const realPlugins = await installPlugins(providers);
  const plugin = path.join(layout.bin, "gke-gcloud-auth-plugin");
  fs.writeFileSync(plugin, authPluginScript(tokenFile), { mode: 0o755 });
  for (const name of ["pulumi", "kubectl", "istioctl"] as const) {
    const link = path.join(layout.bin, name);
    fs.rmSync(link, { force: true });
    fs.symlinkSync(tools[name], link);
  }
  return realPlugins;
}

/**
 * The environment of a person outside of Google Cloud who works on the project.
 * @param proxy URL of the way to the internet
 */
export function environmentOf(proxy: string): Record<string, string> {
  return {
    PATH: `${layout.bin}${path.delimiter}${process.env.PATH ?? ""}`,
    KUBECACHEDIR: path.join(home, "kube-cache"),
    PULUMI_HOME: path.join(home, "pulumi"),
    PULUMI_BACKEND_URL: `file://${layout.state}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    HTTPS_PROXY: proxy,
    NO_PROXY: "127.0.0.1,localhost,::1",
    SSL_CERT_FILE: publicCaFile,
    NODE_EXTRA_CA_CERTS: publicCaFile,
    [socketVariable]: projectSocket,
  };
}
