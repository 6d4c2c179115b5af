import { STACKS } from "./aftermath";
import type { Scene } from "./kills";

const NAMESPACE = "istio-gateways";

/** What Istio's operator made, a person may change, and the program never sees. */
const EDITS = [
  {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    namespace: NAMESPACE,
    name: "istio-ingressgateway",
    patch: { spec: { maxReplicas: 99 } },
    read: (object: unknown) => (object as { spec: { maxReplicas: number } }).spec.maxReplicas === 99,
  },
  {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    namespace: NAMESPACE,
    name: "istio-ingressgateway",
    patch: { spec: { minAvailable: 0 } },
    read: (object: unknown) => (object as { spec: { minAvailable: number } }).spec.minAvailable === 0,
  },
  {
    apiVersion: "v1",
    kind: "Service",
    namespace: NAMESPACE,
    name: "istio-ingressgateway",
    patch: { metadata: { annotations: { "cloud.google.com/neg": '{"exposed_ports":{}}' } } },
    read: (object: unknown) =>
      (object as { metadata: { annotations?: Record<string, string> } }).metadata.annotations?.[
        "cloud.google.com/neg"
      ] === '{"exposed_ports":{}}',
  },
];

/**
 * Changes what the operator made, and says what becomes of it: after a refresh and an `up`, and after a restart of the
 * operator, which is what mends it.
 */
export async function operatorsOwn({ rehearsal, pulumi, progress }: Scene): Promise<string[]> {
  const [stack = ""] = STACKS;
  const client = rehearsal.clusters.get(stack)?.plane.client;
  if (!client) {
    throw new Error(`${stack} is not up`);
  }
  const get = ({ apiVersion, kind, name, namespace }: (typeof EDITS)[number]) =>
    client.get(apiVersion, kind, name, namespace);
  const lines: string[] = [];
  const there: typeof EDITS = [];
  for (const edit of EDITS) {
    const object = await get(edit);
    if (object) {
      await client.patch({ ...object, ...edit, metadata: object.metadata }, edit.patch);
      there.push(edit);
    }
  }
  for (const command of ["refresh", "up"]) {
    const args = [command, "-s", stack, "--yes", "--skip-preview", "--expect-no-changes"];
    const seen = await progress
      .step(`pulumi ${args.join(" ")}`, (say) => pulumi.run(args, say))
      .then(
        () => false,
        () => true,
      );
    lines.push(`${command} ${seen ? "sees" : "does not see"} what was changed of the operator's own`);
  }
  const deployments = await client.list("apps/v1", "Deployment", { namespace: "istio-operator" });
  const edited = async () => Promise.all(there.map(async (edit) => edit.read(await get(edit))));
  const before = await edited();
  for (const operator of deployments) {
    const annotations = { "kubectl.kubernetes.io/restartedAt": new Date().toISOString() };
    await client.patch(operator, { spec: { template: { metadata: { annotations } } } });
  }
  let after = before;
  for (let waited = 0; waited < 120 && after.some(Boolean); waited += 2) {
    await new Promise((resolve) => setTimeout(resolve, 2000));
    after = await edited();
  }
  there.forEach(({ kind, name }, index) => {
    lines.push(
      `${kind} ${name}: ${before[index] ? "stays as edited" : "is mended at once"}; ` +
        `after a restart of the operator ${after[index] ? "still as edited" : "as it was"}`,
    );
  });
  return lines;
}
