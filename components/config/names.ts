import type { Draft } from "./draft";
import { at, mayHoldSecret, repeated, sayName, unknownName, type Problem } from "./problems";
import { isObject } from "./schemaProblems";

/**
 * A new cluster's name becomes the service account `<name>-nodes` (6 to 30 characters:
 * https://cloud.google.com/iam/docs/service-accounts-create), which is narrower than GKE's own 40.
 */
const NEW_CLUSTER_MAX = 30 - "-nodes".length;

/** An existing cluster's name is a label's value and a fleet membership's id. */
const EXISTING_CLUSTER_MAX = 63;

/** https://cloud.google.com/compute/docs/naming-resources */
const GOOGLE_NAME_MAX = 63;

/** Names of all clusters in the map, also of those with mistakes inside. */
export function clusterNames({ written }: Draft): string[] {
  return isObject(written.clusters) ? Object.keys(written.clusters) : [];
}

/** Whether a cluster of the map is there already, as opposed to one that this program makes. */
export function isExisting({ written }: Draft, name: string): boolean {
  const clusters = isObject(written.clusters) ? written.clusters : {};
  const entry = Object.hasOwn(clusters, name) ? clusters[name] : undefined;
  return isObject(entry) && entry.existing !== undefined;
}

/** Whether the home cluster is named, and not only the config cluster by default. */
export function writesHome({ written, broken }: Draft): boolean {
  return written.homeCluster !== undefined && !broken("homeCluster");
}

/** Checks names: their form, their length, and that those are different which have to be. */
export function nameProblems(draft: Draft): Problem[] {
  const { mesh } = draft;
  const names = clusterNames(draft);
  const problems = names.flatMap((name) => clusterName(name, isExisting(draft, name)));

  if (names.length === 0 && !draft.broken("clusters")) {
    problems.push({
      path: at("clusters"),
      remedy: "is empty; write at least one cluster: us-east1: { ranges: { .. } }",
    });
  }
  if (!draft.broken("configCluster") && names.length > 0 && !names.includes(mesh.configCluster)) {
    problems.push({
      path: at("configCluster"),
      value: mesh.configCluster,
      remedy: `is not in mesh.clusters: ${unknownName(mesh.configCluster, names)}`,
    });
  }

  if (writesHome(draft) && names.length > 0 && !names.includes(mesh.homeCluster)) {
    problems.push({
      path: at("homeCluster"),
      value: mesh.homeCluster,
      remedy: `is not in mesh.clusters: ${unknownName(mesh.homeCluster, names)}`,
    });
  }

  if (mesh.id === "default") {
    problems.push({
      path: at("id"),
      value: mesh.id,
      remedy: "is the name of the VPC that comes with a new project; write another one, such as mesh",
    });
  }

  const clusters = Object.entries(mesh.clusters).filter(
    ([name]) => !draft.broken("clusters", name, "network"),
  );
  for (const [network, holders] of repeated(clusters.map(([name, { network }]) => [name, network]))) {
    const [first = "", ...others] = rightfulFirst(holders, network);
    for (const name of others) {
      problems.push({
        path: at("clusters", name, "network"),
        value: network,
        remedy: `is the network of ${first} too, so Istio would send requests between them past the gateways; write network: ${sayName(name)}`,
      });
    }
  }
  // A network endpoint group is unique in its project and zone.
  const groups = clusters.flatMap(([name, { namedNeg, region }]) =>
    namedNeg ? [[name, `${region}/${namedNeg}`] as const] : [],
  );
  for (const [group, holders] of repeated(groups)) {
    const [first = "", ...others] = rightfulFirst(holders, group.split("/").at(-1) ?? "");
    for (const name of others) {
      problems.push({
        path: at("clusters", name, "namedNeg"),
        value: mesh.clusters[name]?.namedNeg,
        remedy: `is the one of ${first}, in the same region; write another name, such as ${name}`,
      });
    }
  }
  return [...problems, ...sameClusterProblems(draft), ...certificateNameProblems(draft)];
}

/** Two entries for one existing cluster: each istiod would see its pods twice. */
function sameClusterProblems({ mesh }: Draft): Problem[] {
  const existing = Object.entries(mesh.clusters).flatMap(([name, entry]) =>
    entry.existing ? [[name, entry.existing] as const] : [],
  );
  const fields = (["server", "membershipLink"] as const).map(
    (key) =>
      [key, existing.map(([name, entry]) => [name, (entry[key] ?? "").replace(/\/$/, "")] as const)] as const,
  );
  return fields.flatMap(([key, values]) =>
    repeated(values.filter(([, value]) => value !== "")).flatMap(([, [first = "", ...others]]) =>
      others.map((name) => ({
        path: at("clusters", name, "existing", key),
        value: mesh.clusters[name]?.existing?.[key],
        remedy: `is the one of ${sayName(first)} too; write this cluster's own, or leave one of the two out of the map`,
      })),
    ),
  );
}

/** The longest name that is made from others: of a managed certificate, `<id>-<home cluster>-ingress-<8 of its hash>`. */
function certificateNameProblems(draft: Draft): Problem[] {
  const { mesh, broken } = draft;
  const field = writesHome(draft) ? "homeCluster" : "configCluster";
  if (!("managed" in mesh.ingress.certificate) || broken(field) || broken("id")) return [];
  const room = GOOGLE_NAME_MAX - `${mesh.id}--ingress-12345678`.length;
  if (mesh.homeCluster.length <= room) return [];
  const role = field === "homeCluster" ? "home cluster" : "config cluster";
  return [
    {
      path: at(field),
      value: mesh.homeCluster,
      remedy: `has ${mesh.homeCluster.length} characters; with ingress.certificate.managed and mesh.id "${mesh.id}" its certificate's name in Google Cloud has room for ${room}: write a shorter id, name another ${role}, or use preShared or secretName`,
    },
  ];
}

/** Whoever has its own name keeps it: the engine gives the map in alphabetical order, which says nothing about who came first. */
function rightfulFirst(holders: string[], name: string): string[] {
  return holders.includes(name) ? [name, ...holders.filter((holder) => holder !== name)] : holders;
}

function clusterName(name: string, existing: boolean): Problem[] {
  const max = existing ? EXISTING_CLUSTER_MAX : NEW_CLUSTER_MAX;
  const path = at("clusters", name);
  if (!/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)) {
    return [
      {
        path,
        remedy: `the cluster's name has to be lower-case letters, digits and hyphens, first a letter, last no hyphen; write ${suggestion(name)}`,
      },
    ];
  }
  if (name.length > max) {
    const why = existing ? "it is the value of a label" : `its service account "${name}-nodes" may have 30`;
    return [
      {
        path,
        remedy: `the cluster's name has ${name.length} characters; write one with at most ${max}: ${why}`,
      },
    ];
  }
  if (name === "root") {
    return [
      { path, remedy: "the mesh's root certificate has this name; write another one, such as us-east1" },
    ];
  }
  // `a-for-b` is the link by which b watches a, `a-route-to-b` a route: with these words inside, two of them could be equal.
  const word = /(?:^|-)(for|to)-/.exec(name)?.[1];
  if (word) {
    return [
      {
        path,
        remedy: `the names of links and routes are put together with -for- and -to-; write a name without "${word}-" in it`,
      },
    ];
  }
  return [];
}

function suggestion(name: string): string {
  // What is so long was never meant to be a name.
  if (name.length > EXISTING_CLUSTER_MAX || name.includes("\n") || mayHoldSecret(name))
    return "a name such as us-east1";
  const fixed = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^[^a-z]+|-+$/g, "");
  return fixed || "a name such as us-east1";
}
