import type { IngressDelays } from "../google/controllers";
import { aliveAndWell, bringUp, STACKS } from "./aftermath";
import type { Scene } from "./kills";

/** A day: longer than anybody waits. */
const NEVER = 86_400_000;

/** What Google does not make, and what `up` says when the time for it is over: what is missing, and where to look. */
const MISSING: { delay: keyof IngressDelays; what: string; says: RegExp[] }[] = [
  {
    delay: "definitions",
    what: "kinds that never appear",
    says: [
      /Kinds of the multi-cluster ingress in us-east1: not ready after \d+ s: /,
      /Look at: gcloud container fleet ingress describe/,
    ],
  },
  {
    delay: "address",
    what: "a load balancer that never gets its address",
    says: [
      /MultiClusterIngress istio-gateways\/edge in us-east1: not ready after \d+ s: its load balancer has no address/,
      /When the cause is mended: pulumi up again/,
    ],
  },
];

/**
 * Makes Google's controllers wait for ever, one thing after the other, until the program's own deadlines are over; then the
 * same command, with the controllers as always, goes on to the next. Takes as long as the deadlines: about an hour.
 */
export async function waitsPart(scene: Scene): Promise<void> {
  const { rehearsal, pulumi, progress } = scene;
  const [home = ""] = STACKS;
  const { ingressDelays } = rehearsal;
  const usual = { ...ingressDelays };
  const problems: string[] = [];
  await pulumi.run(["stack", "select", "--create", "--stack", home]);
  for (const { delay, what, says } of MISSING) {
    Object.assign(ingressDelays, usual, { [delay]: NEVER });
    const message = await progress
      .step(`pulumi up -s ${home} with ${what}`, (say) =>
        pulumi.run(["up", "-s", home, "--yes", "--skip-preview"], say),
      )
      .then(
        () => "",
        (error: Error) => error.message,
      );
    const unsaid = says.filter((line) => !line.test(message));
    problems.push(
      ...unsaid.map((line) => `${what}: up does not say ${String(line)}: ${message || "it passes"}`),
    );
  }
  Object.assign(ingressDelays, usual);
  await bringUp(scene);
  problems.push(...(await aliveAndWell(scene)));
  for (const problem of problems) {
    progress.warn(problem);
  }
  progress.note(`${MISSING.length} things that never came; ${problems.length} problems.`);
  if (problems.length > 0) {
    throw new Error(`${problems.length} problems after ${MISSING.length} things that never came`);
  }
}
