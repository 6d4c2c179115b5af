import * as compute from "@pulumi/gcp/compute";
import * as pulumi from "@pulumi/pulumi";
import { AuthorityService } from "./authorityService";
import { type CertificateAuthority, givenAuthority } from "./certificateAuthority";
import type { GivenAuthority } from "./config/authority";
import type { Mesh } from "./config/schema";
import { MeshCertificateAuthority } from "./meshCertificateAuthority";
import { MeshError } from "./meshError";
import { MeshNetwork } from "./meshNetwork";
import type { SharedOutputs } from "./peers";
import { ProjectServices } from "./projectServices";

export interface SharedResourcesArgs {
  project: string;
  mesh: Mesh;
  /** With source `given`. */
  given?: pulumi.Input<GivenAuthority>;
  /** Refuse to delete the certificates. */
  protect: boolean;
}

/** What exists once per mesh, and belongs to the stack of the home cluster: APIs, VPC, trust, and the global address. */
export class SharedResources extends pulumi.ComponentResource {
  /** What a cluster of the same stack has to wait for, and what has to be there until it is gone. */
  readonly foundation: pulumi.Resource[];
  /** What has to be right before anything of a cluster is made. */
  readonly checked: pulumi.Input<pulumi.Resource>[];
  /** As of {@link CertificateAuthority}. */
  readonly signed: CertificateAuthority["signed"];
  readonly outputs: SharedOutputs;

  constructor(name: string, args: SharedResourcesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh:index:SharedResources", name, {}, opts);
    const { project, mesh } = args;
    const { source } = mesh.certificateAuthority;
    const child = { parent: this };

    const services = new ProjectServices(
      name,
      { project, dns: mesh.routes.length > 0, authorityService: source === "authorityService" },
      child,
    );
    const afterServices = { parent: this, dependsOn: [services] };

    const needsNetwork = Object.values(mesh.clusters).some(({ existing }) => !existing);
    const network = needsNetwork ? new MeshNetwork(name, { project, mesh }, afterServices) : undefined;

    const authority = authorityOf(`${name}-ca`, args, { parent: this }, [services]);

    const address = new compute.GlobalAddress(
      `${name}-edge`,
      { project, name: `${name}-edge`, addressType: "EXTERNAL", ipVersion: "IPV4" },
      afterServices,
    );
    const sslPolicy = mesh.ingress.sslPolicy
      ? new compute.SSLPolicy(
          `${name}-edge`,
          { project, name: sslPolicyName(mesh), ...mesh.ingress.sslPolicy },
          afterServices,
        )
      : undefined;
    this.foundation = [services, ...(network ? [network] : []), ...(sslPolicy ? [sslPolicy] : [])];
    this.signed = authority.signed;
    this.checked = authority.checked ? [authority.checked] : [];

    this.outputs = {
      network: pulumi.output(network?.network.id),
      address: address.address,
      rootCertificate: authority.rootCertificate,
      intermediates: authority.intermediates,
    };
    this.registerOutputs({ address: address.address });
  }
}

function authorityOf(
  name: string,
  { project, mesh, given, protect }: SharedResourcesArgs,
  parent: pulumi.ComponentResourceOptions,
  dependsOn: pulumi.Resource[],
): CertificateAuthority {
  const clusters = Object.keys(mesh.clusters);
  switch (mesh.certificateAuthority.source) {
    case "generated":
      return new MeshCertificateAuthority(name, { mesh, clusters, protect }, parent);
    case "authorityService":
      return new AuthorityService(name, { project, mesh, clusters, protect }, { ...parent, dependsOn });
    case "given":
      if (given === undefined) {
        throw new MeshError(
          "mesh.certificateAuthority.source is given: give certificates and keys as `certificateAuthority`.",
        );
      }
      return givenAuthority(given);
  }
}

/** Plain, since FrontendConfigs of other stacks name it too. */
export function sslPolicyName({ id }: Pick<Mesh, "id">): string {
  return `${id}-edge`;
}
