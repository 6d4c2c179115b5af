import fc from "fast-check";

/** A configuration as a person writes it: the mesh, and the stack's own keys. */
export interface Written {
  mesh: Record<string, unknown>;
  clusters: unknown;
  peers: unknown;
  project: unknown;
  deletionProtection?: unknown;
  /** Clusters with a kubeconfig. */
  kubeconfigs: string[];
}

const REGIONS = ["us-east1", "us-central1", "europe-west1", "asia-northeast3", "northamerica-northeast2"];
const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const WORD = [...LETTERS, ..."0123456789"];

/** A DNS label, as often as not at its longest. */
export function label(longest: number): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.constantFrom(...LETTERS),
      fc.array(fc.constantFrom(...WORD, "-"), { maxLength: longest - 1, size: "max" }),
      fc.boolean(),
    )
    .map(([first, rest, full]) => {
      const text = `${first}${rest.join("")}`;
      return (full ? text.padEnd(longest, "x") : text).replace(/-$/, "z");
    });
}

/** Of a cluster: names of links and routes are put together with these words, and the root certificate is called so. */
const clusterName = (longest: number) =>
  label(longest).filter((name) => name !== "root" && !/(^|-)(for|to)-/.test(name));

function some<T>(values: Record<string, fc.Arbitrary<T>>): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(values, { requiredKeys: [] });
}

function whole(min: number, max: number): fc.Arbitrary<number> {
  return fc.oneof(fc.constantFrom(min, max), fc.integer({ min, max }));
}

/** Settings that stand by themselves. */
const settings: fc.Arbitrary<Record<string, unknown>> = some<unknown>({
  trustDomain: fc.constantFrom("cluster.local", "mesh.example.com", "x"),
  istio: some<unknown>({
    version: fc.constantFrom("1.23.6", "1.23.0"),
    revision: label(40),
    hub: fc.constantFrom("docker.io/istio", "localhost:5000/a/b"),
  }),
  kubernetes: some<unknown>({
    version: fc.constantFrom("1.33", "1.30", "1.33.5-gke.1080000"),
    releaseChannel: fc.constantFrom("EXTENDED", "REGULAR"),
    autoProvisioning: some<unknown>({
      cpu: some({ min: whole(0, 64) }),
      memoryGb: some({ max: whole(1, 1_000_000) }),
    }),
  }),
  availability: some<unknown>({
    minReplicas: whole(2, 5),
    maxReplicas: whole(5, 1000),
    targetCpuUtilization: whole(1, 100),
  }),
  certificateAuthority: some<unknown>({
    algorithm: fc.constantFrom("RSA", "ECDSA"),
    rsaBits: whole(2048, 8192),
    intermediateValidityDays: whole(1, 3649),
    organization: fc.constantFrom("Istio", "Société Générale", "株式会社メッシュ", "x".repeat(64)),
  }),
  tracing: fc.oneof(
    fc.constant(false),
    some<unknown>({ sampling: fc.double({ min: 0, max: 100, noNaN: true }) }),
  ),
  telemetry: fc.constantFrom({ stackdriver: false }, {}, { stackdriver: { maxTagLength: 1024 } }),
  locality: some<unknown>({ enabled: fc.boolean() }),
  outlierDetection: some<unknown>({
    consecutive5xxErrors: whole(0, 1000),
    interval: fc.constantFrom("10s", "1ms", "1h30m", "24h", "0.5s"),
  }),
  connectTimeout: fc.constantFrom("2s", "500ms", "1m"),
  eastWest: fc.constantFrom(
    {},
    { access: "internal" },
    { access: "external", sourceRanges: ["203.0.113.0/24", "198.51.100.7/32"] },
  ),
  verifyWorkload: fc.oneof(
    fc.boolean(),
    some<unknown>({ namespace: label(63).filter((one) => !/^(default$|kube-|istio-|gke-|gmp-)/.test(one)) }),
  ),
});

const certificate = fc.constantFrom<Record<string, unknown>>(
  { selfSigned: {} },
  { secretName: "shop-tls" },
  { managed: { domains: ["shop.example.com", "xn--mnchen-3ya.example"] } },
  { preShared: ["shop", "shop-2"] },
);

interface Shape {
  region: string;
  existing: boolean;
  ownRange: boolean;
  owned: boolean;
}

const shape: fc.Arbitrary<Shape> = fc.record({
  region: fc.constantFrom(...REGIONS),
  existing: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.boolean()),
  ownRange: fc.boolean(),
  owned: fc.boolean(),
});

/** The `index`th part of 10.0.0.0/8: half a million addresses. */
function ranges(index: number, controlPlane: boolean): Record<string, string> {
  const block = index * 2;
  return {
    nodes: `10.${block}.0.0/20`,
    services: `10.${block}.16.0/20`,
    pods: `10.${block + 1}.0.0/16`,
    ...(controlPlane && { controlPlane: `10.${block}.32.0/28` }),
  };
}

function entry(index: number, { region, existing, ownRange }: Shape): Record<string, unknown> {
  if (!existing) return { region, ranges: ranges(index, ownRange) };
  return {
    existing: {
      server: `https://10.${index * 2}.0.2`,
      membershipLink: `//container.googleapis.com/projects/p/locations/${region}/clusters/c${index}`,
    },
    ...(ownRange && { ranges: ranges(index, false) }),
  };
}

/** One to fifty clusters; most often few, so that a run is short. */
const names = fc
  .oneof({ weight: 60, arbitrary: fc.constant(4) }, { weight: 1, arbitrary: fc.constant(50) })
  .chain((most) =>
    fc.uniqueArray(clusterName(24), { minLength: most === 50 ? 50 : 1, maxLength: most, size: "max" }),
  );

/** Route names without a hyphen: whatever the clusters are called, no two of the names made with them are equal. */
const routeNames = fc.uniqueArray(
  fc
    .array(fc.constantFrom(...LETTERS), { minLength: 1, maxLength: 38, size: "max" })
    .map((letters) => letters.join("")),
  { maxLength: 3 },
);

/** Configurations that hold. */
export const validConfig: fc.Arbitrary<Written> = configOf(names);

/** Those of up to `most` clusters, each number as often as another. */
export function manyClusters(most: number): fc.Arbitrary<Written> {
  return configOf(
    fc
      .integer({ min: 1, max: most })
      .chain((count) => fc.uniqueArray(clusterName(24), { minLength: count, maxLength: count, size: "max" })),
  );
}

function configOf(clusters: fc.Arbitrary<string[]>): fc.Arbitrary<Written> {
  return clusters
    .chain((all) =>
      fc.record({
        all: fc.constant(all),
        shapes: fc.array(shape, { minLength: all.length, maxLength: all.length, size: "max" }),
        config: fc.nat(all.length - 1),
        id: label(20).filter((id) => id !== "default"),
        settings,
        certificate: fc.option(certificate, { nil: undefined }),
        routes: routeNames,
        deletionProtection: fc.constantFrom(undefined, true, false),
      }),
    )
    .map(({ all, shapes, config, id, settings, certificate, routes, deletionProtection }) => {
      const configCluster = all[config] ?? "";
      const clusters = Object.fromEntries(
        all.map((name, index) => [
          name,
          { stack: `stack-${index}`, ...entry(index, shapes[index] as Shape) },
        ]),
      );
      const chosen = all.filter((_, index) => shapes[index]?.owned);
      const owned = chosen.length > 0 ? chosen : [configCluster];
      return {
        mesh: {
          id,
          cidr: "10.0.0.0/8",
          configCluster,
          clusters,
          ...settings,
          ...(certificate && { ingress: { certificate } }),
          ...(routes.length > 0 && {
            dns: { zone: "zone", domain: "mesh.example.com" },
            routes: routes.map((name) => ({ name, service: "s", namespace: "n", port: 80 })),
          }),
        },
        clusters: owned,
        peers: owned.includes(configCluster) ? [] : [configCluster],
        project: "my-project",
        deletionProtection,
        kubeconfigs: owned.filter((name) => shapes[all.indexOf(name)]?.existing),
      };
    });
}
