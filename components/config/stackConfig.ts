import type { Mesh } from "./schema";
import { KUBECONFIG } from "./selection";
import { nearest } from "./problems";
import { readMesh } from "./validate";

/** A stack's configuration, read and checked. */
export interface StackConfig {
  mesh: Mesh;
  /** Lines that name a field and what to write to be rid of them. */
  warnings: string[];
  /** Google Cloud project id. */
  project: string;
  /** Names of the clusters that the stack owns. */
  clusters: string[];
  /** Names of clusters whose stacks are up already. */
  peers: string[];
  /** Clusters with a secret `mesh:kubeconfig-<cluster>`. Its value is checked, and is not in here. */
  kubeconfigs: string[];
  /** Undefined where the stack does not say. */
  deletionProtection?: boolean;
  /** Whether to ask Google beforehand what the account may do. */
  checkPermissions: boolean;
}

/**
 * Reads a stack's configuration as the engine gives it to a program: a text for each full key, which is JSON for whatever is
 * no text itself. Pure, as {@link readMesh} is.
 *
 * @param texts such as `{ "gcp:project": "my-project", "mesh:clusters": '["us-east1"]' }`.
 * @param of.namespace the part before the colon of this program's keys, which is the project's name in Pulumi.yaml.
 * @param of.stack the stack's name.
 * @throws {MeshConfigError} with all mistakes at once.
 */
export function readStackConfig(
  texts: Readonly<Record<string, string>>,
  { namespace, stack }: { namespace: string; stack: string },
): StackConfig {
  const prefix = `${namespace}:`;
  const own = new Map(
    Object.entries(texts)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, text]) => [key.slice(prefix.length), text]),
  );
  const keys = [...own.keys()];
  const strayKeys = Object.keys(texts).filter((key) => {
    const [other = ""] = key.split(":");
    return other !== namespace && (other.includes(namespace) || nearest(other, [namespace]) !== undefined);
  });
  const kubeconfigs = keys.flatMap((key) =>
    key.startsWith(KUBECONFIG) ? [key.slice(KUBECONFIG.length)] : [],
  );
  const project = texts["gcp:project"] ?? "";
  const clusters = valueOf(own.get("clusters")) ?? [];
  const peers = valueOf(own.get("peers")) ?? [];
  const deletionProtection = valueOf(own.get("deletionProtection"));
  const checkPermissions = valueOf(own.get("checkPermissions"));
  const read = readMesh(valueOf(own.get("mesh")), {
    // Checked there: what is written by hand may be anything.
    clusters: clusters as string[],
    peers: peers as string[],
    deletionProtection,
    checkPermissions,
    kubeconfigs,
    kubeconfigTexts: Object.fromEntries(
      kubeconfigs.map((cluster) => [cluster, own.get(`${KUBECONFIG}${cluster}`) ?? ""]),
    ),
    certificateAuthority: valueOf(own.get("certificateAuthority")),
    keys,
    strayKeys,
    project,
    stack,
  });
  return {
    ...read,
    project,
    clusters: clusters as string[],
    peers: peers as string[],
    kubeconfigs,
    deletionProtection: deletionProtection as boolean | undefined,
    checkPermissions: checkPermissions !== false,
  };
}

/** The value that JSON says, or the text itself where it says none. */
function valueOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
