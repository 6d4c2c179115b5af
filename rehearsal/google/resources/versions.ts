import { badRequest } from "../errors";

/**
 * GKE versions of the simulated project, newest first. 1.33 is what the rehearsal's control planes really run (1.33.1).
 * The minors that each channel offers follow https://cloud.google.com/kubernetes-engine/docs/release-schedule as of
 * late 2026: Extended keeps a minor for 24 months, the others for 14.
 */
export const versions = [
  "1.36.1-gke.1093000",
  "1.35.4-gke.1208000",
  "1.34.7-gke.1415000",
  "1.33.1-gke.1744000",
  "1.32.9-gke.1865000",
  "1.31.14-gke.1702000",
  "1.30.14-gke.2388000",
];

interface Channel {
  /** Newest and oldest minor on offer. */
  newest: number;
  oldest: number;
  /** What a cluster without minMasterVersion gets. */
  standard: number;
}

const channels: Record<string, Channel> = {
  RAPID: { newest: 36, oldest: 34, standard: 36 },
  REGULAR: { newest: 35, oldest: 34, standard: 35 },
  STABLE: { newest: 35, oldest: 34, standard: 34 },
  EXTENDED: { newest: 36, oldest: 30, standard: 35 },
  UNSPECIFIED: { newest: 36, oldest: 34, standard: 35 },
};

const minorOf = (version: string) => Number(version.split(".")[1]);

/** Versions that a channel (REGULAR for a cluster that names none) offers, newest first. */
export function versionsOf(channel = "REGULAR"): string[] {
  const offer = channels[channel];
  return offer
    ? versions.filter((version) => minorOf(version) <= offer.newest && minorOf(version) >= offer.oldest)
    : [];
}

/** The version that a channel gives to a cluster that asks for none. */
export function defaultVersion(channel = "REGULAR"): string {
  const standard = channels[channel]?.standard;
  return versions.find((version) => minorOf(version) === standard) ?? "";
}

export const channelNames = Object.keys(channels);

/**
 * The version that GKE gives for a requested one: `latest`, `-` (default), a prefix such as `1.33`, or a full version.
 * @throws GoogleError as GKE words it, when the channel has none
 */
export function resolveVersion(wanted: string | undefined, channel = "REGULAR"): string {
  if (!wanted || wanted === "-") return defaultVersion(channel);
  const offered = versionsOf(channel);
  if (wanted === "latest") return offered[0] ?? "";
  const exact = offered.find((version) => version === wanted);
  if (exact) return exact;
  if (wanted.includes("-")) throw badRequest(`Master version "${wanted}" is unsupported.`);
  const found = offered.find(
    (version) => version.startsWith(`${wanted}.`) || version.startsWith(`${wanted}-`),
  );
  if (!found) throw badRequest(`No valid versions with the prefix "${wanted}" found.`);
  return found;
}

/** Whether version `a` is older than version `b` (`1.33.1-gke.1744000`). */
export function older(a: string, b: string): boolean {
  const [left, right] = [a, b].map((version) =>
    version
      .split(/[.-]|gke/)
      .filter(Boolean)
      .map(Number),
  );
  for (let index = 0; index < Math.max(left?.length ?? 0, right?.length ?? 0); index++) {
    const [x, y] = [left?.[index] ?? 0, right?.[index] ?? 0];
    if (x !== y) return x < y;
  }
  return false;
}
