import { Rehearsal } from "../../rehearsal/host";
import { Processes } from "../../rehearsal/processes";
import { createProgress } from "../../rehearsal/progress";
import { describeMesh, PROJECT } from "../../rehearsal/program";
import { Pulumi } from "../../rehearsal/pulumi";
import { claim, clear } from "../../rehearsal/running";
import { ensureTools } from "../../rehearsal/tools";
import type { TrafficTools } from "../../rehearsal/tools/traffic";
import { bringUpStacks } from "../../rehearsal/up";

export const STACKS = ["us-east1", "us-central1"];
export const DOMAIN = "mesh.example.com";

/** A mesh of both stacks, made anew for one test file. */
export interface RehearsedMesh {
  rehearsal: Rehearsal;
  env: Record<string, string>;
  stop(): Promise<void>;
}

/** @param fields of the mesh, other than in the checkout's Pulumi.yaml; `dns` gets its zone */
export async function rehearsedMesh(
  fields: Record<string, unknown> = {},
  traffic?: TrafficTools,
): Promise<RehearsedMesh> {
  const progress = createProgress();
  const processes = new Processes();
  const tools = await ensureTools(progress);
  claim();
  clear();
  const rehearsal = await Rehearsal.start(tools, processes, "auto", traffic);
  const stop = async () => {
    await rehearsal.stop();
    await processes.stopAll();
  };
  try {
    if (fields.dns) {
      await makeZone(rehearsal);
    }
    describeMesh(fields);
    const env = await rehearsal.environment();
    await bringUpStacks(new Pulumi(tools.pulumi, processes, env), STACKS, progress, ["--skip-preview"]);
    return { rehearsal, env, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The zone is the user's own, and so is the API for it. */
export async function makeZone({ project }: Rehearsal): Promise<void> {
  await project.call("create", "gcp:projects/service:Service", {
    properties: { project: PROJECT.id, service: "dns.googleapis.com" },
  });
  await project.call("create", "gcp:dns/managedZone:ManagedZone", {
    properties: { name: "mesh-example-com", dnsName: `${DOMAIN}.`, description: "theirs" },
  });
}
