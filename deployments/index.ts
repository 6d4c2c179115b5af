import * as pulumi from "@pulumi/pulumi";
import { DeploymentSettings } from "@pulumi/pulumiservice/deploymentSettings";
import { DriftSchedule } from "@pulumi/pulumiservice/driftSchedule";
import { Webhook } from "@pulumi/pulumiservice/webhook";
import { type Delivery, driftSchedule, nextStack, stackSettings } from "./settings";

const config = new pulumi.Config();
const delivery: Delivery = {
  organization: pulumi.getOrganization(),
  project: config.require("project"),
  repository: config.require("repository"),
  stacks: config.requireObject<string[]>("stacks"),
  google: {
    projectNumber: config.require("googleProjectNumber"),
    workloadPoolId: config.require("googleWorkloadPool"),
    providerId: config.require("googleProvider"),
    serviceAccount: config.require("googleServiceAccount"),
  },
};

const settings = delivery.stacks.map(
  (stack) => new DeploymentSettings(stack, stackSettings(stack, delivery)),
);
for (const [index, stack] of delivery.stacks.entries()) {
  // Both ends have to have settings before the one can start the other.
  const options = { dependsOn: settings };
  const next = delivery.stacks[index + 1];
  if (next !== undefined) {
    new Webhook(`${stack}-then-${next}`, nextStack(stack, next, delivery), options);
  }
  new DriftSchedule(`${stack}-drift`, driftSchedule(stack, delivery), options);
}
