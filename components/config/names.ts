import type { Draft } from "./draft";
import { at, repeated, unknownName, type Problem } from "./problems";
import { isObject } from "./schemaProblems";

/**
 * A new cluster's name becomes the service account `<name>-nodes` (6 to 30 characters:
 * https://cloud.google.com/iam/docs/service-accounts-create), which is narrower than GKE's own 40.
 */
const NEW_CLUSTER_MAX = 30 - "-nodes".length;

/** An existing cluster's name is a label's value and a fleet membership's id. */
const EXISTING_CLUSTER_MAX = 63;

/** Names of all clusters in the map, also of those with mistakes inside. */
export function clusterNames({ written }: Draft): string[] {
  return isObject(written.clusters) ? Object.keys(written.clusters) : [];
}

/** Whether a cluster of the map is there already, as opposed to one that this program makes. */
export function isExisting({ written }: Draft, name: string): boolean {
  const clusters = isObject(written.clusters) ? written.clusters : {};
  const entry = clusters[name];
  return isObject(entry) && entry.existing !== undefined;
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

  const clusters = Object.entries(mesh.clusters);
  for (const [network, holders] of repeated(clusters.map(([name, { network }]) => [name, network]))) {
    const [first = "", ...others] = rightfulFirst(holders, network);
    for (const name of others) {
      problems.push({
        path: at("clusters", name, "network"),
        value: network,
        remedy: `is the network of ${first} too, so Istio would send requests between them past the gateways; write network: ${name}`,
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
  return problems;
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
  return [];
}

function suggestion(name: string): string {
  const fixed = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^[^a-z]+|-+$/g, "");
  return fixed || "a name such as us-east1";
}
