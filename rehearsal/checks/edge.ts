import { keys } from "../google/controllers/annotations";
import { listAt, objectAt, textAt } from "../google/properties";
import type { BackendHealth, DerivedResource } from "../google/controllers";
import type { ApiObject } from "../kubernetes/client";
import { verdict, type Finding, type Question } from "./check";
import {
  annotationOf,
  type CheckedCluster,
  type CheckedMesh,
  count,
  GATEWAY_NAMESPACE,
  labelOf,
} from "./mesh";

/** The global load balancer in front of all clusters. */
export function edgeQuestions(mesh: CheckedMesh): Question[] {
  const { clusters, settings } = mesh;
  return [
    {
      id: "ingress-address",
      cluster: "",
      title: "One address for the mesh",
      ask: () => address(mesh),
    },
    ...clusters.flatMap((cluster): Question[] => {
      const group = settings.namedNegs[cluster.name];
      return [
        {
          id: "backends",
          cluster: cluster.name,
          title: "Requests are sent here",
          ask: async () =>
            backendFinding((await mesh.backends()).filter((one) => one.cluster === cluster.name)),
        },
        {
          id: "edge-configs",
          cluster: cluster.name,
          title: "Front- and BackendConfig",
          ask: () => configs(cluster),
        },
        ...(group
          ? [
              {
                id: "named-neg",
                cluster: cluster.name,
                title: "Named endpoint group",
                ask: () => namedGroup(mesh, cluster, group),
              },
            ]
          : []),
      ];
    }),
  ];
}

async function address(mesh: CheckedMesh): Promise<Finding> {
  const { cloud, clusters } = mesh;
  const member = cloud.memberships().find(({ id }) => id === cloud.configMembership())?.cluster;
  const config = clusters.find(({ name }) => name === member);
  if (!config) {
    return { ok: false, detail: "the fleet's multi-cluster ingress has no config cluster that runs" };
  }
  const ingresses = await config.client.list("networking.gke.io/v1", "MultiClusterIngress");
  const [ingress] = ingresses;
  if (!ingress || ingresses.length > 1) {
    return {
      ok: false,
      detail: `${config.name} has ${count(ingresses.length, "MultiClusterIngress object")}`,
    };
  }
  const reserved = cloud.addresses().filter(({ region, internal }) => region === undefined && !internal);
  const stuck = mesh.ingresses().flatMap((one) => one.problems);
  const problems = [...addressProblems(ingress, reserved, cloud.derived()), ...stuck];
  const ip = textAt(ingress, "status.VIP");
  const name = reserved.find((one) => one.address === ip)?.name;
  return verdict(problems, `${ip}, reserved as ${name}, for HTTP and HTTPS`);
}

export function addressProblems(
  ingress: ApiObject,
  reserved: { name: string; address: string }[],
  derived: DerivedResource[],
): string[] {
  const [wanted, given] = [annotationOf(ingress, keys.staticIp), textAt(ingress, "status.VIP")];
  const { name } = ingress.metadata;
  if (given === undefined) {
    return [`MultiClusterIngress ${name} has no address in its status yet`];
  }
  const problems: string[] = [];
  if (!reserved.some(({ address }) => address === given)) {
    const all = reserved.map((one) => `${one.name} ${one.address}`).join(", ");
    problems.push(`MultiClusterIngress ${name} has ${given}, which is not reserved (${all || "nothing is"})`);
  }
  if (wanted !== given) {
    problems.push(`MultiClusterIngress ${name} has ${given}; it asks for ${wanted ?? "none"}`);
  }
  const rules = derived.filter(
    ({ kind, managedBy, data }) =>
      kind === "forwardingRule" && managedBy === "multiclusteringress" && data.address === given,
  );
  if (rules.length < 2) {
    problems.push(`${given} has ${count(rules.length, "forwarding rule")}; HTTP and HTTPS need one each`);
  }
  return problems;
}

export function backendFinding(states: BackendHealth[]): Finding {
  const problems = states
    .filter(({ healthy }) => healthy === 0)
    .map(({ service, port, reasons }) => `${service}:${port}: ${reasons.join(", ") || "no healthy pod"}`);
  if (states.length === 0) {
    problems.push("the load balancer has no backend in this cluster");
  }
  const each = states.map(({ service, port, healthy, total, reasons }) => {
    const why = reasons.length > 0 ? ` (${reasons.join(", ")})` : "";
    return `${healthy} of ${total} healthy behind ${service}:${port}${why}`;
  });
  return verdict(problems, each.join(", "));
}

async function configs({ client }: CheckedCluster): Promise<Finding> {
  const options = { namespace: GATEWAY_NAMESPACE };
  const fronts = await client.list("networking.gke.io/v1beta1", "FrontendConfig", options);
  const backs = await client.list("cloud.google.com/v1", "BackendConfig", options);
  const problems: string[] = [];
  const front = fronts.find((one) => objectAt(one, "spec.redirectToHttps").enabled === true);
  if (!front) {
    problems.push(`${count(fronts.length, "FrontendConfig")}, none that redirects to HTTPS`);
  }
  const back = backs.find((one) => objectAt(one, "spec.healthCheck").port === 15021);
  if (!back) {
    problems.push(`${count(backs.length, "BackendConfig")}, none with a health check on 15021`);
  }
  const check = objectAt(back, "spec.healthCheck");
  return verdict(
    problems,
    `redirect to HTTPS; health check ${textAt(check, "type")} :15021${textAt(check, "requestPath")}`,
  );
}

async function namedGroup(
  { cloud }: CheckedMesh,
  { name, client }: CheckedCluster,
  group: string,
): Promise<Finding> {
  const record = await client.get(
    "networking.gke.io/v1beta1",
    "ServiceNetworkEndpointGroup",
    group,
    GATEWAY_NAMESPACE,
  );
  const zones = new Set(
    (await client.list("v1", "Node")).flatMap((node) => labelOf(node, "topology.kubernetes.io/zone") ?? []),
  );
  const groups = cloud.derived().filter((one) => one.kind === "networkEndpointGroup" && one.name === group);
  return verdict(
    groupProblems(group, name, { record, groups, zones: [...zones] }),
    `${group} in ${groups
      .map(({ location }) => location)
      .sort()
      .join(", ")}`,
  );
}

/**
 * @param found the Kubernetes object of the group, Google's groups of its name, and the zones that the cluster has nodes in
 */
export function groupProblems(
  group: string,
  cluster: string,
  found: { record: ApiObject | undefined; groups: DerivedResource[]; zones: string[] },
): string[] {
  const { record, groups, zones } = found;
  const problems = record ? [] : [`there is no ServiceNetworkEndpointGroup ${group}`];
  const without = zones.filter(
    (zone) => !groups.some((one) => one.location === zone && one.cluster === cluster),
  );
  if (without.length > 0 || zones.length === 0) {
    problems.push(
      `the project has no network endpoint group ${group} in ${without.join(", ") || "any zone"}`,
    );
  }
  const failed = listAt(record, "status.conditions").filter(({ status }) => status !== "True");
  return [...problems, ...failed.map(({ type, message }) => `${String(type)}: ${String(message)}`)];
}
