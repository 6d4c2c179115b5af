import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type ApiObject } from "../../kubernetes/client";
import { clusterDefinitions } from "../crds";
import { listAt } from "../properties";
import type { Api } from "./objects";

const manager = "kube-addon-manager";

/** Installs CRDs where they are missing, and waits until they are served. @throws after 20 s */
export async function installDefinitions(api: Api, definitions: ApiObject[]): Promise<void> {
  for (const definition of definitions)
    await api.create(definition, { fieldManager: manager }).catch((error: unknown) => {
      if (!(error instanceof ApiError && error.reason === "AlreadyExists")) throw error;
    });
  const deadline = Date.now() + 20_000;
  for (const { apiVersion, kind, metadata } of definitions)
    while (!isServed(await api.get(apiVersion, kind, metadata.name))) {
      if (Date.now() > deadline)
        throw new Error(`the API server does not serve ${metadata.name} 20 s after it was installed`);
      await sleep(50);
    }
}

/** Whether all are installed and served already, as after a restart of the rehearsal. */
export async function hasDefinitions(api: Api, definitions: ApiObject[]): Promise<boolean> {
  const found = await Promise.all(
    definitions.map(({ apiVersion, kind, metadata }) => api.get(apiVersion, kind, metadata.name)),
  );
  return found.every(isServed);
}

function isServed(definition: ApiObject | undefined): boolean {
  return listAt(definition, "status.conditions").some(
    ({ type, status }) => type === "Established" && status === "True",
  );
}

/** What each GKE cluster has from birth: to be called before the cluster counts as created. */
export function installClusterDefinitions(api: Api): Promise<void> {
  return installDefinitions(api, clusterDefinitions);
}
