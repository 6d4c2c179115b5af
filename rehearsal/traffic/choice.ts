import type { TrafficChoice } from "../options";
import type { Progress } from "../progress";
import { ensureTrafficTools, type TrafficTools } from "../tools/traffic";
import { whyNoNamespaces } from "./namespaces";

/** @throws Error for people when traffic is `on` and this machine has no namespaces: before anything is built or started. */
export async function refuseWithout(choice: TrafficChoice, why = () => whyNoNamespaces()): Promise<void> {
  const reason = choice === "on" ? await why() : undefined;
  if (reason !== undefined) {
    throw new Error(refusal(reason));
  }
}

/**
 * The programs for traffic; undefined when there is to be none, and the reason is said, once.
 * @throws Error for people when it is `on` and cannot be.
 */
export async function trafficFor(
  choice: TrafficChoice,
  progress: Progress,
  {
    why = () => whyNoNamespaces(),
    get = ensureTrafficTools,
  }: { why?: () => Promise<string | undefined>; get?: (progress: Progress) => Promise<TrafficTools> } = {},
): Promise<TrafficTools | undefined> {
  if (choice === "off") {
    progress.note("No request is sent through the mesh, and none is checked: --traffic is off.");
    return undefined;
  }
  const reason = await why();
  if (reason === undefined) {
    try {
      return await get(progress);
    } catch (error) {
      return without(choice, error instanceof Error ? error.message : String(error), progress);
    }
  }
  return without(choice, reason, progress);
}

function without(choice: TrafficChoice, reason: string, progress: Progress): undefined {
  if (choice === "on") {
    throw new Error(refusal(reason));
  }
  progress.warn(`no request is sent through the mesh, and none is checked: ${reason}`);
  return undefined;
}

function refusal(reason: string): string {
  return `--traffic is "on", and this machine cannot: ${reason}. Only npm start can go without: --traffic auto or off.`;
}
