import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { ApiClient, NoMatchError } from "../../../kubernetes/client";
import { parseKubeconfig } from "../../../kubernetes/kubeconfig";
import { configValue, plain, type Properties, type Value } from "../values";
import { builtInNamespaced, type Kind } from "./kinds";
import { text } from "./object";
import type { Mutability } from "./replacements";

/** What the provider's arguments come to. */
export interface Settings extends Mutability {
  /** Absent when there is no usable kubeconfig. */
  client?: ApiClient;
  /** Why the cluster cannot be reached; decided once, when the provider is configured. */
  unreachable?: string;
  defaultNamespace: string;
  deleteUnreachable: boolean;
  skipUpdateUnreachable: boolean;
  enablePatchForce: boolean;
  upsertExistingObjects: boolean;
}

/** An answer within this time, or the cluster counts as unreachable. */
const reachTimeout = 30_000;

/** @throws Error for a setting that the stand-in does not have. */
export async function readSettings(args: Properties): Promise<Settings> {
  const flag = (name: string, variable: string) =>
    configValue(args[name]) === true || (args[name] === undefined && process.env[variable] === "true");
  if (configValue(args.enableServerSideApply) === false) {
    throw new Error("enableServerSideApply: false is not played by the rehearsal; leave it out, or set true");
  }
  if (plain(args.renderYamlToDirectory)) {
    throw new Error("renderYamlToDirectory is not played by the rehearsal; leave it out");
  }
  const settings: Settings = {
    defaultNamespace: text(plain(args.namespace)) || "default",
    deleteUnreachable: flag("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"),
    skipUpdateUnreachable: flag("skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE"),
    enableSecretMutable: flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
    enableConfigMapMutable: flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
    enablePatchForce: flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE"),
    upsertExistingObjects: flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"),
  };
  try {
    const kubeconfig = parseKubeconfig(kubeconfigText(args.kubeconfig), {
      context: text(plain(args.context)) || undefined,
      cluster: text(plain(args.cluster)) || undefined,
    });
    settings.defaultNamespace = text(plain(args.namespace)) || kubeconfig.namespace || "default";
    settings.client = ApiClient.fromParsed(kubeconfig);
  } catch (error) {
    settings.unreachable = `failed to parse kubeconfig data in \`kubernetes:config:kubeconfig\`- ${(error as Error).message}`;
    return settings;
  }
  try {
    await settings.client.request("GET", "/apis", { signal: AbortSignal.timeout(reachTimeout) });
  } catch (error) {
    settings.unreachable = `unable to load schema information from the API server: ${(error as Error).message}`;
  }
  return settings;
}

/** A kubeconfig's contents, a path to one, or what kubectl would use. */
export function kubeconfigText(value: Value): string {
  const given = plain(value);
  if (given !== null && typeof given === "object") {
    return JSON.stringify(given);
  }
  const ambient = process.env.KUBECONFIG?.split(path.delimiter)[0] ?? "~/.kube/config";
  const contents = typeof given === "string" && given !== "" ? given : ambient;
  if (contents.includes("\n") || contents.startsWith("{")) {
    return contents;
  }
  const file = contents.replace(/^~(?=$|\/)/, os.homedir());
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : contents;
}

/** The client of a reachable cluster. @throws Error with the reason why there is none. */
export function reach(settings: Settings): ApiClient {
  if (!settings.client || settings.unreachable !== undefined) {
    throw new Error(`configured Kubernetes cluster is unreachable: ${settings.unreachable}`);
  }
  return settings.client;
}

/** Whether the cluster serves the kind now; no for one that cannot be reached. */
export async function kindExists(settings: Settings, { apiVersion, kind }: Kind): Promise<boolean> {
  return (await lookUp(settings, { apiVersion, kind })) !== undefined;
}

/** A custom resource of a kind that is not there yet is taken to have a namespace. */
export async function isNamespaced(settings: Settings, kind: Kind): Promise<boolean> {
  return builtInNamespaced(kind) ?? (await lookUp(settings, kind))?.namespaced ?? true;
}

async function lookUp(settings: Settings, { apiVersion, kind }: Kind) {
  if (!settings.client || settings.unreachable !== undefined) {
    return undefined;
  }
  try {
    return await settings.client.resourceFor(apiVersion, kind);
  } catch (error) {
    if (error instanceof NoMatchError) {
      return undefined;
    }
    throw error;
  }
}
