/** A line of Istio releases and what is known of it. */
export interface IstioLine {
  /** Second number of the version: 23 for 1.23. */
  minor: number;
  /** First and last Kubernetes minor for which Istio's project published support. */
  published: readonly [first: number, last: number];
  /** Kubernetes minors beyond those on which the line was seen to work. */
  measured?: readonly number[];
  /** The day after which nothing is fixed any more, as `YYYY-MM-DD`; undefined before it is certain. */
  endOfLife?: string;
}

/** Istio 1.24 has no operator that runs in the cluster: https://istio.io/latest/blog/2024/in-cluster-operator-deprecation-announcement/ */
export const LAST_WITH_OPERATOR = 23;

/**
 * https://istio.io/latest/docs/releases/supported-releases/#support-status-of-istio-releases; measured: operator and istiod
 * 1.23.2 on an API server 1.33.1.
 */
export const ISTIO_LINES: readonly IstioLine[] = [
  { minor: 14, published: [21, 24], endOfLife: "2022-12-27" },
  { minor: 15, published: [22, 25], endOfLife: "2023-04-04" },
  { minor: 16, published: [22, 25], endOfLife: "2023-07-25" },
  { minor: 17, published: [23, 26], endOfLife: "2023-10-27" },
  { minor: 18, published: [24, 27], endOfLife: "2024-01-04" },
  { minor: 19, published: [25, 28], endOfLife: "2024-04-24" },
  { minor: 20, published: [25, 29], endOfLife: "2024-06-25" },
  { minor: 21, published: [26, 29], endOfLife: "2024-09-27" },
  { minor: 22, published: [27, 30], endOfLife: "2025-01-22" },
  { minor: 23, published: [27, 30], measured: [33], endOfLife: "2025-04-16" },
  { minor: 24, published: [28, 31], endOfLife: "2025-06-24" },
  { minor: 25, published: [29, 32], endOfLife: "2025-09-30" },
  { minor: 26, published: [29, 33], endOfLife: "2025-12-22" },
  { minor: 27, published: [29, 33], endOfLife: "2026-04-07" },
  { minor: 28, published: [30, 34], endOfLife: "2026-07-01" },
  { minor: 29, published: [31, 35] },
  { minor: 30, published: [32, 36] },
];

export function lineOf(minor: number): IstioLine | undefined {
  return ISTIO_LINES.find((line) => line.minor === minor);
}

/** Second number of a version: 33 for `1.33`, `v1.33.1` and `1.33.5-gke.1080000`; undefined when there is none. */
export function minorOf(version: unknown): number | undefined {
  const [, minor] = /^v?1\.(\d+)/.exec(String(version)) ?? [];
  return minor === undefined ? undefined : Number(minor);
}

export function worksOn({ published: [first, last], measured = [] }: IstioLine, kubernetes: number): boolean {
  return (kubernetes >= first && kubernetes <= last) || measured.includes(kubernetes);
}

/** Such as `1.27 to 1.30 and 1.33`. */
export function sayKubernetes({ published: [first, last], measured = [] }: IstioLine): string {
  return [`1.${first} to 1.${last}`, ...measured.map((minor) => `1.${minor}`)].join(" and ");
}
