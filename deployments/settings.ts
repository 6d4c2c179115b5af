import type { DeploymentSettingsArgs } from "@pulumi/pulumiservice/deploymentSettings";
import type { DriftScheduleArgs } from "@pulumi/pulumiservice/driftSchedule";
import type { WebhookArgs } from "@pulumi/pulumiservice/webhook";

/** How a deployment gets its credentials: by a token of Pulumi Cloud that Google exchanges, so there is no key. */
export interface GoogleCloud {
  /** Number, not id, of the project that has the workload identity pool. */
  projectNumber: string;
  workloadPoolId: string;
  providerId: string;
  /** E-mail address of the account that may change the mesh. */
  serviceAccount: string;
}

export interface Delivery {
  /** Organization in Pulumi Cloud. */
  organization: string;
  /** Name of the mesh's Pulumi project. */
  project: string;
  /** On GitHub, as `owner/name`. */
  repository: string;
  /** In the order in which they are deployed. */
  stacks: string[];
  google: GoogleCloud;
}

/**
 * Settings of one stack. A push to main starts the first stack alone; the others follow by {@link nextStack}, since Pulumi
 * Deployments would otherwise run all of them at once.
 */
export function stackSettings(stack: string, delivery: Delivery): DeploymentSettingsArgs {
  const { organization, project, repository, stacks, google } = delivery;
  return {
    organization,
    project,
    stack,
    sourceContext: { git: { branch: "refs/heads/main" } },
    vcs: {
      provider: "github",
      repository,
      deployCommits: stack === stacks[0],
      // A preview would run a branch's code with the account that may change the mesh: there is one account per stack.
      previewPullRequests: false,
      pullRequestTemplate: false,
    },
    operationContext: {
      oidc: {
        gcp: {
          projectId: google.projectNumber,
          workloadPoolId: google.workloadPoolId,
          providerId: google.providerId,
          serviceAccount: google.serviceAccount,
        },
      },
      preRunCommands: ["bash deployments/prepare.sh", "npm ci"],
      // Every flag of the CLI is a variable too: https://www.pulumi.com/blog/controlling-the-cli-through-environment-variables/
      environmentVariables: { PULUMI_OPTION_POLICY_PACK: "policy" },
      // What Pulumi would run is npm install, which may change versions.
      options: { skipInstallDependencies: true, skipIntermediateDeployments: true },
    },
    cacheOptions: { enable: true },
  };
}

/**
 * Starts `next` when an update of `stack` has succeeded. One event only: each further one would start it again.
 * https://www.pulumi.com/docs/deployments/guides/dependent-stack-updates/
 */
export function nextStack(stack: string, next: string, { organization, project }: Delivery): WebhookArgs {
  return {
    organizationName: organization,
    projectName: project,
    stackName: stack,
    displayName: `deploy-${next}`,
    format: "pulumi_deployments",
    payloadUrl: `${project}/${next}`,
    filters: ["update_succeeded"],
    active: true,
  };
}

/** A daily look at what differs from state. It changes nothing. */
export function driftSchedule(stack: string, { organization, project }: Delivery): DriftScheduleArgs {
  return { organization, project, stack, scheduleCron: "17 4 * * *", autoRemediate: false };
}
