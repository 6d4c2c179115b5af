import * as projects from "@pulumi/gcp/projects";
import * as pulumi from "@pulumi/pulumi";

export interface ProjectServicesArgs {
  /** Google Cloud project id. */
  project: string;
  /** Cloud DNS too, which only ClusterRoute needs. */
  dns: boolean;
  /** Certificate Authority Service too. */
  authorityService: boolean;
}

/**
 * The APIs that a mesh needs, and the rights of the Google service agents that act for its fleet. The APIs stay on when the
 * stack goes: others in the project may use them. `serviceusage` and `cloudresourcemanager` have to be on before, since they
 * switch on the rest: docs/google-cloud.md.
 */
export class ProjectServices extends pulumi.ComponentResource {
  constructor(name: string, args: ProjectServicesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:google:ProjectServices", name, {}, opts);
    const { project } = args;

    const services = requiredServices(args).map(
      (service) =>
        new projects.Service(
          `${name}-${service}`,
          { project, service: `${service}.googleapis.com`, disableOnDestroy: false },
          { parent: this },
        ),
    );
    for (const [service, role] of Object.entries(SERVICE_AGENTS)) {
      const agent = new projects.ServiceIdentity(
        `${name}-${service}-agent`,
        { project, service: `${service}.googleapis.com` },
        { parent: this, dependsOn: services },
      );
      new projects.IAMMember(
        `${name}-${service}-agent`,
        { project, role, member: agent.member },
        // Google's agent may serve others in the project too.
        { parent: this, retainOnDelete: true },
      );
    }

    this.registerOutputs({});
  }
}

/** The first labels of the APIs' names, such as `compute` of `compute.googleapis.com`. */
export function requiredServices({ dns, authorityService }: Omit<ProjectServicesArgs, "project">): string[] {
  return [
    "iam",
    "compute",
    "container",
    "gkehub",
    "multiclusteringress",
    // What nodes and telemetry write to.
    "logging",
    "monitoring",
    "cloudtrace",
    ...(dns ? ["dns"] : []),
    ...(authorityService ? ["privateca"] : []),
  ];
}

// https://cloud.google.com/kubernetes-engine/docs/how-to/multi-cluster-ingress-setup
const SERVICE_AGENTS = {
  multiclusteringress: "roles/multiclusteringress.serviceAgent",
  // Without it memberships fail: `hub default service account does not have access to the GKE cluster project`.
  gkehub: "roles/gkehub.serviceAgent",
};
