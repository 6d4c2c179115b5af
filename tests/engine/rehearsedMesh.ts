import { Rehearsal } from "../../rehearsal/host";
import { Processes } from "../../rehearsal/processes";
import { createProgress } from "../../rehearsal/progress";
import { describeMesh, PROJECT } from "../../rehearsal/program";
import { Pulumi } from "../../rehearsal/pulumi";
import { claim, clear } from "../../rehearsal/running";
import { ensureTools } from "../../rehearsal/tools";
import { ensureTrafficTools, type TrafficTools } from "../../rehearsal/tools/traffic";
import { whyNoNamespaces } from "../../rehearsal/traffic/namespaces";
import { bringUpStacks } from "../../rehearsal/up";

export const STACKS = ["us-east1", "us-central1"];
export const DOMAIN = "mesh.example.com";

/** A mesh that runs in this process. */
export interface RehearsedMesh {
  rehearsal: Rehearsal;
  env: Record<string, string>;
  stop(): Promise<void>;
}

let shared: Promise<RehearsedMesh> | undefined;

/**
 * A mesh of both stacks, with traffic where namespaces can be had, a name for each cluster, and locality switched on. Test files
 * that leave it as it was share it: the first one that asks makes it.
 */
export function sharedMesh(): Promise<RehearsedMesh> {
  shared ??= makeShared();
  return shared;
}

async function makeShared(): Promise<RehearsedMesh> {
  const traffic = (await whyNoNamespaces()) ? undefined : await ensureTrafficTools(createProgress());
  return rehearsedMesh(
    {
      dns: { zone: "mesh-example-com", domain: DOMAIN },
      routes: [{ name: "page", service: "verify", namespace: "verify", port: 80 }],
      locality: { enabled: true },
    },
    traffic,
  );
}

/** For the last one that shares it. */
export async function endSharedMesh(): Promise<void> {
  const ending = shared;
  shared = undefined;
  // Whoever asked for it has been told why there is none.
  await (await ending?.catch(() => undefined))?.stop();
}

// Where the last one is not among the chosen tests.
after(endSharedMesh);

/** A mesh of both stacks of its own. @param fields beside those of Pulumi.yaml */
export async function rehearsedMesh(
  fields: Record<string, unknown>,
  traffic: TrafficTools | undefined,
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
