import type { Tools } from "../tools";
import type { ProcessSpec } from "../processes";
import { type ClusterFiles, serviceAccountIssuer } from "./clusterFiles";
import type { ControlPlaneSpec } from "./controlPlane";

export interface Ports {
  etcd: number;
  etcdPeer: number;
  apiServer: number;
  kwok: number;
}

export function etcd(tools: Tools, files: ClusterFiles, cluster: string, ports: Ports): ProcessSpec {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return {
    name: `${cluster}-etcd`,
    command: tools.etcd,
    args: [
      "--name=rehearsal",
      `--data-dir=${files.path("etcd")}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=rehearsal=${peer}`,
      // Survives the end of the process, not of the machine; several times faster.
      "--unsafe-no-fsync",
      "--log-level=warn",
    ],
    cwd: files.folder,
  };
}

export function apiServer(
  tools: Tools,
  files: ClusterFiles,
  spec: ControlPlaneSpec,
  ports: Ports,
  egress: string,
): ProcessSpec {
  const configuration = files.write(
    "egress.json",
    JSON.stringify({
      apiVersion: "apiserver.k8s.io/v1beta1",
      kind: "EgressSelectorConfiguration",
      // Over TCP without TLS this kind of connection crashes Kubernetes 1.33.
      egressSelections: [
        {
          name: "cluster",
          connection: { proxyProtocol: "HTTPConnect", transport: { uds: { udsName: egress } } },
        },
      ],
    }),
  );
  return {
    name: `${spec.name}-kube-apiserver`,
    command: tools["kube-apiserver"],
    args: [
      `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${ports.apiServer}`,
      `--advertise-address=${spec.privateEndpoint}`,
      // It would write our loopback port; the control plane writes the private endpoint itself.
      "--endpoint-reconciler-type=none",
      `--service-cluster-ip-range=${spec.serviceCidr}`,
      `--tls-cert-file=${files.path("server.crt")}`,
      `--tls-private-key-file=${files.path("server.key")}`,
      `--tls-sni-cert-key=${files.path("dns-endpoint.crt")},${files.path("dns-endpoint.key")}:${spec.dnsEndpoint}`,
      `--client-ca-file=${files.path("ca.crt")}`,
      `--token-auth-file=${files.path("tokens.csv")}`,
      "--authorization-mode=RBAC",
      `--service-account-issuer=${serviceAccountIssuer}`,
      `--service-account-key-file=${files.path("service-accounts.pub")}`,
      `--service-account-signing-key-file=${files.path("service-accounts.key")}`,
      // Nothing takes that taint off a node when the node lifecycle controller does not run.
      "--disable-admission-plugins=TaintNodesByCondition",
      "--allow-privileged=true",
      "--kubelet-preferred-address-types=InternalIP",
      "--enable-aggregator-routing=true",
      `--egress-selector-config-file=${configuration}`,
      "--profiling=false",
    ],
    cwd: files.folder,
  };
}

export function controllerManager(tools: Tools, files: ClusterFiles, cluster: string): ProcessSpec {
  // After a laptop's sleep the node lifecycle controller takes every node for dead and marks its pods not ready.
  const off = [
    "node-ipam-controller",
    "persistentvolume-attach-detach-controller",
    "node-lifecycle-controller",
  ];
  return {
    name: `${cluster}-kube-controller-manager`,
    command: tools["kube-controller-manager"],
    args: [
      `--kubeconfig=${files.path("controller-manager.kubeconfig")}`,
      `--root-ca-file=${files.path("ca.crt")}`,
      `--service-account-private-key-file=${files.path("service-accounts.key")}`,
      `--controllers=*,${off.map((name) => `-${name}`).join(",")}`,
      "--use-service-account-credentials=true",
      "--leader-elect=false",
      "--secure-port=0",
      // A real cluster's is 15 s; nobody has to wait here.
      "--horizontal-pod-autoscaler-sync-period=3s",
      "--kube-api-qps=200",
      "--kube-api-burst=300",
    ],
    cwd: files.folder,
  };
}

export function scheduler(tools: Tools, files: ClusterFiles, cluster: string): ProcessSpec {
  return {
    name: `${cluster}-kube-scheduler`,
    command: tools["kube-scheduler"],
    args: [
      `--kubeconfig=${files.path("scheduler.kubeconfig")}`,
      "--leader-elect=false",
      "--secure-port=0",
      "--kube-api-qps=200",
      "--kube-api-burst=300",
    ],
    cwd: files.folder,
  };
}

export function kwok(
  tools: Tools,
  files: ClusterFiles,
  spec: ControlPlaneSpec,
  ports: Ports,
  addresses: string,
  configuration: string,
): ProcessSpec {
  return {
    name: `${spec.name}-kwok`,
    command: tools.kwok,
    args: [
      `--config=${files.write("kwok.yaml", configuration)}`,
      `--kubeconfig=${files.path("kwok.kubeconfig")}`,
      "--manage-all-nodes",
      `--cidr=${addresses}`,
      `--server-address=127.0.0.1:${ports.kwok}`,
      "--node-port=10250",
      // No leases: nothing looks at them, and after a restart kwok would wait for those of its former life to end.
      "--node-lease-duration-seconds=0",
      "--v=WARN",
    ],
    cwd: files.folder,
  };
}
