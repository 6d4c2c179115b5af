import { type Finding, keyOf, type Question, verdict } from "../check";
import type { Kind } from "../cluster/kinds";
import {
  ISTIO_NAMESPACE,
  istioOperators,
  istiodName,
  joined,
  kubectl,
  makeAgain,
  type Mesh,
  type MeshCluster,
} from "../mesh";
import { isObject, type KubernetesObject, listAt, nameOf, objectAt, textAt } from "../objects";

/**
 * What the operator made is as its IstioOperator resources ask. It compares nothing by itself: what somebody changes by hand
 * stays so until the operator applies that object anew, which a change of the configuration alone does not make it do.
 */
export function operatorMadeQuestions(mesh: Mesh): Question[] {
  return mesh.clusters.map((cluster) => ({
    id: "operator-made",
    cluster: cluster.name,
    title: "Nobody changed it by hand",
    breaks:
      "what was configured does not hold, and no `pulumi up` says so: the operator leaves such changes alone",
    fix: `${kubectl(cluster)} -n ${ISTIO_NAMESPACE} get istiooperator -o yaml`,
    // Changes that do harm are theirs.
    needs: ["istio-operators", "drain", "autoscaling", "east-west-service", "ingress-service"].map((id) =>
      keyOf({ id, cluster: cluster.name }),
    ),
    ask: () => unchanged(mesh, cluster),
  }));
}

/** An object of the operator's, and the fields that it was asked for. */
export interface AskedObject {
  apiVersion: string;
  kind: Kind;
  /** As `kubectl` takes it. */
  short: string;
  namespace: string;
  name: string;
  /** The fields of the object, as far as they were asked for. */
  fields: object;
}

async function unchanged({ config }: Mesh, cluster: MeshCluster): Promise<Finding> {
  const resources = await istioOperators(cluster, config);
  const asked = resources.flatMap((resource) => askedOf(resource, istiodName(config)));
  const results = await Promise.all(
    asked.map(async ({ apiVersion, kind, short, name, namespace, fields }) => {
      const object = await cluster.api.get(apiVersion, kind, name, namespace);
      const problems = object ? changes(object, fields) : [`there is no ${kind} ${namespace}/${name}`];
      return { problems, fix: object && problems.length > 0 ? makeAgain(cluster, short, object) : "" };
    }),
  );
  const again = joined(results.map(({ fix }) => fix));
  return verdict(
    results.flatMap(({ problems }) => problems),
    `${asked.length} objects are as their IstioOperator asks`,
    again && `the operator makes it again: ${again}; its values: Pulumi.yaml`,
  );
}

/** Autoscalers, budgets and Services that an IstioOperator asks for. @param istiod name of its Deployment */
export function askedOf(resource: KubernetesObject, istiod: string): AskedObject[] {
  const pilot = objectAt(resource, "spec.components.pilot");
  const gateways = listAt(resource, "spec.components.ingressGateways").filter(({ enabled }) => enabled);
  return [
    ...(pilot.k8s ? scaled(pilot, istiod, ISTIO_NAMESPACE) : []),
    ...gateways.flatMap((gateway) => {
      const [name = "", namespace = ISTIO_NAMESPACE] = [
        textAt(gateway, "name"),
        textAt(gateway, "namespace"),
      ];
      return [...scaled(gateway, name, namespace), ...service(gateway, name, namespace)];
    }),
  ];
}

function scaled(component: object, name: string, namespace: string): AskedObject[] {
  const { minReplicas, maxReplicas, metrics } = objectAt(component, "k8s.hpaSpec");
  const place = { name, namespace };
  return [
    {
      ...{ apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", short: "hpa", ...place },
      fields: { spec: { minReplicas, maxReplicas, metrics } },
    },
    {
      ...{ apiVersion: "policy/v1", kind: "PodDisruptionBudget", short: "pdb", ...place },
      fields: { spec: objectAt(component, "k8s.podDisruptionBudget") },
    },
  ];
}

function service(gateway: object, name: string, namespace: string): AskedObject[] {
  return [
    {
      ...{ apiVersion: "v1", kind: "Service", short: "service", name, namespace },
      fields: {
        metadata: { annotations: objectAt(gateway, "k8s.serviceAnnotations") },
        spec: objectAt(gateway, "k8s.service"),
      },
    },
  ];
}

/** What an object has other than was asked for; fields that nobody asked for do not count. */
export function changes(object: KubernetesObject, fields: object): string[] {
  return differing(object, fields, []).map(
    ({ path, found, wanted }) =>
      `${object.kind} ${nameOf(object)}: ${path} is ${written(found)}, not ${written(wanted)}`,
  );
}

interface Difference {
  path: string;
  found: unknown;
  wanted: unknown;
}

/** Fields that were asked for and are otherwise. @param path of both, for the result */
export function differing(found: unknown, wanted: unknown, path: string[]): Difference[] {
  if (wanted === undefined) {
    return [];
  }
  if (Array.isArray(wanted) && Array.isArray(found) && wanted.length === found.length) {
    return wanted.flatMap((one, index) => differing(found[index], one, [...path, `${index}`]));
  }
  if (isObject(wanted)) {
    // Keys may have dots in them.
    const fields = isObject(found) ? found : {};
    return Object.entries(wanted).flatMap(([key, one]) => differing(fields[key], one, [...path, key]));
  }
  return found === wanted ? [] : [{ path: path.join("."), found, wanted }];
}

/** A value, for people. */
export function written(value: unknown): string {
  return value === undefined ? "missing" : typeof value === "string" ? value : JSON.stringify(value);
}
