import type { ApiClient, ApiObject } from "./client";

export interface NodeSpec {
  name: string;
  labels: Record<string, string>;
  /** `effect` is `NoSchedule`, `PreferNoSchedule` or `NoExecute`. */
  taints: { key: string; value: string; effect: string }[];
  /** Kubernetes quantities: `4`, `16Gi`. */
  cpu: string;
  memory: string;
}

/** Nodes' addresses, from the range for benchmarks (RFC 2544), which no network of anybody's uses. */
const nodeRange = "198.18";

export function isNodeAddress(address: string): boolean {
  return address.startsWith(`${nodeRange}.`);
}

/** Makes the cluster have exactly these nodes; pods of a node that goes are deleted, as a drained node's are. */
export async function setNodes(client: ApiClient, nodes: NodeSpec[]): Promise<void> {
  const present = await client.list("v1", "Node");
  const wanted = new Set(nodes.map(({ name }) => name));
  const going = present.filter(({ metadata }) => !wanted.has(metadata.name));
  await Promise.all(going.map((node) => removeNode(client, node)));
  const addresses = new Set(present.map(addressOf));
  let host = 1;
  for (const node of nodes) {
    const existing = present.find(({ metadata }) => metadata.name === node.name);
    if (existing) {
      await client.patch(existing, { metadata: { labels: labels(node) }, spec: { taints: node.taints } });
      continue;
    }
    while (addresses.has(nodeAddress(host))) {
      host++;
    }
    await client.create(nodeObject(node, nodeAddress(host++)));
  }
}

function nodeAddress(host: number): string {
  return `${nodeRange}.${host >> 8}.${host & 0xff}`;
}

function addressOf(node: ApiObject): string | undefined {
  const status = node.status as { addresses?: { type: string; address: string }[] } | undefined;
  return status?.addresses?.find(({ type }) => type === "InternalIP")?.address;
}

async function removeNode(client: ApiClient, node: ApiObject): Promise<void> {
  await client.delete(node);
  const pods = await client.list("v1", "Pod", { fieldSelector: `spec.nodeName=${node.metadata.name}` });
  await Promise.all(pods.map((pod) => client.delete(pod)));
}

function labels({ name, labels }: NodeSpec): Record<string, string> {
  return {
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    ...labels,
  };
}

function nodeObject(node: NodeSpec, address: string): ApiObject {
  const resources = { cpu: node.cpu, memory: node.memory, pods: "110", "ephemeral-storage": "94Gi" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: node.name, labels: labels(node) },
    spec: { taints: node.taints },
    status: {
      addresses: [
        { type: "InternalIP", address },
        { type: "Hostname", address: node.name },
      ],
      capacity: resources,
      allocatable: resources,
      nodeInfo: {
        architecture: "amd64",
        bootID: "",
        containerRuntimeVersion: "kwok://0.7.0",
        kernelVersion: "kwok",
        kubeProxyVersion: "",
        kubeletVersion: "v1.33.1",
        machineID: "",
        operatingSystem: "linux",
        osImage: "kwok",
        systemUUID: "",
      },
    },
  };
}
