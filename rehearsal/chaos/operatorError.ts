import { STACKS } from "./aftermath";
import type { Scene } from "./kills";

const NAMESPACE = "istio-system";

/**
 * An operator that gave up on pods that were slow leaves ERROR in its resource, and does not look again. Says so in the place
 * of the operator, and types what `up` then says.
 *
 * @returns what went otherwise, one line each
 */
export async function operatorError({ rehearsal, pulumi, progress }: Scene): Promise<string[]> {
  const [stack = ""] = STACKS;
  const client = rehearsal.clusters.get(stack)?.plane.client;
  const [resource] =
    (await client?.list("install.istio.io/v1alpha1", "IstioOperator", { namespace: NAMESPACE })) ?? [];
  if (!client || !resource) {
    return [`${stack} has no IstioOperator`];
  }
  const status = { status: "ERROR", componentStatus: { Pilot: { status: "ERROR", error: "timed out" } } };
  await client.patch(resource, { status }, { subresource: "status" });
  const args = ["up", "-s", stack, "--yes", "--skip-preview"];
  const message = await progress
    .step(`pulumi ${args.join(" ")} with an IstioOperator in ERROR`, (say) => pulumi.run(args, say))
    .then(
      () => undefined,
      (error: Error) => error.message,
    );
  const [, context, namespace = "", name = ""] =
    /kubectl --context (\S+) -n (\S+) rollout restart deployment (istio-operator-[\w-]+);/.exec(
      message ?? "",
    ) ?? [];
  if (!message || context !== stack) {
    return [
      `an IstioOperator in ERROR: up ${message ? `does not say how to mend it: ${message}` : "passes"}`,
    ];
  }
  // What `kubectl rollout restart` writes.
  const annotations = { "kubectl.kubernetes.io/restartedAt": new Date().toISOString() };
  const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace } };
  await client.patch(deployment, { spec: { template: { metadata: { annotations } } } });
  return progress
    .step(`pulumi ${args.join(" ")} after the command that it named`, (say) => pulumi.run(args, say))
    .then(
      () => [],
      (error: Error) => [
        `an IstioOperator in ERROR stays so after a restart of its operator: ${error.message}`,
      ],
    );
}
