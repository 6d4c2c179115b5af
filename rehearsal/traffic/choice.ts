import type { TrafficChoice } from "../options";
import type { Progress } from "../progress";
import { ensureTrafficTools, type TrafficTools } from "../tools/traffic";
import { whyNoNamespaces } from "./namespaces";

/**
 * The programs for traffic; undefined when there is to be none. With `auto` the reason is said, once.
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
    throw new Error(
      `--traffic is "on", and this machine cannot: ${reason}. Write auto or off to go without.`,
    );
  }
  progress.warn(`no request is sent through the mesh: ${reason}`);
  return undefined;
}
