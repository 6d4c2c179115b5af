import { failed, type Finding, messageOf, type Question, verdict } from "../../verify/check";
import { count, isReady } from "../../verify/objects";
import { listAt, numberAt, textAt } from "../google/properties";
import { type EdgeAnswer, requestEdge } from "../traffic/request";
import type { Traffic } from "../traffic/traffic";
import { type CheckedCluster, type CheckedMesh, GATEWAY_NAMESPACE } from "./mesh";

const LOGS = "the logs of the pods: kubectl logs; logs/controllers.log";

/** How many requests are sent from near each region. */
const requests = 20;

/** What came back, by the region that the client is near to. */
type Sample = Record<string, EdgeAnswer[]>;

/** What a person sees who opens the address, and what a pod cannot reach. Asked only where requests can be sent. */
export function trafficQuestions(traffic: Traffic, mesh: CheckedMesh): Question[] {
  const regions = Object.keys(traffic.clients());
  const namespace = mesh.settings.verifyNamespace;
  const sample = sampler(() => sampleOf(traffic, regions, mesh.timeout));
  const onSample = (judge: (all: Sample) => Finding | Promise<Finding>) => async () => judge(await sample());
  const workload: Question[] =
    namespace === undefined
      ? []
      : [
          {
            id: "regions-answered",
            cluster: "",
            title: "Requests from every region",
            breaks: "users get errors, or the answers of one region only",
            fix: LOGS,
            ask: onSample((all) => answers(all, mesh, namespace)),
          },
          ...regions.map((region) => ({
            id: "near-region",
            cluster: region,
            title: "The near region is asked",
            breaks: "users wait for the far region",
            fix: LOGS,
            ask: onSample((all) => near(traffic, region, all[region] ?? [])),
          })),
          {
            id: "mutual-tls",
            cluster: "",
            title: "Over mutual TLS",
            breaks: "requests between the workloads can be read, and anybody may send them",
            fix: LOGS,
            ask: onSample(peers),
          },
        ];
  return [
    ...workload,
    ...mesh.clusters.map(({ name }) => ({
      id: "isolation",
      cluster: name,
      title: "Only gateways link",
      breaks: "what is shown of traffic between clusters is not what happens on Google Cloud",
      fix: LOGS,
      ask: () => isolated(traffic, mesh, name),
    })),
  ];
}

/** Requests that several questions share; those who ask again, later, get others. */
function sampler(take: () => Promise<Sample>): () => Promise<Sample> {
  let current: Promise<Sample> | undefined;
  return () => {
    current ??= take().finally(() => (current = undefined));
    return current;
  };
}

async function sampleOf(traffic: Traffic, regions: string[], timeout: number): Promise<Sample> {
  const all = regions.map(async (from) => {
    const found: EdgeAnswer[] = [];
    while (found.length < requests) {
      found.push(await requestEdge(traffic, { from, scheme: "https", timeout }));
    }
    return [from, found] as const;
  });
  return Object.fromEntries(await Promise.all(all));
}

async function answers(sample: Sample, { clusters }: CheckedMesh, namespace: string): Promise<Finding> {
  const pods = await Promise.all(
    clusters.map(async ({ name, client }) =>
      (await client.list("v1", "Pod", { namespace, labelSelector: "app=verify" })).map(
        (pod) => [pod.metadata.name, name] as const,
      ),
    ),
  );
  const clusterOf = new Map(pods.flat());
  const all = Object.values(sample).flat();
  return shares(
    all.map(({ status, headers }) => ({
      status,
      cluster: clusterOf.get(String(headers["x-rehearsal-pod"])),
    })),
    clusters.map(({ name }) => name),
  );
}

/** @param names clusters that have to be among those that answered */
export function shares(all: { status: number; cluster: string | undefined }[], names: string[]): Finding {
  const failed = all.filter(({ status }) => status !== 200);
  const problems = [...new Set(failed.map(({ status }) => status))].map(
    (status) =>
      `${count(failed.filter((one) => one.status === status).length, "request")} answered with ${status}`,
  );
  const counts = names.map((name) => ({
    name,
    answered: all.filter(({ cluster }) => cluster === name).length,
  }));
  problems.push(
    ...counts.filter(({ answered }) => answered === 0).map(({ name }) => `${name} answered none`),
  );
  const parts = counts.map(({ name, answered }) => `${name} ${answered}`);
  return verdict(problems, `of ${all.length} requests: ${parts.join(", ")}`);
}

function near(traffic: Traffic, region: string, answers: EdgeAnswer[]): Finding {
  const gateways = new Set(answers.map(({ headers }) => String(headers["x-rehearsal-gateway"] ?? "")));
  const endpoints = traffic.balancers()[0]?.backend?.endpoints ?? [];
  const own = endpoints.filter((one) => one.region === region).map(({ cluster, pod }) => `${cluster}/${pod}`);
  const elsewhere = [...gateways].filter((gateway) => !own.includes(gateway));
  return verdict(
    elsewhere.map((gateway) => `a client near ${region} was sent to ${gateway || "no gateway"}`),
    `clients near it reach ${count(gateways.size, "gateway")} of its own`,
  );
}

function peers(sample: Sample): Finding {
  const all = Object.values(sample).flat();
  return peerProblems(all.map(({ headers }) => headers["x-rehearsal-peer"]?.toString()));
}

/** @param peers who the workloads say has asked; undefined: somebody without a certificate */
export function peerProblems(peers: (string | undefined)[]): Finding {
  const expected = new RegExp(`^spiffe://[^/]+/ns/${GATEWAY_NAMESPACE}/sa/[^/]+$`);
  const names = [...new Set(peers)];
  const problems = names
    .filter((peer) => peer === undefined || !expected.test(peer))
    .map((peer) => `a workload was asked by ${peer ?? "somebody without a certificate"}`);
  return verdict(
    peers.length === 0 ? ["nothing was asked"] : problems,
    `workloads are asked by ${names.join(", ")}`,
  );
}

/** From inside a pod: the other clusters' pods cannot be reached, their east-west gateways can. */
async function isolated(traffic: Traffic, { clusters }: CheckedMesh, name: string): Promise<Finding> {
  const from = traffic.played(name).find(({ ready }) => ready);
  if (!from) {
    return failed("no pod that carries traffic is ready");
  }
  const dial = (address: string, port: number) =>
    traffic.dataPlane.connect({ sandbox: from.pod.metadata.uid }, address, port).then(
      (socket) => {
        socket.destroy();
        return undefined;
      },
      (error: unknown) => messageOf(error),
    );
  const others = clusters.filter((cluster) => cluster.name !== name);
  const found = others.map(async (cluster) => {
    const pods = await cluster.client.list("v1", "Pod", { namespace: GATEWAY_NAMESPACE });
    const target = pods.find((pod) => isReady(pod) && !pod.metadata.deletionTimestamp);
    const [address, port] = [textAt(target, "status.podIP"), firstPort(target)];
    const gateway = await eastWestAddress(cluster);
    if (!address || !gateway) {
      return [`${cluster.name} has no ready gateway to try`];
    }
    const [pod, balancer] = await Promise.all([dial(address, port), dial(gateway, 15443)]);
    return [
      ...(pod === undefined
        ? [`pod ${address}:${port} of ${cluster.name} can be reached past its gateways`]
        : []),
      ...(balancer === undefined
        ? []
        : [`${gateway}:15443 of ${cluster.name} cannot be reached: ${balancer}`]),
    ];
  });
  const problems = (await Promise.all(found)).flat();
  const names = others.map((cluster) => cluster.name).join(", ");
  return verdict(
    problems,
    names ? `reaches ${names} at port 15443 of its gateway, and no pod there` : "there is no other",
  );
}

function firstPort(pod: unknown): number {
  return listAt(pod, "spec.containers.0.ports").map((port) => numberAt(port, "containerPort"))[0] ?? 15021;
}

async function eastWestAddress({ client }: CheckedCluster): Promise<string | undefined> {
  const service = await client.get("v1", "Service", "istio-eastwestgateway", GATEWAY_NAMESPACE);
  return textAt(service, "status.loadBalancer.ingress.0.ip");
}
