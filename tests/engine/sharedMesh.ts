import type { Rehearsal } from "../../rehearsal/host";
import { createProgress } from "../../rehearsal/progress";
import { describeMesh, PROJECT } from "../../rehearsal/program";
import { ensureTrafficTools, type TrafficTools } from "../../rehearsal/tools/traffic";
import { whyNoNamespaces } from "../../rehearsal/traffic/namespaces";
import type { Objects } from "./objects";
import { Stage } from "./stage";

export const STACKS = ["us-east1", "us-central1"];
export const DOMAIN = "mesh.example.com";

/** Beside those of Pulumi.yaml: a name for the page in each cluster, locality, and strong TLS. */
export const SHARED_FIELDS = {
  dns: { zone: "mesh-example-com", domain: DOMAIN },
  routes: [{ name: "page", service: "verify", namespace: "verify", port: 80 }],
  locality: { enabled: true },
  ingress: { sslPolicy: { minTlsVersion: "TLS_1_2", profile: "MODERN" } },
};

/** What both stacks make of Pulumi.yaml as it is, by whoever brought them up first. */
export const asItIs: { objects?: Objects } = {};

let shared: Promise<Stage> | undefined;

/**
 * A mesh of both stacks with {@link SHARED_FIELDS}, with traffic where namespaces can be had. Test files that leave it as it was
 * share it; one that is run alone makes it.
 */
export async function sharedMesh(): Promise<Stage> {
  if (!(await shared)?.isOpen) {
    shared = makeShared();
  }
  return shared!;
}

/** Hands on a mesh that is as {@link sharedMesh} says. */
export function share(stage: Stage): void {
  shared = Promise.resolve(stage);
}

/** Undefined where namespaces cannot be had. */
export async function trafficTools(): Promise<TrafficTools | undefined> {
  return (await whyNoNamespaces()) ? undefined : ensureTrafficTools(createProgress());
}

async function makeShared(): Promise<Stage> {
  const stage = await Stage.open(await trafficTools());
  try {
    await makeZone(stage.rehearsal);
    describeMesh(SHARED_FIELDS);
    for (const stack of STACKS) {
      await stage.create(stack);
      await stage.up(stack);
    }
    return stage;
  } catch (error) {
    await stage.close();
    throw error;
  }
}

/** For the last one that shares it. */
export async function endSharedMesh(): Promise<void> {
  const ending = shared;
  shared = undefined;
  // Whoever asked for it has been told why there is none.
  await (await ending?.catch(() => undefined))?.close();
}

// Where the last one is not among the chosen tests.
after(endSharedMesh);

/** The zone is the user's own, and so is the API for it. */
export async function makeZone({ project }: Rehearsal): Promise<void> {
  await project.call("create", "gcp:projects/service:Service", {
    properties: { project: PROJECT.id, service: "dns.googleapis.com" },
  });
  await project.call("create", "gcp:dns/managedZone:ManagedZone", {
    properties: { name: "mesh-example-com", dnsName: `${DOMAIN}.`, description: "theirs" },
  });
}
