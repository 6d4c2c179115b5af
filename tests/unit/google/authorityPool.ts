import { authorityPoolType, authorityType } from "../../../rehearsal/google/names";
import type { SimulatedProject } from "../../../rehearsal/google/project";
import type { Properties } from "../../../rehearsal/google/properties";

interface Options {
  name?: string;
  /** Of the CA pool. */
  pool?: Properties;
  /** Of the authority in it. */
  authority?: Properties;
  /** Common name of the authority, and its id. Default: root */
  id?: string;
}

/** A CA pool with an authority, as somebody has it before there is a mesh. @returns the authority's id. */
export async function makePool(project: SimulatedProject, options: Options = {}): Promise<string> {
  const { name = "mesh", pool = {}, id = "root" } = options;
  const location = "us-east1";
  await project.call("create", "gcp:projects/service:Service", {
    properties: { project: project.projectId, service: "privateca.googleapis.com" },
  });
  if (project.list(authorityPoolType).every(({ properties }) => properties.name !== name)) {
    await project.call("create", authorityPoolType, {
      properties: { location, name, tier: "ENTERPRISE", ...pool },
    });
  }
  const made = await project.call("create", authorityType, {
    properties: {
      location,
      pool: name,
      certificateAuthorityId: id,
      config: { subjectConfig: { subject: { commonName: id, organization: "Example" } } },
      ...options.authority,
    },
  });
  return made.id ?? "";
}
