import type { Draft } from "./draft";
import { PRINT_KUBECONFIG, readKubeconfig } from "./kubeconfig";
import { clusterNames, isExisting, writesHome } from "./names";
import { meshFields } from "./schema";
import { at, nearest, sayName, twice, unknownName, type Problem } from "./problems";

/** What a stack says beside `mesh:mesh`. */
export interface Selection {
  /** `mesh:clusters`: names of the clusters that this stack owns. */
  clusters: readonly string[];
  /** `mesh:peers`: names of clusters whose stacks are up already. */
  peers: readonly string[];
  /** Clusters for which there is a secret `mesh:kubeconfig-<cluster>`. Only the names are looked at. */
  kubeconfigs?: readonly string[];
  /** What those secrets hold, by cluster, where it can be read before anything is made. No message shows any of it. */
  kubeconfigTexts?: Readonly<Record<string, string>>;
  /** The secret `mesh:certificateAuthority`; see `GivenAuthority`. */
  certificateAuthority?: unknown;
  /** `gcp:project`. It is checked where it is given, also when it is empty. */
  project?: string;
  /** `mesh:deletionProtection`, where it is written. */
  deletionProtection?: unknown;
  /** `mesh:checkPermissions`, where it is written. */
  checkPermissions?: unknown;
  /** All keys of the stack's configuration that are this program's, without their namespace. */
  keys?: readonly string[];
  /** Full keys of a namespace that is probably a misspelt one of this program's: `meshes:peers`. */
  strayKeys?: readonly string[];
  /** The stack's name, for messages that say which file to edit. */
  stack?: string;
}

const CLUSTERS = "mesh:clusters";
const PEERS = "mesh:peers";

/** What the key of an existing cluster's kubeconfig begins with. */
export const KUBECONFIG = "kubeconfig-";
/** The two messages that somebody gets who writes another config cluster for a mesh that is up. */
function moved(draft: Draft): string {
  return writesHome(draft)
    ? "The home cluster of a mesh that is up never changes: if mesh.homeCluster was changed, change it back (docs/shapes.md)"
    : "If the mesh is up and mesh.configCluster was changed, write mesh.homeCluster too, with what mesh.configCluster was: its stack keeps the VPC and the root of trust, which would go (docs/shapes.md)";
}

/** Checks which clusters a stack owns and which it joins. */
export function selectionProblems(draft: Draft, selection: Selection): Problem[] {
  const file = `Pulumi.${selection.stack ?? "<stack>"}.yaml`;
  const owned = names(selection.clusters);
  const peers = names(selection.peers);
  const problems = [...listProblems(CLUSTERS, selection.clusters), ...listProblems(PEERS, selection.peers)];
  const known = clusterNames(draft);

  // What a misspelt key says is missing nowhere else.
  const meant = new Set(
    [...(selection.keys ?? []).filter(isUnknown), ...(selection.strayKeys ?? [])].map(meantKey),
  );

  if (owned?.length === 0 && !meant.has("clusters")) {
    problems.push({
      path: CLUSTERS,
      remedy: `names no cluster; write which ones this stack owns into ${file}: "mesh:clusters: [${known.find((name) => LABEL.test(name)) ?? "us-east1"}]"`,
    });
  }
  if (known.length > 0) {
    for (const [path, list] of [
      [CLUSTERS, owned],
      [PEERS, peers],
    ] as const) {
      for (const name of new Set(list?.filter((one) => !known.includes(one)))) {
        problems.push({ path, value: name, remedy: `is not in mesh.clusters: ${unknownName(name, known)}` });
      }
    }
  }
  if (owned && peers) {
    problems.push(...peerProblems(draft, owned, peers, { file, meant: meant.has("peers"), ...selection }));
  }
  problems.push(...kubeconfigProblems(draft, owned ?? [], selection));
  return [
    ...problems,
    ...projectProblems(selection.project),
    ...switchProblems("deletionProtection", selection.deletionProtection),
    ...switchProblems("checkPermissions", selection.checkPermissions),
    ...keyProblems(selection.keys ?? []),
    ...strayProblems(selection.strayKeys ?? []),
  ];
}

function switchProblems(key: string, value: unknown): Problem[] {
  return value === undefined || typeof value === "boolean"
    ? []
    : [{ path: `mesh:${key}`, value, remedy: "write true or false" }];
}

const LABEL = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

const KEYS = ["mesh", "clusters", "peers", "deletionProtection", "checkPermissions", "certificateAuthority"];

/** Whether a key, without its namespace, is none of this program's. */
function isUnknown(key: string): boolean {
  return !KEYS.includes(key) && !key.startsWith(KUBECONFIG);
}

/** Values are not shown, as above. */
function strayProblems(keys: readonly string[]): Problem[] {
  return keys.map((key) => {
    const path = key.split(":").map(sayName).join(":");
    return {
      path,
      remedy: `is no key of this program; write mesh:${sayName(nameIn(key))}, and take this one away: pulumi config rm ${path}`,
    };
  });
}

/** `meshes:peers` -> `peers` */
function nameIn(key: string): string {
  return key.slice(key.indexOf(":") + 1);
}

function meantKey(key: string): string | undefined {
  return nearest(nameIn(key), KEYS);
}

/** A key that nothing reads would be a wish that nobody grants: `mesh:peer`, or a field of the mesh beside it. */
function keyProblems(keys: readonly string[]): Problem[] {
  return keys.filter(isUnknown).map((key) => ({
    path: `mesh:${sayName(key)}`,
    // Its value is not shown: a secret may have strayed here.
    remedy: Object.hasOwn(meshFields.shape, key)
      ? `is no key of this program; it is a field of the mesh: write it in Pulumi.yaml, under mesh:mesh`
      : `is no key of this program; ${unknownName(key, [...KEYS, `${KUBECONFIG}<cluster>`])}`,
  }));
}

/**
 * A joining stack links with the peers that it names, in both directions. Which other clusters are up is not known here, so
 * only the home cluster's, which everything needs, is asked for.
 */
function peerProblems(
  draft: Draft,
  owned: string[],
  peers: string[],
  { file, meant, stack }: { file: string; meant: boolean; stack?: string },
): Problem[] {
  const { mesh, broken } = draft;
  const problems: Problem[] = [...new Set(peers)]
    .filter((peer) => owned.includes(peer))
    .map((peer) => ({
      path: PEERS,
      value: peer,
      remedy: "is in mesh:clusters too, so this stack owns it; leave it out of mesh:peers",
    }));
  for (const peer of new Set(peers.filter((one) => !owned.includes(one)))) {
    if (stack !== undefined && stackOf(mesh, peer) === stack) {
      problems.push({
        path: PEERS,
        value: peer,
        remedy: `is to be read in stack ${stack}, which is this one; use another stack for this one's clusters, or write ${at("clusters", peer, "stack")}`,
      });
    }
  }
  const home = mesh.homeCluster;
  const unread = broken("homeCluster") || (!writesHome(draft) && broken("configCluster"));
  if (unread || !Object.hasOwn(mesh.clusters, home) || owned.length === 0) {
    return problems;
  }
  const role = writesHome(draft) ? "home cluster" : "config cluster";
  const others = peers.filter((peer) => !owned.includes(peer));
  if (owned.includes(home)) {
    if (others.length > 0) {
      problems.push({
        path: PEERS,
        value: others.length === 1 ? others[0] : others,
        remedy: `this stack owns the ${role} (${home}), which the others read, and stacks that read each other cannot be deployed. ${moved(draft)}. Else leave mesh:peers out of ${file}, and name ${home} in the other stack's mesh:peers`,
      });
    }
  } else if (!others.includes(home) && !(meant && others.length === 0)) {
    problems.push({
      path: PEERS,
      remedy: `does not name the ${role}, whose stack holds the VPC and the root of trust. ${moved(draft)}. Else write into ${file}: "mesh:peers: [${[home, ...others].map(sayName).join(", ")}]"`,
    });
  }
  return problems;
}

function stackOf({ clusters }: Draft["mesh"], name: string): string | undefined {
  return Object.hasOwn(clusters, name) ? clusters[name]?.stack : undefined;
}

function kubeconfigProblems(
  draft: Draft,
  owned: string[],
  { kubeconfigs = [], kubeconfigTexts = {} }: Selection,
): Problem[] {
  const known = clusterNames(draft);
  const existing = owned.filter((name) => isExisting(draft, name));
  const missing = existing.filter((name) => !kubeconfigs.includes(name));
  const unusable = existing.flatMap((name) => {
    const read = Object.hasOwn(kubeconfigTexts, name)
      ? readKubeconfig(kubeconfigTexts[name] ?? "")
      : undefined;
    const path = `mesh:kubeconfig-${name}`;
    return typeof read === "string"
      ? [{ path, remedy: `${read}; run: ${PRINT_KUBECONFIG} | pulumi config set --secret ${path}` }]
      : [];
  });
  const needless = known.length > 0 ? kubeconfigs.filter((name) => !isExisting(draft, name)) : [];
  return [
    ...missing.map((name) => ({
      path: `mesh:kubeconfig-${name}`,
      remedy: `is missing, and mesh.clusters.${name} is an existing cluster; run: pulumi config set --secret mesh:kubeconfig-${name} < kubeconfig.yaml`,
    })),
    ...unusable,
    ...needless.map((name) => ({
      path: `mesh:kubeconfig-${sayName(name)}`,
      remedy: known.includes(name)
        ? `is there, but this program makes the cluster itself; write ${at("clusters", name, "existing")}: { server: .. }, or run: pulumi config rm mesh:kubeconfig-${name}`
        : `is for a cluster that is not in mesh.clusters: ${unknownName(name, known)}`,
    })),
  ];
}

/** https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin */
function projectProblems(project: string | undefined): Problem[] {
  const path = "gcp:project";
  if (project === undefined || /^([a-z0-9.-]+:)?[a-z][-a-z0-9]{4,28}[a-z0-9]$/.test(project)) {
    return [];
  }
  if (project === "") {
    return [{ path, remedy: "is missing; run: pulumi config set gcp:project <the project's id>" }];
  }
  return [
    {
      path,
      value: project,
      remedy: /^[0-9]+$/.test(project)
        ? "is a project's number; write its id, such as my-mesh-project"
        : "is no project's id; write 6 to 30 lower-case letters, digits and hyphens, first a letter",
    },
  ];
}

/** `undefined` for what is no list of names: config files are typed by hand. */
function names(list: unknown): string[] | undefined {
  return Array.isArray(list) && list.every((item) => typeof item === "string") ? list : undefined;
}

function listProblems(path: string, list: unknown): Problem[] {
  const read = names(list);
  if (!read) {
    const example = typeof list === "string" && LABEL.test(list) ? list : "us-east1";
    return [{ path, value: list, remedy: `write a list of cluster names: [${example}]` }];
  }
  return twice(path, read);
}
