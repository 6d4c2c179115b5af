import assert from "node:assert/strict";
import { contains, isCidr, parseCidr, sizeOf, type Cidr } from "../../../components/config/cidr";
import { sayProblem } from "../../../components/config/problems";
import type { Mesh } from "../../../components/config/schema";
import { readStackConfig, type StackConfig } from "../../../components/config/stackConfig";
import { MeshConfigError } from "../../../components/config/validate";
import { kubeconfigOf } from "./kubeconfig";
import type { Written } from "./meshArbitrary";
import { SECRET } from "./mistakeArbitrary";

const GOOGLE_NAME = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** As the engine hands it to the program. */
export function textsOf({ mesh, clusters, peers, project, deletionProtection, kubeconfigs }: Written) {
  const values: Record<string, unknown> = {
    "gcp:project": project,
    "mesh:mesh": mesh,
    "mesh:clusters": clusters,
    "mesh:peers": peers,
    "mesh:deletionProtection": deletionProtection,
    ...Object.fromEntries(kubeconfigs.map((name) => [`mesh:kubeconfig-${name}`, kubeconfigOf()])),
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return text === undefined ? [] : [[key, text]];
    }),
  );
}

/** A plan that holds, or problems that a person can act on: whatever else comes is thrown. */
export function planOrProblems(texts: Record<string, string>): StackConfig | MeshConfigError {
  const read = () => readStackConfig(texts, { namespace: "mesh", stack: "this" });
  const before = structuredClone(texts);
  try {
    const plan = read();
    assertPlan(plan);
    assert.deepEqual(read(), plan, "the same input gave another plan");
    return plan;
  } catch (error) {
    if (!(error instanceof MeshConfigError)) throw error;
    assertProblems(error);
    assert.throws(read, { message: error.message });
    return error;
  } finally {
    assert.deepEqual(texts, before);
  }
}

export function assertProblems(error: MeshConfigError): void {
  assert.ok(error.problems.length > 0);
  const lines = error.problems.map(sayProblem);
  // Two fields whose names are not shown look the same.
  const shown = lines.filter((line) => !/\[a text (that|of)/.test(line));
  assert.equal(new Set(shown).size, shown.length, `told twice: ${error.message}`);
  for (const [index, line] of lines.entries()) {
    const { path = "", remedy = "" } = error.problems[index] ?? {};
    assert.match(path, /^(mesh[.:[]|gcp:project)/);
    assert.match(remedy, /\b(write|run|leave|name|describe|belongs|did you mean|there is|use)\b/i, line);
    assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
    // What is quoted or listed is the user's.
    const own = remedy.replaceAll(/"(\\.|[^"\\])*"?|there is .*/g, "");
    assert.doesNotMatch(own, /\[object|undefined|NaN|\bfunction\b|expected/, line);
    assert.ok(line.length < 1500, `${line.length} characters: ${line}`);
  }
  assert.ok(!error.message.includes(SECRET), error.message);
}

function assertPlan({ mesh, clusters, peers, warnings }: StackConfig): void {
  assert.ok(clusters.length > 0);
  assert.ok(clusters.includes(mesh.configCluster) ? peers.length === 0 : peers.includes(mesh.configCluster));
  for (const name of [...clusters, ...peers]) assert.ok(Object.hasOwn(mesh.clusters, name), name);
  assert.ok(!warnings.join().includes(SECRET), warnings.join("\n"));
  assertRanges(mesh);
  assertNames(mesh);
}

function assertRanges({ cidr, clusters }: Mesh): void {
  const supernet = rangeOf(cidr);
  const all = Object.values(clusters).flatMap(({ ranges, existing }) => {
    const own = Object.values(ranges ?? {}).flatMap((text) => (text ? [rangeOf(text)] : []));
    if (!existing) assert.ok(own.length >= 3 && own.every((range) => contains(supernet, range)));
    return own;
  });
  all.sort((one, other) => one.first - other.first);
  for (const [index, range] of all.entries()) {
    const next = all[index + 1];
    assert.ok(!next || range.first + sizeOf(range) <= next.first, "ranges overlap");
  }
}

function rangeOf(text: string): Cidr {
  const range = parseCidr(text);
  assert.ok(isCidr(range), text);
  return range;
}

/** What Google Cloud, Kubernetes and DNS are asked to call things, by where the names have to be different. */
function namesOf(mesh: Mesh): Record<string, { names: string[]; pattern: RegExp }> {
  const all = Object.keys(mesh.clusters);
  const made = all.filter((name) => !mesh.clusters[name]?.existing);
  const { id, dns, routes, configCluster } = mesh;
  return {
    "GKE clusters": { names: made, pattern: /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/ },
    "service accounts": {
      names: made.map((name) => `${name}-nodes`),
      pattern: /^[a-z][-a-z0-9]{4,28}[a-z0-9]$/,
    },
    memberships: { names: all, pattern: GOOGLE_NAME },
    networks: { names: [id], pattern: GOOGLE_NAME },
    subnets: { names: made.map((name) => `${id}-${name}`), pattern: GOOGLE_NAME },
    firewalls: {
      names: [
        ...made.map((name) => `${id}-${name}-webhook`),
        `${id}-east-west`,
        `${id}-global-load-balancer`,
      ],
      pattern: GOOGLE_NAME,
    },
    certificates: {
      names: "managed" in mesh.ingress.certificate ? [`${id}-${configCluster}-ingress-01234567`] : [],
      pattern: GOOGLE_NAME,
    },
    "keys of the authority": { names: [...all, "root"].map((name) => `${id}-ca-${name}`), pattern: /./ },
    "Istio networks": { names: Object.values(mesh.clusters).map(({ network }) => network), pattern: LABEL },
    Services: {
      names: [`istiod-${mesh.istio.revision}`, `istio-operator-${mesh.istio.revision}`],
      pattern: LABEL,
    },
    links: {
      names: all.length > 8 ? [] : all.flatMap((of) => all.map((reader) => `${of}-for-${reader}`)),
      pattern: /./,
    },
    "resources of routes": {
      names: routes.flatMap(({ name }) => all.map((cluster) => `${cluster}-${name}`)),
      pattern: /./,
    },
    "VirtualServices of routes": {
      names: routes.flatMap(({ name, clusters }) => clusters.map((cluster) => `${name}-${cluster}`)),
      pattern: LABEL,
    },
    "DNS names": {
      names: routes.flatMap(({ name, clusters }) =>
        clusters.map((cluster) => `${name}-${cluster}.${dns?.domain}`),
      ),
      pattern: /^(?=.{1,253}$)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z][-a-z0-9]{0,61}[a-z0-9]$/,
    },
  };
}

function assertNames(mesh: Mesh): void {
  for (const [what, { names, pattern }] of Object.entries(namesOf(mesh))) {
    assert.equal(new Set(names).size, names.length, `${what} of one name: ${names.join(", ")}`);
    for (const name of names) assert.match(name, pattern, what);
  }
}
