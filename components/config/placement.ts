import type { Draft } from "./draft";
import { isExisting } from "./names";
import { at, nearest, sayName, type Problem } from "./problems";
import { valueAt } from "./schemaProblems";

/** Regions of Google Cloud at the end of 2025. https://cloud.google.com/compute/docs/regions-zones#available */
const REGIONS = [
  "africa-south1",
  "asia-east1",
  "asia-east2",
  "asia-northeast1",
  "asia-northeast2",
  "asia-northeast3",
  "asia-south1",
  "asia-south2",
  "asia-southeast1",
  "asia-southeast2",
  "asia-southeast3",
  "australia-southeast1",
  "australia-southeast2",
  "europe-central2",
  "europe-north1",
  "europe-north2",
  "europe-southwest1",
  "europe-west1",
  "europe-west2",
  "europe-west3",
  "europe-west4",
  "europe-west6",
  "europe-west8",
  "europe-west9",
  "europe-west10",
  "europe-west12",
  "me-central1",
  "me-central2",
  "me-west1",
  "northamerica-northeast1",
  "northamerica-northeast2",
  "northamerica-south1",
  "southamerica-east1",
  "southamerica-west1",
  "us-central1",
  "us-east1",
  "us-east4",
  "us-east5",
  "us-south1",
  "us-west1",
  "us-west2",
  "us-west3",
  "us-west4",
];

const REGION = /^[a-z]+(-[a-z]+)+[0-9]+$/;

/** Checks where clusters and their pods are put. */
export function placementProblems(draft: Draft): Problem[] {
  return [...regionProblems(draft), ...spotProblems(draft)];
}

/** A cluster's name stands in for a region that is missing, and has to be one then. */
function regionProblems(draft: Draft): Problem[] {
  return regionsOf(draft).flatMap(({ name, region, written }) => {
    if (REGION.test(region)) return [];
    const path = at("clusters", name, "region");
    const zoneOf = /^([a-z]+-[a-z]+[0-9]+)-[a-z]$/.exec(region)?.[1];
    const write = `write ${written ? "" : "region: "}${zoneOf ?? nearest(region, REGIONS) ?? "us-east1"}`;
    if (written) {
      return [{ path, value: region, remedy: zoneOf ? `is a zone; ${write}` : `is no region; ${write}` }];
    }
    return [{ path, remedy: `is missing, and the cluster's name, ${sayName(name)}, is no region; ${write}` }];
  });
}

/** GKE gives its own label to spot nodes by itself, always with this value. */
// https://cloud.google.com/kubernetes-engine/docs/concepts/spot-vms#scheduling-workloads
function spotProblems({ mesh, broken }: Draft): Problem[] {
  const { key, value } = mesh.availability.spot.label;
  if (key !== "cloud.google.com/gke-spot" || value === "true" || broken("availability")) return [];
  return [
    {
      path: at("availability", "spot", "label", "value"),
      value,
      remedy: `GKE gives spot nodes ${key}: "true", so no pod would find a node; write "true", or a key of your own`,
    },
  ];
}

/** Google opens regions, so one that is not in the list is no mistake. */
export function placementWarnings(draft: Draft): string[] {
  return regionsOf(draft)
    .filter(({ region }) => !REGIONS.includes(region))
    .map(({ name, region }) => {
      const meant = nearest(region, REGIONS);
      return `${at("clusters", name, "region")} is "${region}", which was no region of Google Cloud when this program was made. ${meant ? `If it is a slip, write region: ${meant}` : "gcloud compute regions list shows which there are; write region: with one of them"}.`;
    });
}

/** Where this program makes a cluster; and what is written of others, which nothing is made of. */
function regionsOf(draft: Draft): { name: string; region: string; written: boolean }[] {
  return Object.entries(draft.mesh.clusters).flatMap(([name, { region }]) => {
    const written = valueAt(draft.written, ["clusters", name, "region"]) !== undefined;
    // A name that has to change is no mistake as a region too.
    if (!written && !/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)) return [];
    return draft.broken("clusters", name, "region") || (isExisting(draft, name) && !written)
      ? []
      : [{ name, region, written }];
  });
}
