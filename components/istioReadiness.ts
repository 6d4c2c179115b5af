import type { V1Deployment } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import * as pulumi from "@pulumi/pulumi";
import { type ClusterApi, clusterApi } from "./clusterApi";
import { ISTIO_NAMESPACE, OPERATOR_NAMESPACE } from "./manifests/operator";
import { type Observation, poll, type WaitOptions } from "./readiness";

export interface IstioReadyArgs {
  cluster: string;
  kubeconfig: pulumi.Output<string>;
  /** The IstioOperator resource, which is in istio-system. */
  name: string;
  revision: string;
  /** The Deployments that it makes. */
  deployments: { namespace: string; name: string }[];
  /** Services that need the address of a load balancer: the operator does not wait for those. */
  loadBalancers?: { namespace: string; name: string }[];
}

// The operator itself waits up to 300 s for each of its components.
const WAIT: WaitOptions = { timeoutSeconds: 900, pollSeconds: 2, reportSeconds: 15 };

/**
 * Waits, in an update, until the operator calls the resource HEALTHY **and** its Deployments are available.
 *
 * The status alone is no proof: it has no observed generation, and an operator that cannot read one resource leaves an old
 * HEALTHY on all of them.
 */
export function istioReady(args: IstioReadyArgs, after: pulumi.CustomResource): pulumi.Output<void> {
  const { cluster, name, revision } = args;
  const kubectl = `kubectl --context ${cluster}`;
  const advice =
    `Look at: ${kubectl} -n ${ISTIO_NAMESPACE} get istiooperator ${name} -o yaml; ` +
    `${kubectl} -n ${OPERATOR_NAMESPACE} logs deployment/istio-operator-${revision}; ${kubectl} get pods -A | grep istio\n` +
    `The operator does not try again by itself. When the cause is mended: ` +
    `${kubectl} -n ${OPERATOR_NAMESPACE} rollout restart deployment istio-operator-${revision}; then pulumi up again. ` +
    `Contexts called like the clusters are made in docs/google-cloud.md#9-check.`;
  const ready = pulumi.all([args.kubeconfig, after.id]).apply(async ([kubeconfig]) => {
    if (pulumi.runtime.isDryRun()) {
      return;
    }
    const api = await clusterApi(kubeconfig);
    await poll(`IstioOperator ${name} in ${cluster}`, () => observeIstio(api, args), advice, WAIT);
  });
  // Whether it is ready is no secret, even where the kubeconfig is.
  return pulumi.unsecret(ready);
}

/** The part of an IstioOperator resource that tells how it is. */
export interface IstioOperatorResource {
  metadata?: { managedFields?: ManagedField[] };
  status?: {
    status?: string;
    message?: string;
    componentStatus?: Record<string, { status?: string; error?: string }>;
  };
}

export async function observeIstio(
  api: ClusterApi,
  {
    name,
    revision,
    deployments,
    loadBalancers = [],
  }: Pick<IstioReadyArgs, "name" | "revision" | "deployments" | "loadBalancers">,
): Promise<Observation> {
  const resource = (await api.customObject({
    group: "install.istio.io",
    version: "v1alpha1",
    plural: "istiooperators",
    namespace: ISTIO_NAMESPACE,
    name,
  })) as IstioOperatorResource | undefined;
  const status = observeStatus(resource);
  if (!status.done && status.failed) {
    const operator = await api.deployment(OPERATOR_NAMESPACE, `istio-operator-${revision}`);
    // A restarted operator looks at everything again: until it has, an ERROR is what the one before it said.
    return restartedSince(operator, saidAt(resource))
      ? { ...status, reason: `${status.reason}; its operator was restarted since`, failed: false }
      : status;
  }
  if (!status.done) {
    return status;
  }
  for (const { namespace, name } of deployments) {
    const reason = unavailable(await api.deployment(namespace, name));
    if (reason) {
      return { done: false, reason: `Deployment ${namespace}/${name} ${reason}` };
    }
  }
  for (const { namespace, name } of loadBalancers) {
    const service = await api.service(namespace, name);
    if (!service?.status?.loadBalancer?.ingress?.some(({ ip, hostname }) => ip ?? hostname)) {
      return { done: false, reason: `Service ${namespace}/${name} has no load balancer address` };
    }
  }
  return { done: true };
}

/** What the status says, if it was written after the spec was. */
export function observeStatus(resource: IstioOperatorResource | undefined): Observation {
  if (!resource) {
    return { done: false, reason: "it does not exist" };
  }
  const { status = {} } = resource;
  const spec = latest(resource, ({ subresource, manager }) => !subresource && isPulumi(manager));
  if (saidAt(resource) < spec) {
    return { done: false, reason: "the operator has not looked at the latest change" };
  }
  if (status.status === "HEALTHY") {
    return { done: true };
  }
  const errors = Object.entries(status.componentStatus ?? {}).flatMap(([component, { error }]) =>
    error ? [`${component}: ${error}`] : [],
  );
  const reason = [`status ${status.status ?? "is not set"}`, status.message, ...errors]
    .filter(Boolean)
    .join("; ");
  return { done: false, reason, failed: status.status === "ERROR" || status.status === "ACTION_REQUIRED" };
}

type ManagedField = { manager?: string; subresource?: string; time?: string };

/** When the status was written last; empty when it never was. Times of an API server compare as text. */
function saidAt(resource: IstioOperatorResource | undefined): string {
  return latest(resource, ({ subresource }) => subresource === "status");
}

function latest(
  resource: IstioOperatorResource | undefined,
  counts: (field: ManagedField) => boolean,
): string {
  const fields = resource?.metadata?.managedFields ?? [];
  const times = fields.filter(counts).map(({ time }) => time ?? "");
  return times.sort().at(-1) ?? "";
}

/** `kubectl rollout restart` writes the time, with the person's own offset, into the template. */
function restartedSince(deployment: V1Deployment | undefined, time: string): boolean {
  const restarted =
    deployment?.spec?.template.metadata?.annotations?.["kubectl.kubernetes.io/restartedAt"] ?? "";
  return Date.parse(restarted) > Date.parse(time);
}

function isPulumi(manager: string | undefined): boolean {
  return manager?.startsWith("pulumi-kubernetes") ?? false;
}

/** Why a Deployment is not available with its newest generation; undefined when it is. */
export function unavailable(deployment: V1Deployment | undefined): string | undefined {
  if (!deployment) {
    return "does not exist";
  }
  const { metadata, spec, status } = deployment;
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0)) {
    return "is being updated";
  }
  const wanted = spec?.replicas ?? 1;
  const available = status?.availableReplicas ?? 0;
  const updated = status?.updatedReplicas ?? 0;
  return available < wanted || updated < wanted
    ? `has ${Math.min(available, updated)} of ${wanted} replicas available`
    : undefined;
}
