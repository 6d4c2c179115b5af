import * as pulumi from "@pulumi/pulumi";

/** A stack's full name, in this organization and project unless it says otherwise. */
export function qualified(stack: string): string {
  const [name, project = pulumi.getProject(), organization = pulumi.getOrganization()] = stack
    .split("/")
    .reverse();
  return [organization, project, name].join("/");
}
