import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { parseDocument } from "yaml";
import {
  accountType,
  clusterType,
  networkType,
  nodePoolType,
  requiredText,
  subnetworkType,
} from "./google/names";
import type { SimulatedProject } from "./google/project";
import { textAt, type Properties } from "./google/properties";
import type { Rehearsal } from "./host";
import { checkout, home, layout } from "./layout";

const run = promisify(execFile);

/** Everything here is somebody else's: no run of the program may touch it. */
const OWNER = "theirs";

/** Ids of what they have in the project; there once it is made. */
const inventory = path.join(home, "theirs.json");

interface Ranges {
  nodes: string;
  services: string;
  pods: string;
}

const CLUSTERS: Record<string, Ranges> = {
  "us-east1": { nodes: "10.16.0.0/20", services: "10.16.16.0/20", pods: "10.17.0.0/16" },
  "us-central1": { nodes: "10.20.0.0/20", services: "10.20.16.0/20", pods: "10.21.0.0/16" },
};

/** Ids of what was in the project before the program came; empty without `--existing`. */
export function theirIds(): string[] {
  return fs.existsSync(inventory) ? (JSON.parse(fs.readFileSync(inventory, "utf8")) as string[]) : [];
}

/**
 * Two clusters with their VPC, as somebody has them who wants a mesh over what they have.
 *
 * @throws when the program has made clusters here already: they would be taken for theirs.
 */
export async function makeExisting(project: SimulatedProject): Promise<void> {
  if (theirIds().length > 0) return;
  if (project.list(clusterType).length > 0) {
    throw new Error(
      "This rehearsal has clusters that the program made. Rehearse existing ones elsewhere: " +
        "REHEARSAL_HOME=.rehearsal-existing npm start -- --existing. Or begin anew: npm start -- --fresh --existing",
    );
  }
  const create = (type: string, properties: Properties) => project.call("create", type, { properties });
  for (const api of ["compute", "container", "iam"]) {
    await create("gcp:projects/service:Service", { service: `${api}.googleapis.com` });
  }
  await create(accountType, { accountId: "their-nodes" });
  await create(networkType, { name: OWNER, autoCreateSubnetworks: false, routingMode: "GLOBAL" });
  for (const [name, sourceRanges, ports] of RULES) {
    await create("gcp:compute/firewall:Firewall", {
      name: `${OWNER}-${name}`,
      network: OWNER,
      sourceRanges,
      allows: [{ protocol: "tcp", ports }],
    });
  }
  for (const [name, ranges] of Object.entries(CLUSTERS)) {
    await makeCluster(project, name, ranges);
  }
  const { resources } = project.contents();
  fs.writeFileSync(inventory, JSON.stringify(resources.map(({ id }) => id)));
}

/** What docs/shapes.md asks of an existing network: east-west gateways, webhooks, and Google's load balancers. */
const RULES: [name: string, sourceRanges: string[], ports: string[]][] = [
  ["east-west", ["10.16.0.0/12"], ["15443", "15021"]],
  ["webhooks", ["10.16.0.0/12"], ["15017"]],
  ["load-balancers", ["130.211.0.0/22", "35.191.0.0/16"], ["15021", "8443"]],
];

async function makeCluster(project: SimulatedProject, name: string, ranges: Ranges): Promise<void> {
  const serviceAccount = `their-nodes@${project.projectId}.iam.gserviceaccount.com`;
  await project.call("create", subnetworkType, {
    properties: {
      name: `${OWNER}-${name}`,
      region: name,
      network: OWNER,
      ipCidrRange: ranges.nodes,
      secondaryIpRanges: [
        { rangeName: "pods", ipCidrRange: ranges.pods },
        { rangeName: "services", ipCidrRange: ranges.services },
      ],
    },
  });
  await project.call("create", clusterType, {
    properties: {
      name,
      location: name,
      network: `projects/${project.projectId}/global/networks/${OWNER}`,
      subnetwork: `${OWNER}-${name}`,
      ipAllocationPolicy: { clusterSecondaryRangeName: "pods", servicesSecondaryRangeName: "services" },
      initialNodeCount: 1,
      removeDefaultNodePool: true,
      nodeConfig: { serviceAccount },
      minMasterVersion: "1.33",
      releaseChannel: { channel: "EXTENDED" },
      enableL4IlbSubsetting: true,
      workloadIdentityConfig: { workloadPool: `${project.projectId}.svc.id.goog` },
      privateClusterConfig: { enablePrivateNodes: true, masterGlobalAccessConfig: { enabled: true } },
      masterAuthorizedNetworksConfig: { cidrBlocks: [{ cidrBlock: "10.16.0.0/12" }] },
      controlPlaneEndpointsConfig: { dnsEndpointConfig: { allowExternalTraffic: true } },
    },
  });
  for (const [pool, spot] of [
    ["spot", true],
    ["standard", false],
  ] as const) {
    await project.call("create", nodePoolType, {
      properties: {
        name: pool,
        location: name,
        cluster: name,
        initialNodeCount: 1,
        nodeConfig: {
          machineType: "e2-standard-2",
          serviceAccount,
          spot,
          taints: spot
            ? [{ key: "cloud.google.com/gke-spot", value: "true", effect: "NO_SCHEDULE" }]
            : undefined,
        },
      },
    });
  }
}

/** Their entries for `mesh.clusters`. */
export function existingClusters(project: SimulatedProject): Record<string, Properties> {
  return Object.fromEntries(
    project.list(clusterType).map(({ id, properties }) => {
      const name = requiredText(properties, "name");
      const endpoint = textAt(properties, "privateClusterConfig.privateEndpoint") ?? "";
      return [
        name,
        {
          existing: {
            server: `https://${endpoint}`,
            membershipLink: `//container.googleapis.com/${id}`,
          },
        },
      ];
    }),
  );
}

/** Describes a mesh over their clusters, and gives each stack the kubeconfig of its cluster, as a secret. */
export async function describeExisting(rehearsal: Rehearsal, stacks = Object.keys(CLUSTERS)): Promise<void> {
  const document = parseDocument(fs.readFileSync(path.join(checkout, "Pulumi.yaml"), "utf8"));
  document.setIn(
    ["config", "mesh", "value", "clusters"],
    document.createNode(existingClusters(rehearsal.project)),
  );
  const file = path.join(layout.program, "Pulumi.yaml");
  // It is a link to the checkout's own.
  fs.rmSync(file);
  fs.writeFileSync(file, document.toString());
  await giveKubeconfigs(rehearsal, stacks);
}

/** `pulumi config set --secret mesh:kubeconfig-<cluster>` in each stack. */
export async function giveKubeconfigs(rehearsal: Rehearsal, stacks: string[]): Promise<void> {
  const env = { ...process.env, ...(await rehearsal.environment()) };
  const pulumi = async (args: string[], input = "") => {
    const command = run(rehearsal.tools.pulumi, [...args, "--non-interactive"], { cwd: layout.program, env });
    command.child.stdin?.end(input);
    await command;
  };
  for (const stack of stacks) {
    await pulumi(["stack", "select", "--create", "--stack", stack]);
    await pulumi(
      ["config", "set", "--secret", `mesh:kubeconfig-${stack}`, "-s", stack],
      kubeconfigOf(rehearsal, stack),
    );
  }
}

/**
 * A way in that stays the same while ports change with each start: by the DNS endpoint, whose certificate is a public one. The
 * other clusters trust the private endpoint by the same bundle, which holds the cluster's own authority too.
 */
function kubeconfigOf(rehearsal: Rehearsal, name: string): string {
  const plane = rehearsal.clusters.get(name)?.plane;
  const route = rehearsal.network.routes().find((cluster) => cluster.name === name);
  if (!plane || !route) {
    throw new Error(`the cluster ${name} does not run`);
  }
  const document = parseDocument(fs.readFileSync(plane.kubeconfigPath, "utf8"));
  const authorities = plane.caCertificate + rehearsal.publicCaCertificate;
  document.setIn(["clusters", 0, "cluster"], {
    server: `https://${route.dnsEndpoint}`,
    "certificate-authority-data": Buffer.from(authorities).toString("base64"),
  });
  return document.toString();
}
