import type { Range } from "./versions";

/** A program that the rehearsal runs as it is. */
export type Tool =
  | "pulumi"
  | "etcd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "kwok"
  | "operator"
  | "pilot-discovery"
  | "istioctl"
  | "kubectl"
  | TrafficTool;

/** Programs that only traffic needs. */
export type TrafficTool = "pilot-agent";

/** A folder beside this file: a Go module that pins the programs built from it. */
export type ModuleName = "pulumi" | "kubernetes" | "etcd" | "kwok" | "istio";

export interface GoModule {
  /** The programs' version, as the cache folder and their own version command name it (no leading v). */
  version: string;
  /** The module that go.mod requires, and the version it requires it at. */
  requires: { path: string; version: string };
  /** Given to the linker besides `-s -w`. */
  ldflags: string[];
  /** What building everything of it adds to Go's module and build caches. */
  cacheMegabytes: number;
}

/** A machine as Go names it: `linux`, `darwin`; `amd64`, `arm64`. */
export interface Platform {
  os: string;
  arch: string;
}

export interface Download {
  url: string;
  megabytes: number;
  /** Hexadecimal, where it is known beforehand. */
  sha256?: string;
  /** The vendor's file with the checksum: that alone, or lines of checksum and file name. */
  checksums: string;
  /** The program's path inside the archive; without it the file is the program. */
  member?: string;
}

export interface ToolEntry {
  name: Tool;
  module: ModuleName;
  /** The Go package to build. */
  package: string;
  /** Files of the module that go beside the program, by their path in the module. */
  files?: string[];
  /** About how large the program is. */
  megabytes: number;
  /** About how much longer its module's build takes for it, on 2 cores. */
  seconds: number;
  /** Arguments that make it print its version first. Without them it is never looked for on PATH. */
  versionArguments?: string[];
  /** Versions besides the pinned one that do as well, when found on PATH. */
  accepts?: Range;
  /** Also looked for in the folder that KUBEBUILDER_ASSETS names. */
  kubebuilder?: true;
  /** The vendor's own build for that machine, when there is one that can be verified. */
  download?: (platform: Platform) => Download | undefined;
}

/** What go.mod asks for. */
export const goVersion = "1.26";

export const modules: Record<ModuleName, GoModule> = {
  etcd: {
    version: "3.6.4",
    requires: { path: "go.etcd.io/etcd/server/v3", version: "v3.6.4" },
    ldflags: [],
    cacheMegabytes: 700,
  },
  kubernetes: {
    version: "1.33.1",
    requires: { path: "k8s.io/kubernetes", version: "v1.33.1" },
    ldflags: [
      "-X k8s.io/component-base/version.gitVersion=v1.33.1",
      "-X k8s.io/component-base/version.gitMajor=1",
      "-X k8s.io/component-base/version.gitMinor=33",
    ],
    cacheMegabytes: 2600,
  },
  kwok: {
    version: "0.7.0",
    requires: { path: "sigs.k8s.io/kwok", version: "v0.7.0" },
    ldflags: ["-X sigs.k8s.io/kwok/pkg/consts.Version=v0.7.0"],
    cacheMegabytes: 1200,
  },
  pulumi: {
    version: "3.259.0",
    requires: { path: "github.com/pulumi/pulumi/pkg/v3", version: "v3.259.0" },
    ldflags: ["-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.259.0"],
    cacheMegabytes: 2900,
  },
  istio: {
    version: "1.23.2",
    requires: { path: "istio.io/istio", version: "v0.0.0-20240917190016-da0b3f29e9f9" },
    ldflags: [
      "-X istio.io/istio/pkg/version.buildVersion=1.23.2",
      "-X istio.io/istio/pkg/version.buildTag=1.23.2",
      "-X istio.io/istio/pkg/version.buildHub=docker.io/istio",
    ],
    cacheMegabytes: 2600,
  },
};

export const tools: ToolEntry[] = [
  {
    name: "etcd",
    module: "etcd",
    package: "go.etcd.io/etcd/server/v3",
    megabytes: 27,
    seconds: 35,
    versionArguments: ["--version"],
    kubebuilder: true,
    download: etcdRelease,
  },
  {
    name: "kube-apiserver",
    module: "kubernetes",
    package: "k8s.io/kubernetes/cmd/kube-apiserver",
    megabytes: 100,
    seconds: 150,
    versionArguments: ["--version"],
    kubebuilder: true,
    download: kubernetesRelease("kube-apiserver", 100),
  },
  {
    name: "kube-controller-manager",
    module: "kubernetes",
    package: "k8s.io/kubernetes/cmd/kube-controller-manager",
    megabytes: 92,
    seconds: 45,
    versionArguments: ["--version"],
    download: kubernetesRelease("kube-controller-manager", 92),
  },
  {
    name: "kube-scheduler",
    module: "kubernetes",
    package: "k8s.io/kubernetes/cmd/kube-scheduler",
    megabytes: 71,
    seconds: 10,
    versionArguments: ["--version"],
    download: kubernetesRelease("kube-scheduler", 71),
  },
  {
    name: "kubectl",
    module: "kubernetes",
    package: "k8s.io/kubernetes/cmd/kubectl",
    megabytes: 61,
    seconds: 20,
    versionArguments: ["version", "--client"],
    // One minor version to either side of the API server: https://kubernetes.io/releases/version-skew-policy/#kubectl
    accepts: { from: "1.32.0", below: "1.35.0" },
    kubebuilder: true,
    // Known beforehand from kubernetes-sigs/kubespray, whose table is made from dl.k8s.io:
    // https://github.com/kubernetes-sigs/kubespray/blob/master/roles/kubespray_defaults/vars/main/checksums.yml
    download: kubernetesRelease("kubectl", 61, {
      amd64: "5de4e9f2266738fd112b721265a0c1cd7f4e5208b670f811861f699474a100a3",
      arm64: "d595d1a26b7444e0beb122e25750ee4524e74414bbde070b672b423139295ce6",
    }),
  },
  {
    // No download: kwok's releases carry no checksums (https://github.com/kubernetes-sigs/kwok/blob/main/hack/releases.sh).
    name: "kwok",
    module: "kwok",
    package: "sigs.k8s.io/kwok/cmd/kwok",
    megabytes: 67,
    seconds: 70,
    versionArguments: ["--version"],
  },
  {
    name: "pulumi",
    module: "pulumi",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    megabytes: 116,
    seconds: 160,
    versionArguments: ["version"],
    // Not older than the SDK that the program uses (package.json), and of the same major version.
    accepts: { from: "3.248.0", below: "4.0.0" },
    download: pulumiRelease,
  },
  {
    // No download: it is published inside an image only. Not looked for on PATH: many programs have this name.
    name: "operator",
    module: "istio",
    package: "istio.io/istio/operator/cmd/operator",
    megabytes: 91,
    seconds: 115,
  },
  {
    // No download: it is published inside an image only.
    name: "pilot-discovery",
    module: "istio",
    package: "istio.io/istio/pilot/cmd/pilot-discovery",
    megabytes: 92,
    seconds: 20,
    versionArguments: ["version"],
  },
  {
    name: "istioctl",
    module: "istio",
    package: "istio.io/istio/istioctl/cmd/istioctl",
    megabytes: 94,
    seconds: 15,
    versionArguments: ["version", "--remote=false"],
    download: istioctlRelease,
  },
];

export const trafficTools: ToolEntry[] = [
  {
    // No download: it is published inside an image only.
    name: "pilot-agent",
    module: "istio",
    package: "istio.io/istio/pilot/cmd/pilot-agent",
    // Of what it makes Envoy's configuration; the image has it at /var/lib/istio/envoy.
    files: ["tools/packaging/common/envoy_bootstrap.json"],
    megabytes: 27,
    seconds: 10,
  },
];

// https://github.com/etcd-io/etcd/releases
function etcdRelease({ os, arch }: Platform): Download | undefined {
  if (os !== "linux" && os !== "darwin") return undefined;
  const release = `https://github.com/etcd-io/etcd/releases/download/v${modules.etcd.version}`;
  const folder = `etcd-v${modules.etcd.version}-${os}-${arch}`;
  return {
    url: `${release}/${folder}.${os === "linux" ? "tar.gz" : "zip"}`,
    megabytes: 24,
    checksums: `${release}/SHA256SUMS`,
    member: `${folder}/etcd`,
  };
}

// Servers are published for Linux only: https://kubernetes.io/releases/download/#binaries
function kubernetesRelease(name: Tool, megabytes: number, linux: Record<string, string> = {}) {
  return ({ os, arch }: Platform): Download | undefined => {
    if (os !== "linux" && !(os === "darwin" && name === "kubectl")) return undefined;
    const url = `https://dl.k8s.io/v${modules.kubernetes.version}/bin/${os}/${arch}/${name}`;
    return { url, megabytes, sha256: os === "linux" ? linux[arch] : undefined, checksums: `${url}.sha256` };
  };
}

// https://www.pulumi.com/docs/install/versions/; checksums: https://github.com/pulumi/pulumi/releases
function pulumiRelease({ os, arch }: Platform): Download | undefined {
  if (os !== "linux" && os !== "darwin") return undefined;
  const version = modules.pulumi.version;
  return {
    url: `https://get.pulumi.com/releases/sdk/pulumi-v${version}-${os}-${arch === "amd64" ? "x64" : arch}.tar.gz`,
    megabytes: 90,
    checksums: `https://github.com/pulumi/pulumi/releases/download/v${version}/pulumi-${version}-checksums.txt`,
    member: "pulumi/pulumi",
  };
}

// https://github.com/istio/istio/releases
function istioctlRelease({ os, arch }: Platform): Download | undefined {
  if (os !== "linux" && os !== "darwin") return undefined;
  const version = modules.istio.version;
  const url = `https://github.com/istio/istio/releases/download/${version}/istioctl-${version}-${os === "darwin" ? "osx" : os}-${arch}.tar.gz`;
  return { url, megabytes: 26, checksums: `${url}.sha256`, member: "istioctl" };
}
