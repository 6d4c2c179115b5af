import { getClientConfig } from "@pulumi/gcp/organizations/getClientConfig";
import * as pulumi from "@pulumi/pulumi";
import type { Mesh } from "./config/schema";
import { MeshError } from "./meshError";
import { type Need, neededPermissions } from "./permissions";
import { type Answer, testPermissions } from "./resourceManager";

export interface ProjectAccess {
  /** Google Cloud project id. */
  project: string;
  mesh: Mesh;
  /** Names of the clusters that the stack owns. */
  clusters: readonly string[];
}

/** What came of the question: an error stops an update, a warning stops nothing. */
export interface Findings {
  error?: string;
  warning?: string;
}

/**
 * Looks whether the account that Pulumi runs with may make what the stack consists of. A stack that makes nothing in Google
 * Cloud is not asked about. A preview makes nothing, and warns.
 *
 * @throws before anything is created, with the roles that are missing and the lines that give them.
 */
export async function checkProjectAccess({ project, mesh, clusters }: ProjectAccess): Promise<void> {
  const needs = neededPermissions(mesh, clusters);
  if (needs.length === 0) return;
  const { accessToken } = await getClientConfig();
  const asked = needs.flatMap(({ permissions }) => permissions);
  const answer = await testPermissions(project, accessToken, asked);
  const { error, warning } = findingsOf(project, needs, answer, pulumi.runtime.isDryRun());
  if (error !== undefined) {
    throw new MeshError(error);
  }
  if (warning !== undefined) {
    void pulumi.log.warn(warning);
  }
}

/** What an answer means. Only what Google says for certain is an error. */
export function findingsOf(project: string, needs: Need[], answer: Answer, preview: boolean): Findings {
  if (!("granted" in answer)) return refusalOf(project, answer);
  const { granted } = answer;
  // An account that may go into clusters and make nothing is there to look: docs/continuous-delivery.md.
  const looks = !granted.some((one) => one !== "container.clusters.connect");
  if (preview && looks) return {};
  const missing = needs
    .map((need) => ({ ...need, permissions: need.permissions.filter((one) => !granted.includes(one)) }))
    .filter(({ permissions }) => permissions.length > 0);
  if (missing.length === 0) return {};
  const text = [
    `The account that Pulumi runs with lacks permissions in the project ${project}${preview ? "" : "; nothing was changed"}. ` +
      "Give it these roles (MEMBER is user:<you> or serviceAccount:<account>; all of them are in docs/google-cloud.md):",
    ...missing.map((need) => lineOf(project, need)),
  ].join("\n  - ");
  const certain = missing.some(({ elsewhere }) => !elsewhere);
  return !preview && certain
    ? { error: `${text}\n${NOT_ASKED}` }
    : {
        warning: certain
          ? text
          : `${text}\nIf it has them in another way, under a condition or on single resources, all is well.`,
      };
}

const NOT_ASKED =
  "If it has them under a condition or on single resources, Google does not say so beforehand: pulumi config set mesh:checkPermissions false";

function lineOf(project: string, { permissions, role }: Need): string {
  const condition =
    role === "resourcemanager.projectIamAdmin" ? "--condition-from-file condition.yaml" : "--condition None";
  return `${permissions.join(", ")}: gcloud projects add-iam-policy-binding ${project} --member MEMBER --role roles/${role} ${condition}`;
}

function refusalOf(project: string, answer: Exclude<Answer, { granted: string[] }>): Findings {
  const { status, reason, consumer, message } = answer;
  if (reason === "SERVICE_DISABLED") {
    const where = consumer?.replace(/^projects\//, "") ?? project;
    return {
      error:
        `Cloud Resource Manager is not switched on in the project ${where}; nothing was changed. Run: gcloud services enable ` +
        `cloudresourcemanager.googleapis.com serviceusage.googleapis.com --project ${where}; wait a minute, then again.`,
    };
  }
  if (status === 401) {
    return {
      error: `Google does not know the credentials that Pulumi runs with (401); nothing was changed. Run: gcloud auth application-default login`,
    };
  }
  if (status === 403 || status === 404) {
    return {
      error:
        `The project ${project} (gcp:project) does not exist, or the account that Pulumi runs with may not see it (${status}); nothing was changed. ` +
        "Look with: gcloud projects list; then: pulumi config set gcp:project <the project's id>, or log in as another account " +
        `(docs/google-cloud.md). Google says: ${message}`,
    };
  }
  return {
    warning: `Nobody could say beforehand whether the account may make everything in the project ${project}: ${message}${status ? ` (${status})` : ""}`,
  };
}
