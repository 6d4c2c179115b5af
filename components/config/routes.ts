import type { Draft } from "./draft";
import { clusterNames } from "./names";
import { at, repeated, sayName, twice, unknownName, type Problem } from "./problems";
import { isObject } from "./schemaProblems";

/** Of a part of a DNS name, and of a whole one: RFC 1035. */
const LABEL_MAX = 63;
const DOMAIN_MAX = 253;

/** A route as far as it is written; `index` is its place in the list. */
interface Written {
  index: number;
  name?: string;
  clusters: string[];
}

/** Checks routes by themselves, against the clusters and against each other. */
export function routeProblems(draft: Draft): Problem[] {
  const { mesh, broken } = draft;
  const known = clusterNames(draft);
  const routes = writtenRoutes(draft, known);
  const problems: Problem[] = [];
  if (routes.length > 0 && !mesh.dns && !broken("dns")) {
    problems.push({
      path: at("dns"),
      remedy:
        "is missing, and routes get their names there; write dns: { zone: <name of the managed zone>, domain: mesh.example.com }",
    });
  }
  const names = routes.flatMap(({ index, name }) =>
    name === undefined ? [] : [[at("routes", index, "name"), name] as const],
  );
  for (const [name, [first, ...others]] of repeated(names)) {
    problems.push(
      ...others.map((path) => ({
        path,
        value: name,
        remedy: `is the name of ${first} too; write another one`,
      })),
    );
  }
  const domain = mesh.dns && !broken("dns") ? mesh.dns.domain : "";
  const all = new Set(known);
  for (const { index, name, clusters } of routes) {
    const path = at("routes", index, "clusters");
    problems.push(...twice(path, clusters));
    const unknown = [...new Set(clusters)].filter((cluster) => !all.has(cluster));
    problems.push(
      ...unknown.map((cluster) => ({
        path,
        value: cluster,
        remedy: `is not in mesh.clusters: ${unknownName(cluster, known)}`,
      })),
    );
    // The cluster with the longest name is the one to write for.
    const longest = clusters.reduce((one, other) => (other.length > one.length ? other : one), "");
    if (name !== undefined && all.has(longest)) {
      problems.push(...lengthProblems(at("routes", index, "name"), name, longest, domain));
    }
  }
  return [...problems, ...clashProblems(routes, known)];
}

function writtenRoutes({ written }: Draft, known: string[]): Written[] {
  const routes: unknown[] = Array.isArray(written.routes) ? written.routes : [];
  return routes.flatMap((route, index) => {
    if (!isObject(route)) return [];
    const { name, clusters } = route;
    const chosen = Array.isArray(clusters) ? clusters.filter((one) => typeof one === "string") : known;
    return [{ index, clusters: chosen, ...(typeof name === "string" && { name }) }];
  });
}

function lengthProblems(path: string, name: string, cluster: string, domain: string): Problem[] {
  const label = `${name}-${cluster}`;
  const room = LABEL_MAX - cluster.length - 1;
  if (label.length > LABEL_MAX) {
    const write =
      room > 0
        ? `write at most ${room}`
        : "write clusters: [..] without it, or give the cluster a shorter name";
    return [
      {
        path,
        value: name,
        remedy: `makes the DNS name ${sayName(label)}, and a part of one may have ${LABEL_MAX} characters; ${write}`,
      },
    ];
  }
  const length = `${label}.${domain}`.length;
  return length > DOMAIN_MAX
    ? [
        {
          path,
          value: name,
          remedy: `makes a DNS name of ${length} characters in mesh.dns.domain, and one may have ${DOMAIN_MAX}; write a shorter name, or a shorter domain`,
        },
      ]
    : [];
}

/**
 * Names that are put together from others: route `b-c` of cluster `a` and route `c` of cluster `a-b` are one resource for the
 * engine; route `a-b` to cluster `c` and route `a` to cluster `b-c` are one name in DNS.
 */
function clashProblems(routes: readonly Written[], known: readonly string[]): Problem[] {
  const named = routes.flatMap(({ name, ...route }) => (name === undefined ? [] : [{ name, ...route }]));
  // Two routes of one name are told by themselves.
  const byName = new Map(named.reverse().map((route) => [route.name, route]));
  const routesOnce = [...byName.values()].reverse();
  const clashes = [
    ...repeated(
      routesOnce.flatMap(({ name }) => known.map((cluster) => [name, `${cluster}-${name}`] as const)),
    ),
    ...repeated(
      routesOnce.flatMap(({ name, clusters }) =>
        [...new Set(clusters)].map((cluster) => [name, `${name}-${cluster}`] as const),
      ),
    ),
  ];
  const paths = new Map(routesOnce.map(({ name, index }) => [name, at("routes", index, "name")]));
  const told = new Map<string, Problem>();
  for (const [whole, [first = "", ...others]] of clashes) {
    for (const value of others) {
      const path = paths.get(value) ?? "";
      const remedy = `makes the name ${sayName(whole)} with one cluster, as ${paths.get(first)} does with another; write another one`;
      told.set(path, { path, value, remedy });
    }
  }
  return [...told.values()];
}
