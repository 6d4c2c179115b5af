/** A line of Istio releases and the Kubernetes minors that it works with. */
export interface IstioLine {
  /** Second number of the version: 23 for 1.23. */
  minor: number;
  installers: readonly "operator"[];
  /** The line's last patch. */
  patch: string;
  /** The day after which nothing is fixed any more, as `YYYY-MM-DD`. */
  endOfLife: string;
  /** First and last Kubernetes minor for which Istio's project published support. */
  published: readonly [first: number, last: number];
  /** Kubernetes minors beyond those on which this project saw operator, istiod and gateways work. */
  measured?: readonly number[];
}

/**
 * Published: https://istio.io/latest/docs/releases/supported-releases/#support-status-of-istio-releases
 * and the announcements under https://istio.io/latest/news/support/. Measured: operator and istiod 1.23.2 on an API server 1.33.1.
 */
export const ISTIO_LINES: readonly IstioLine[] = [
  line(14, 6, "2022-12-27", [21, 24]),
  line(15, 7, "2023-04-04", [22, 25]),
  line(16, 7, "2023-07-25", [22, 25]),
  line(17, 8, "2023-10-27", [23, 26]),
  line(18, 7, "2024-01-04", [24, 27]),
  line(19, 10, "2024-04-24", [25, 28]),
  line(20, 8, "2024-06-25", [25, 29]),
  line(21, 6, "2024-09-27", [26, 29]),
  line(22, 8, "2025-01-22", [27, 30]),
  line(23, 6, "2025-04-16", [27, 30], [33]),
];

/** Istio 1.24 has no operator that runs in the cluster: https://istio.io/latest/blog/2024/in-cluster-operator-deprecation-announcement/ */
const LAST_WITH_OPERATOR = 23;

/** From here on the provider `stackdriver` is accepted, and does nothing (change notes of 1.23). */
const FIRST_WITHOUT_STACKDRIVER = 23;

/** What GKE offered in the middle of 2026: https://cloud.google.com/kubernetes-engine/docs/release-schedule */
const GKE = { oldest: 30, oldestOutsideExtended: 33 };

function line(
  minor: number,
  lastPatch: number,
  endOfLife: string,
  published: IstioLine["published"],
  measured?: readonly number[],
): IstioLine {
  return {
    minor,
    installers: ["operator"],
    patch: `1.${minor}.${lastPatch}`,
    endOfLife,
    published,
    measured,
  };
}

/** Second number of a version: 33 for `1.33`, `v1.33.1` and `1.33.5-gke.1080000`; NaN when there is none. */
export function minorOf(version: string): number {
  return Number.parseInt(version.split(".")[1] ?? "", 10);
}

/** Third number of a version: 6 for `1.23.6`. */
function patchOf(version: string): number {
  return Number.parseInt(version.split(".")[2] ?? "", 10);
}

/** The default name of a version's revision: `1-23-6` for `1.23.6`. */
export function revisionOf(version: string): string {
  return version.replaceAll(".", "-");
}

/** What is known of an Istio version on a Kubernetes version. */
export interface PairCheck {
  /** Why the pair cannot be used, and what to write instead; undefined for a pair of the table. */
  problem?: string;
  /** With a problem: the field that has to change. */
  field?: "istio" | "kubernetes";
  /** Whether Istio's project published support for the pair; false for one that was measured only. */
  published: boolean;
}

/**
 * Looks up a pair in the table.
 *
 * @param istio such as `1.23.6`.
 * @param kubernetes such as `1.33`, or what a cluster really runs: `1.33.5-gke.1080000`.
 */
export function checkPair(istio: string, kubernetes: string): PairCheck {
  const minor = minorOf(istio);
  const known = ISTIO_LINES.find((one) => one.minor === minor);
  if (!known) {
    return { problem: unknownLine(minor), field: "istio", published: false };
  }
  if (patchOf(istio) > patchOf(known.patch)) {
    return {
      problem: `Istio's last release of 1.${minor} is ${known.patch}; write ${known.patch}`,
      field: "istio",
      published: false,
    };
  }
  const on = minorOf(kubernetes);
  const published = on >= known.published[0] && on <= known.published[1];
  if (published || known.measured?.includes(on)) {
    return { published };
  }
  const able = ISTIO_LINES.filter((one) => minorsOf(one).includes(on)).at(-1);
  const versions = `Istio 1.${minor} works on Kubernetes ${sayMinors(known)}, not on 1.${on}${removedApis(istio, on)}`;
  return able
    ? { problem: `${versions}; write ${able.patch}, which does`, field: "istio", published: false }
    : {
        problem: `${versions}, and no Istio that an in-cluster operator installs does; write "1.${minorsOf(known).at(-1)}"`,
        field: "kubernetes",
        published: false,
      };
}

/**
 * What people should know of a pair that can be used. Each line names the field, and what to write to be rid of it.
 *
 * @param options.stackdriver whether Telemetry sends metrics to Cloud Monitoring.
 * @param options.today for tests.
 */
export function pairWarnings(
  istio: string,
  kubernetes: string,
  {
    stackdriver,
    releaseChannel,
    today = new Date(),
  }: { stackdriver: boolean; releaseChannel: string; today?: Date },
): string[] {
  const known = ISTIO_LINES.find((one) => one.minor === minorOf(istio));
  if (!known) {
    return [];
  }
  const warnings: string[] = [];
  const on = minorOf(kubernetes);
  const newest = ISTIO_LINES.at(-1)?.patch;
  if (today > new Date(known.endOfLife)) {
    const remedy =
      istio === newest
        ? "It is the last version with an in-cluster operator: there is none to write instead"
        : `Write mesh.istio.version: ${minorsOf(ISTIO_LINES.at(-1) ?? known).includes(on) ? newest : known.patch}`;
    warnings.push(
      `mesh.istio.version is "${istio}": Istio 1.${known.minor} had its end of life on ${known.endOfLife}, and gets no security fixes. ${remedy}.`,
    );
  }
  const pair = checkPair(istio, kubernetes);
  if (!pair.problem && !pair.published) {
    warnings.push(
      `mesh.kubernetes.version is "${kubernetes}": Istio 1.${known.minor} works there (measured), but its project supported it on ${saySpan(known.published)} only. For a supported pair write mesh.kubernetes.version: "1.${known.published[1]}", as long as GKE offers it.`,
    );
  }
  if (stackdriver && known.minor >= FIRST_WITHOUT_STACKDRIVER) {
    warnings.push(
      `mesh.telemetry.stackdriver is on, but does nothing from Istio 1.${FIRST_WITHOUT_STACKDRIVER}: use Managed Service for Prometheus, and write mesh.telemetry.stackdriver: false.`,
    );
  }
  if (on < GKE.oldest) {
    warnings.push(
      `mesh.kubernetes.version is "${kubernetes}": GKE makes no new clusters of it (1.${GKE.oldest} was the oldest in the middle of 2026). For a new cluster write mesh.kubernetes.version: "1.33" and mesh.istio.version: ${newest}.`,
    );
  } else if (on < GKE.oldestOutsideExtended && releaseChannel !== "EXTENDED") {
    warnings.push(
      `mesh.kubernetes.releaseChannel is "${releaseChannel}": it no longer has Kubernetes 1.${on}. Write mesh.kubernetes.releaseChannel: EXTENDED.`,
    );
  }
  return warnings;
}

function unknownLine(minor: number): string {
  const [first, last] = [ISTIO_LINES[0], ISTIO_LINES.at(-1)];
  return minor > LAST_WITH_OPERATOR
    ? `the in-cluster operator ends with Istio 1.${LAST_WITH_OPERATOR}, and installer operator needs it; write ${last?.patch}`
    : `installer operator begins with Istio 1.${first?.minor}; write ${last?.patch}`;
}

/** The operator of 1.14.0 and 1.14.1 watches APIs that later Kubernetes versions no longer have. */
function removedApis(istio: string, kubernetesMinor: number): string {
  if (!/^1\.14\.[01]$/.test(istio) || kubernetesMinor < 25) return "";
  return " (its operator watches policy/v1beta1, gone in 1.25, and autoscaling/v2beta2, gone in 1.26)";
}

function minorsOf({ published: [first, last], measured = [] }: IstioLine): number[] {
  return [...Array.from({ length: last - first + 1 }, (_, index) => first + index), ...measured];
}

function saySpan([first, last]: IstioLine["published"]): string {
  return `1.${first} to 1.${last}`;
}

function sayMinors({ published, measured = [] }: IstioLine): string {
  return [saySpan(published), ...measured.map((minor) => `1.${minor}`)].join(" and ");
}
