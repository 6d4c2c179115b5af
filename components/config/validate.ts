import { authorityProblems, authorityWarnings } from "./authority";
import { draftOf, type Draft } from "./draft";
import { eastWestWarnings } from "./eastWest";
import { clusterNames, isExisting, nameProblems } from "./names";
import { networkProblems } from "./networks";
import { placementProblems, placementWarnings } from "./placement";
import { at, MeshConfigError, type Problem } from "./problems";
import { rangeProblems } from "./ranges";
import { type Mesh, meshFields } from "./schema";
import { routeProblems } from "./routes";
import { isObject, valueAt } from "./schemaProblems";
import { selectionProblems, type Selection } from "./selection";
import { sizeProblems, sizeWarnings } from "./sizes";
import { trafficProblems } from "./traffic";
import { checkPair, pairWarnings } from "./versions";

export { MeshConfigError, type Problem } from "./problems";
export type { Selection } from "./selection";

/**
 * Reads `mesh:mesh`, fills in its defaults, and checks it together with what the stack says of itself. Pure: it looks at
 * nothing but its arguments (and at the date, for versions past their end of life).
 *
 * @param input `mesh:mesh` as it comes from the configuration.
 * @param given the stack's own keys.
 * @returns the mesh, and warnings: lines that name a field and what to write to be rid of them.
 * @throws {MeshConfigError} with all mistakes at once.
 */
export function readMesh(input: unknown, given: Selection): { mesh: Mesh; warnings: string[] } {
  // Programs without types may give none.
  const selection = (isObject(given) ? given : {}) as Selection;
  if (!isObject(input)) {
    const remedy =
      'describe the mesh in Pulumi.yaml, under config: "mesh:mesh: { value: { cidr: 10.16.0.0/12, configCluster: us-east1, clusters: { .. } } }"';
    throw new MeshConfigError([
      { path: "mesh:mesh", value: input, remedy: input === undefined ? `is missing; ${remedy}` : remedy },
      ...selectionProblems(draftOf({}), selection),
    ]);
  }
  const draft = draftOf(input);
  const problems = [
    ...replacedProblems(input, selection),
    ...draft.problems,
    ...nameProblems(draft),
    ...rangeProblems(draft),
    ...networkProblems(draft),
    ...sizeProblems(draft),
    ...versionProblems(draft),
    ...placementProblems(draft),
    ...trafficProblems(draft),
    ...routeProblems(draft),
    ...authorityProblems(
      draft,
      selection.certificateAuthority,
      Array.isArray(selection.clusters) && selection.clusters.includes(draft.mesh.homeCluster),
    ),
    ...selectionProblems(draft, selection),
  ];
  if (problems.length > 0) {
    throw new MeshConfigError(problems);
  }
  return { mesh: draft.mesh, warnings: warningsOf(draft, selection) };
}

/** The engine does not merge objects: what a stack's file says of `mesh:mesh`, it says instead of Pulumi.yaml. */
function replacedProblems(input: Record<string, unknown>, { stack }: Selection): Problem[] {
  const missing = ["cidr", "configCluster", "clusters"].filter((field) => input[field] === undefined);
  const fields = Object.keys(input).filter((field) => Object.hasOwn(meshFields.shape, field));
  if (stack === undefined || missing.length < 2 || fields.length === 0) return [];
  const file = `Pulumi.${stack}.yaml`;
  return [
    {
      path: "mesh:mesh",
      remedy:
        `has no ${missing.join(", ")}. If ${file} has a mesh:mesh, that takes the place of the whole mesh of Pulumi.yaml: ` +
        `write its fields (${fields.join(", ")}) there, then run: pulumi config rm mesh:mesh -s ${stack}`,
    },
  ];
}

function versionProblems({ written, mesh, broken }: Draft): Problem[] {
  // A version without quotes is a mistake of its own; it can be looked up all the same.
  const unquoted = valueAt(written, ["kubernetes", "version"]);
  // 1.3 may have been 1.30.
  const readable = typeof unquoted === "number" && /^1\.[0-9]{2}$/.test(`${unquoted}`);
  const kubernetes = readable ? `${unquoted}` : mesh.kubernetes.version;
  if (broken("istio", "version")) return [];
  if (broken("kubernetes", "version") && !readable) return [];
  const { problem, field } = checkPair(mesh.istio.version, kubernetes);
  if (!problem) return [];
  return field === "kubernetes"
    ? [{ path: at("kubernetes", "version"), value: kubernetes, remedy: problem }]
    : [{ path: at("istio", "version"), value: mesh.istio.version, remedy: problem }];
}

function warningsOf(draft: Draft, selection: Selection): string[] {
  const { istio, kubernetes, telemetry } = draft.mesh;
  return [
    ...pairWarnings(istio.version, kubernetes.version, {
      stackdriver: telemetry.stackdriver !== false,
      releaseChannel: kubernetes.releaseChannel,
    }),
    ...sizeWarnings(draft),
    ...placementWarnings(draft),
    ...eastWestWarnings(draft),
    ...authorityWarnings(selection.certificateAuthority),
    ...stackWarnings(draft, selection),
    ...edgeWarnings(draft),
    ...awayWarnings(draft, selection),
  ];
}

/** Peers find a cluster's outputs by the name of its stack. While no other stack is to come, nobody looks. */
function stackWarnings(draft: Draft, { clusters, stack }: Selection): string[] {
  const others = clusterNames(draft).some((name) => !clusters.includes(name));
  if (stack === undefined || !others) return [];
  return clusters.flatMap((name) => {
    const written = draft.mesh.clusters[name]?.stack;
    return written === undefined || written.split("/").at(-1) === stack
      ? []
      : [
          `mesh.clusters.${name}.stack is "${written}", but this stack, ${stack}, owns the cluster: its peers would look in the wrong place. Write mesh.clusters.${name}.stack: ${stack}.`,
        ];
  });
}

/** Google keeps the membership that the fleet's feature names, and the feature is the home cluster's stack's. */
function awayWarnings({ mesh }: Draft, { clusters, deletionProtection }: Selection): string[] {
  const { configCluster, homeCluster } = mesh;
  const concerned = clusters.some((name) => name === configCluster || name === homeCluster);
  return deletionProtection === false && concerned && configCluster !== homeCluster
    ? [
        `mesh:deletionProtection is false, and a destroy would stop half-way while the config cluster is ${configCluster}. Before it write mesh.configCluster: ${homeCluster}, and pulumi up (docs/shapes.md).`,
      ]
    : [];
}

function edgeWarnings(draft: Draft): string[] {
  return clusterNames(draft)
    .filter((name) => isExisting(draft, name) && !draft.mesh.clusters[name]?.existing?.membershipLink)
    .map(
      (name) =>
        `mesh.clusters.${name}.existing.membershipLink is missing, so the fleet does not know the cluster, and the global load balancer sends it no requests. For a GKE cluster write membershipLink: //container.googleapis.com/projects/<project>/locations/<location>/clusters/<name>.`,
    );
}
