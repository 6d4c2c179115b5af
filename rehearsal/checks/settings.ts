import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { isObject, objectAt, textAt, textsAt } from "../google/properties";

/** What the user's configuration asks for, as far as checks depend on it. */
export interface Settings {
  /** Names of the clusters that the stacks own. */
  clusters: string[];
  /** Namespace of the verify workload; undefined when it is off. */
  verifyNamespace: string | undefined;
  /** Names of the standalone network endpoint groups, by cluster. */
  namedNegs: Record<string, string>;
}

/** Reads `Pulumi.yaml` and the stacks' files. */
export function readSettings(folder: string, stacks: string[]): Settings {
  const read = (name: string) => parse(fs.readFileSync(path.join(folder, name), "utf8")) as unknown;
  return settingsOf(
    read("Pulumi.yaml"),
    stacks.map((stack) => read(`Pulumi.${stack}.yaml`)),
  );
}

/** @param stacks the stacks' files, parsed; a stack's own `mesh:mesh` replaces that of the project. */
export function settingsOf(project: unknown, stacks: unknown[]): Settings {
  const configs = stacks.map((stack) => objectAt(stack, "config"));
  const own = configs.map((config) => config["mesh:mesh"]).find(isObject);
  const mesh = own ?? objectAt(project, "config.mesh.value");
  const clusters = Object.entries(objectAt(mesh, "clusters"));
  return {
    clusters: configs.flatMap((config) => textsAt(config, "mesh:clusters")),
    verifyNamespace: verifyNamespace(mesh.verifyWorkload),
    namedNegs: Object.fromEntries(
      clusters.flatMap(([name, cluster]) => {
        const group = textAt(cluster, "namedNeg");
        return group ? [[name, group] as const] : [];
      }),
    ),
  };
}

function verifyNamespace(verify: unknown): string | undefined {
  const on = isObject(verify) ? verify.enabled !== false : verify === true;
  return on ? (textAt(verify, "namespace") ?? "verify") : undefined;
}
