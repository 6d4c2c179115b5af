import { failed, verdict, type Finding, type Question } from "../../verify/check";
import { count } from "../../verify/objects";
import type { BackendHealth, DerivedResource } from "../google/controllers";
import { keys } from "../google/controllers/annotations";
import { listAt, textAt } from "../google/properties";
import type { ApiObject } from "../kubernetes/client";
import { type CheckedCluster, type CheckedMesh, GATEWAY_NAMESPACE } from "./mesh";

/** What only the simulated project knows: what Google has made of the clusters' objects. */
export function googleQuestions(mesh: CheckedMesh): Question[] {
  const { clusters, settings } = mesh;
  return [
    {
      id: "load-balancer",
      cluster: "",
      title: "Google has its load balancer",
      breaks: "nothing answers at the global address",
      fix: "logs/controllers.log says what the controllers found",
      ask: () => address(mesh),
    },
    ...clusters.flatMap((cluster): Question[] => {
      const group = settings.namedNegs[cluster.name];
      return [
        {
          id: "backend-health",
          cluster: cluster.name,
          title: "Health checks get through",
          breaks: `the load balancer sends no request to ${cluster.name}`,
          fix: "firewall rule for the health checks, the health check of the BackendConfig, and the gateways' probe",
          ask: async () =>
            backendFinding((await mesh.backends()).filter((one) => one.cluster === cluster.name)),
        },
        ...(group
          ? [
              {
                id: "named-neg",
                cluster: cluster.name,
                title: "Named endpoint group",
                breaks: "who uses the group by its name does not find it",
                fix: "namedNeg of the cluster in the map; logs/controllers.log",
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
    return failed("the fleet's multi-cluster ingress has no config cluster that runs");
  }
  const ingresses = await config.client.list("networking.gke.io/v1", "MultiClusterIngress");
  const [ingress] = ingresses;
  if (!ingress || ingresses.length > 1) {
    return failed(`${config.name} has ${count(ingresses.length, "MultiClusterIngress object")}`);
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
  const [wanted, given] = [annotationsOf(ingress)[keys.staticIp], textAt(ingress, "status.VIP")];
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
  const zones = new Set((await client.list("v1", "Node")).flatMap(zoneOf));
  const groups = cloud.derived().filter((one) => one.kind === "networkEndpointGroup" && one.name === group);
  return verdict(
    groupProblems(group, name, { record, groups, zones: [...zones] }),
    `${group} in ${groups
      .map(({ location }) => location)
      .sort()
      .join(", ")}`,
  );
}

function annotationsOf({ metadata }: ApiObject): Record<string, string | undefined> {
  return (metadata.annotations ?? {}) as Record<string, string>;
}

function zoneOf({ metadata }: ApiObject): string[] {
  const { "topology.kubernetes.io/zone": zone } = (metadata.labels ?? {}) as Record<string, string>;
  return zone ? [zone] : [];
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
