import { parse } from "yaml";
import { failed, type Finding, keyOf, type Question, verdict } from "../check";
import {
  ISTIO_NAMESPACE,
  istioOperators,
  kubectl,
  type Mesh,
  type MeshCluster,
  meshConfigMap,
} from "../mesh";
import { type Fields, isObject, objectAt, textAt } from "../objects";
import { differing, written } from "./operatorMade";

/**
 * istiod's own configuration, which the operator writes into a ConfigMap and then leaves alone: as the IstioOperator asks, and in
 * what nobody asks for as in the other clusters. A field too much there may blind istiod, or keep services in their cluster.
 */
export function meshConfigQuestions(mesh: Mesh): Question[] {
  return mesh.clusters.map((cluster) => ({
    id: "mesh-config",
    cluster: cluster.name,
    title: "istiod is configured alike",
    breaks: "istiod of this cluster sees, or tells its proxies, something else than those of the others",
    fix:
      `the operator makes it again: ${kubectl(cluster)} -n ${ISTIO_NAMESPACE} delete configmap ${meshConfigMap(mesh.config)}; ` +
      "what is meant for the whole mesh goes into spec.meshConfig of the IstioOperator, which the program writes",
    needs: ["istio-operators", "trust-domain", "injection"].map((id) => keyOf({ id, cluster: cluster.name })),
    ask: () => alike(mesh, cluster),
  }));
}

async function alike(mesh: Mesh, cluster: MeshCluster): Promise<Finding> {
  const own = await meshConfigOf(mesh, cluster);
  if (!own) {
    return failed(`there is no ConfigMap ${ISTIO_NAMESPACE}/${meshConfigMap(mesh.config)}`);
  }
  const resources = await istioOperators(cluster, mesh.config);
  const asked = Object.assign({}, ...resources.map((one) => objectAt(one, "spec.meshConfig"))) as Fields;
  const others = await Promise.all(
    mesh.clusters
      .filter((other) => other !== cluster)
      // Another revision has a ConfigMap of its own, and other defaults.
      .map(async (other) => ({ name: other.name, config: await meshConfigOf(mesh, other) })),
  );
  return verdict(
    meshConfigProblems(
      own,
      asked,
      others.flatMap(({ name, config }) => (config ? [{ name, config }] : [])),
    ),
    `${Object.keys(own).length} fields, in every cluster the same`,
  );
}

async function meshConfigOf({ config }: Mesh, { api }: MeshCluster): Promise<Fields | undefined> {
  const map = await api.get("v1", "ConfigMap", meshConfigMap(config), ISTIO_NAMESPACE);
  const read: unknown = map && parse(textAt(map, "data.mesh") ?? "");
  return map && (isObject(read) ? read : {});
}

/** What Istio's charts write unasked: https://github.com/istio/istio/blob/1.23.2/manifests/charts/istio-control/istio-discovery/templates/configmap.yaml */
const CHARTS = ["defaultConfig", "defaultProviders", "enablePrometheusMerge", "rootNamespace", "trustDomain"];

/** @param asked by the IstioOperator. */
export function meshConfigProblems(
  own: Fields,
  asked: Fields,
  others: { name: string; config: Fields }[],
): string[] {
  const wrong = differing(own, asked, []).map(
    ({ path, found, wanted }) => `meshConfig.${path} is ${written(found)}, not ${written(wanted)}`,
  );
  const unasked = new Set([own, ...others.map(({ config }) => config)].flatMap(Object.keys));
  return [
    ...wrong,
    ...[...unasked]
      .filter((key) => !Object.hasOwn(asked, key))
      .flatMap((key) => {
        const other = others.find(({ config }) => JSON.stringify(config[key]) !== JSON.stringify(own[key]));
        // One of the two has it, or lacks it, without anybody having asked: only there something is wrong.
        const elsewhere = CHARTS.includes(key) ? other?.config[key] === undefined : own[key] === undefined;
        return other && !elsewhere
          ? [`meshConfig.${key} is ${written(own[key])}, and ${written(other.config[key])} in ${other.name}`]
          : [];
      }),
  ];
}
