import { z } from "zod";
import { cluster } from "./clusterSchema";
import { cidr, decimal, domainName, duration, flag, label, oneOf, text, wholeNumber } from "./fields";
import { ingress } from "./ingressSchema";
import { revisionOf } from "./versions";

const istio = z.strictObject({
  /** Istio's version, a patch release; which ones work is said by `versions.ts`. */
  version: text(
    'a release such as "1.23.6", in quotes',
    /^1\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})$/,
  ).default("1.23.6"),
  /** How Istio gets into a cluster. `operator`: IstioOperator resources, which the in-cluster operator (up to 1.23) carries out. */
  installer: oneOf(["operator"]).default("operator"),
  /** Name of the control plane's revision. Default: the version with hyphens, such as `1-23-6`. */
  revision: text(
    "a revision such as 1-23-6: lower-case letters, digits and hyphens, at most 40 characters",
    /^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/,
  ).optional(),
  /** Where images come from, without a slash at its end. */
  hub: text(
    "a registry and folder such as docker.io/istio",
    /^[a-z0-9.-]+(:[0-9]+)?(\/[a-z0-9._-]+)*$/,
  ).default("docker.io/istio"),
});

function limits(unit: string, defaultMax: number) {
  return z
    .strictObject({
      min: wholeNumber(0, 1_000_000, unit).default(0),
      max: wholeNumber(1, 1_000_000, unit).default(defaultMax),
    })
    .prefault({});
}

const kubernetes = z.strictObject({
  /** GKE's version, as exact as wished: a minor, a patch, or a build such as `1.33.5-gke.1080000`. In quotes. */
  version: text(
    'a version such as "1.33" or "1.33.5-gke.1080000", in quotes',
    /^1\.(0|[1-9][0-9]{0,2})(\.[0-9]{1,3}(-gke\.[0-9]{1,10})?)?$/,
  ).default("1.33"),
  /** https://cloud.google.com/kubernetes-engine/docs/concepts/release-channels */
  releaseChannel: oneOf(["EXTENDED", "STABLE", "REGULAR", "RAPID"]).default("EXTENDED"),
  /** What a whole cluster, all node pools counted, may grow to by node auto-provisioning. */
  autoProvisioning: z.strictObject({ cpu: limits("vCPUs", 64), memoryGb: limits("GB", 256) }).prefault({}),
});

const labelKey = text(
  "a label's key such as cloud.google.com/gke-spot",
  /^((?=[^/]{1,253}\/)([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)*[a-z0-9]([-a-z0-9]*[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/,
);
const labelValue = text(
  'a label\'s value such as "true", in quotes',
  /^[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/,
);

/** For every Istio workload except the operator. */
const availability = z.strictObject({
  /** At least 2: a disruption budget at one replica blocks every drain (istio/istio#12602). */
  minReplicas: wholeNumber(1, 1000, "replicas").default(2),
  maxReplicas: wholeNumber(1, 1000, "replicas").default(5),
  /** Percent of the requested CPU at which replicas are added. */
  targetCpuUtilization: wholeNumber(1, 100, "percent").default(80),
  /** How spot nodes are known. https://cloud.google.com/kubernetes-engine/docs/concepts/spot-vms */
  spot: z
    .strictObject({
      label: z
        .strictObject({
          key: labelKey.default("cloud.google.com/gke-spot"),
          value: labelValue.default("true"),
        })
        .prefault({}),
      taint: z
        .strictObject({
          key: labelKey.default("cloud.google.com/gke-spot"),
          value: labelValue.default("true"),
          effect: oneOf(["NoSchedule", "PreferNoSchedule", "NoExecute"]).default("NoSchedule"),
        })
        .prefault({}),
    })
    .prefault({}),
});

/** Sizes and lifetimes are those of Istio's own tools/certs/common.mk (istio/istio). */
const certificateAuthority = z.strictObject({
  /**
   * Where the root comes from. `generated`: made by the home cluster's stack, and kept in its state as a secret. `given`: yours,
   * with an intermediate per cluster, in that stack's secret `mesh:certificateAuthority`. `authorityService`: Google Certificate
   * Authority Service keeps the root's key, and signs an intermediate per cluster.
   */
  source: oneOf(["generated", "given", "authorityService"]).default("generated"),
  /** With `authorityService`: a CA pool that is in the project already, of the Enterprise tier. */
  pool: label("mesh").optional(),
  /** With `authorityService`: the pool's region. */
  location: text("a region such as us-east1", /^[a-z]+-[a-z]+[0-9]+$/).optional(),
  algorithm: oneOf(["RSA", "ECDSA"]).default("RSA"),
  /** With RSA: bits of each key. */
  rsaBits: wholeNumber(2048, 8192, "bits").default(4096),
  /** With ECDSA. */
  ecdsaCurve: oneOf(["P256", "P384"]).default("P256"),
  /** Days. A new root is a rotation: nothing renews by itself. */
  rootValidityDays: wholeNumber(1, 36_500, "days").default(3650),
  /** Days, less than the root's. */
  intermediateValidityDays: wholeNumber(1, 36_500, "days").default(730),
  /** The certificates' `O`. */
  organization: text(
    "an organization such as Istio, in one line of at most 64 characters",
    /^[^\p{C}\p{Z}]([^\p{C}]{0,62}[^\p{C}\p{Z}])?$/u,
  ).default("Istio"),
});

const route = z.strictObject({
  /** First part of the DNS names: `<name>-<cluster>.<dns.domain>`. */
  name: label("alertmanager"),
  /** Name of the Kubernetes Service. */
  service: label("alertmanager"),
  /** The Service's namespace. */
  namespace: text("a namespace such as monitoring", /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/),
  /** The Service's port. */
  port: wholeNumber(1, 65_535),
  /** Clusters that get a DNS name each. Default: all. */
  clusters: z
    .array(label("us-east1"))
    .min(1, { error: "name a cluster, or leave it out for all" })
    .optional(),
});

const verifyWorkload = z.strictObject({
  enabled: flag().default(true),
  namespace: text("a namespace such as verify", /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/).default("verify"),
  /** In each cluster. */
  replicas: wholeNumber(1, 100, "replicas").default(2),
  /** nginx that runs without root and fills in templates: it serves a page that names the pod and the cluster. */
  image: text(
    "an image such as docker.io/nginxinc/nginx-unprivileged:1.28.0-alpine",
    /^[a-z0-9.-]+(:[0-9]+)?(\/[a-z0-9._-]+)*(:\w[\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/,
  ).default("docker.io/nginxinc/nginx-unprivileged:1.28.0-alpine"),
});

/** What `mesh:mesh` holds, before what depends on other fields is filled in. */
export const meshFields = z.strictObject({
  /** Istio's mesh id, and the first part of the names of what exists once per mesh. */
  id: label("mesh", 20).default("mesh"),
  /** The trust domain in every workload's identity: `spiffe://<trustDomain>/ns/...`. */
  trustDomain: text(
    "a trust domain such as cluster.local",
    /^(?=.{1,253}$)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)*[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
  ).default("cluster.local"),
  /** The supernet from which all ranges come. Firewall rules and authorized networks name it, so that a new region changes none. */
  cidr: cidr("10.16.0.0/12"),
  /** Name of a VPC that is in the project already. Default: one is made, called like the mesh. */
  vpc: label("production").optional(),
  /** The cluster that holds the MultiClusterIngress that Google reads. */
  configCluster: label("us-east1"),
  /** The cluster whose stack comes first and keeps what exists once per mesh. It never changes. Default: the config cluster. */
  homeCluster: label("us-east1").optional(),
  /** By name, which is the name in Google Cloud and Istio's `clusterName` too. */
  clusters: z.record(z.string(), cluster),
  istio: istio.prefault({}),
  kubernetes: kubernetes.prefault({}),
  availability: availability.prefault({}),
  certificateAuthority: certificateAuthority.prefault({}),
  /** Traces of requests, in Zipkin's format; `false` switches them off. */
  tracing: z
    .union([
      z.literal(false),
      z.strictObject({
        /** Percent of the requests. */
        sampling: decimal(0, 100, "percent").default(100),
        /** Host and port. The full name: a bare service name resolves in each workload's own namespace. */
        zipkinAddress: text(
          "host:port such as jaeger-collector.observability.svc.cluster.local:9411",
        ).default("jaeger-collector.observability.svc.cluster.local:9411"),
      }),
    ])
    .prefault({}),
  telemetry: z
    .strictObject({
      /** Metrics to Cloud Monitoring, up to Istio 1.22; `false` switches them off. */
      stackdriver: z
        .union([
          z.literal(false),
          z.strictObject({
            /** Characters after which a label's value is cut. */
            maxTagLength: wholeNumber(1, 1024, "characters").default(256),
          }),
        ])
        .prefault({}),
    })
    .prefault({}),
  /** Prefer the near region. With it, the far one answers only when the near one is not healthy. */
  locality: z.strictObject({ enabled: flag().default(false) }).prefault({}),
  /** When an endpoint that fails is taken out for a while; `false`: never, and requests go on to a region that is lost. */
  outlierDetection: z
    .union([
      z.literal(false),
      z.strictObject({
        /** 502, 503, 504, and connections that fail, one after the other. */
        consecutiveGatewayErrors: wholeNumber(1, 1000, "errors").default(5),
        /** Any 5xx, an application's own 500 too; 0: those count for nothing, where Istio's own is 5. */
        consecutive5xxErrors: wholeNumber(0, 1000, "errors").default(0),
        interval: duration("10s").default("10s"),
        baseEjectionTime: duration("30s").default("30s"),
        /** Istio's own 10 would keep most of a broken region in use. */
        maxEjectionPercent: wholeNumber(1, 100, "percent").default(100),
      }),
    ])
    .prefault({}),
  /**
   * How long a connection may take to be there, TLS included; Istio's own is 10s. An address that answers nothing holds a
   * request for so long, before it is sent elsewhere: a client that waits 5 s gets its answer.
   */
  connectTimeout: duration("2s").default("2s"),
  /** The gateways for traffic between clusters, on port 15443. */
  eastWest: z
    .strictObject({
      access: oneOf(["internal", "external"]).default("internal"),
      /** Whom an external one admits. */
      sourceRanges: z.array(cidr("203.0.113.0/24")).default([]),
    })
    .prefault({}),
  ingress: ingress.prefault({}),
  /** Where routes get their names. */
  dns: z
    .strictObject({
      /** Name of a managed zone of Cloud DNS that is there already. */
      zone: label("mesh-example-com"),
      /** The domain of that zone, or one below it. */
      domain: domainName("mesh.example.com"),
    })
    .optional(),
  /** Services that are reached from outside in one cluster at a time, by a DNS name per cluster. */
  routes: z.array(route).default([]),
  /** A page that names the pod that answered, to see that requests reach all clusters. */
  verifyWorkload: z.union([flag(), verifyWorkload]).default(false),
});

/** The schema of `mesh:mesh`. It checks each field by itself; `readMesh` (validate.ts) also checks them against each other. */
export const meshSchema = meshFields.transform((mesh) => {
  // Nothing that is made depends on the order in which somebody wrote the map.
  const clusters = Object.entries(mesh.clusters).sort(([one], [other]) => (one < other ? -1 : 1));
  const names = clusters.map(([name]) => name);
  return {
    ...mesh,
    homeCluster: mesh.homeCluster ?? mesh.configCluster,
    clusters: Object.fromEntries(
      clusters.map(([name, { region = name, network = name, stack = name, ...rest }]) => [
        name,
        { ...rest, region, network, stack },
      ]),
    ),
    istio: { ...mesh.istio, revision: mesh.istio.revision ?? revisionOf(mesh.istio.version) },
    ingress: {
      ...mesh.ingress,
      certificate: certificateOf(mesh.ingress.certificate, mesh.dns?.domain ?? `${mesh.id}.internal`),
    },
    routes: mesh.routes.map((one) => ({ ...one, clusters: one.clusters ?? names })),
    verifyWorkload:
      typeof mesh.verifyWorkload === "boolean"
        ? verifyWorkload.parse({ enabled: mesh.verifyWorkload })
        : mesh.verifyWorkload,
  };
});

/** What the global load balancer answers with. */
export type IngressCertificate =
  | { selfSigned: { commonName: string } }
  | { secretName: string }
  | { managed: { domains: string[] } }
  | { preShared: string[] };

function certificateOf(
  written: z.output<typeof meshFields>["ingress"]["certificate"],
  defaultName: string,
): IngressCertificate {
  const { selfSigned, secretName, managed, preShared } = written ?? {};
  if (secretName) return { secretName };
  if (managed) return { managed };
  if (preShared) return { preShared };
  return { selfSigned: { commonName: selfSigned?.commonName ?? defaultName } };
}

/** The mesh as people write it in `mesh:mesh`. */
export type MeshInput = z.input<typeof meshSchema>;

/** The mesh with every default filled in. */
export type Mesh = z.output<typeof meshSchema>;

/** One cluster of the mesh, with every default filled in. */
export type MeshCluster = Mesh["clusters"][string];

/** Ranges of a cluster's subnet. `controlPlane` only where the cluster has one of its own. */
export type ClusterRanges = NonNullable<MeshCluster["ranges"]>;
