import type { ApiObject } from "../kubernetes/client";

// The parts of a pod that a kubelet reads: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/

export interface KeySelector {
  name: string;
  key: string;
  optional?: boolean;
}

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: {
    fieldRef?: { fieldPath: string };
    resourceFieldRef?: { resource: string; containerName?: string };
    configMapKeyRef?: KeySelector;
    secretKeyRef?: KeySelector;
  };
}

export interface Container {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  env?: EnvVar[];
  envFrom?: {
    prefix?: string;
    configMapRef?: { name: string; optional?: boolean };
    secretRef?: { name: string; optional?: boolean };
  }[];
  resources?: { limits?: Record<string, string>; requests?: Record<string, string> };
  volumeMounts?: { name: string; mountPath: string; subPath?: string }[];
  lifecycle?: { preStop?: { sleep?: { seconds: number } } };
  readinessProbe?: {
    httpGet?: { path?: string; port: number | string };
    periodSeconds?: number;
    timeoutSeconds?: number;
    failureThreshold?: number;
  };
  ports?: { name?: string; containerPort: number }[];
}

interface KeyToPath {
  key: string;
  path: string;
}

interface DownwardItem {
  path: string;
  fieldRef?: { fieldPath: string };
}

export interface VolumeSource {
  secret?: { secretName?: string; name?: string; items?: KeyToPath[]; optional?: boolean };
  configMap?: { name: string; items?: KeyToPath[]; optional?: boolean };
  downwardAPI?: { items?: DownwardItem[] };
  serviceAccountToken?: { audience?: string; expirationSeconds?: number; path: string };
}

export interface Volume extends VolumeSource {
  name: string;
  projected?: { sources: VolumeSource[] };
  emptyDir?: object;
}

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

export interface ContainerStatus {
  name: string;
  ready: boolean;
  started?: boolean;
  restartCount: number;
  state?: object;
  [key: string]: unknown;
}

export interface Pod extends ApiObject {
  metadata: ApiObject["metadata"] & {
    namespace: string;
    uid: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    deletionTimestamp?: string;
    /** In seconds, from `spec.terminationGracePeriodSeconds` or what the delete said. */
    deletionGracePeriodSeconds?: number;
  };
  spec: {
    nodeName?: string;
    serviceAccountName?: string;
    containers: Container[];
    volumes?: Volume[];
  };
  status: {
    phase?: string;
    podIP?: string;
    hostIP?: string;
    conditions?: Condition[];
    containerStatuses?: ContainerStatus[];
  };
}

/** A value that the downward API names: `metadata.labels['app']`, `status.podIP`, ... @throws Error for another path. */
export function field(pod: Pod, path: string): string {
  const entry = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (entry) {
    const [, kind, key = ""] = entry;
    return pod.metadata[kind as "labels" | "annotations"]?.[key] ?? "";
  }
  const map = /^metadata\.(labels|annotations)$/.exec(path);
  if (map) {
    const entries = Object.entries(pod.metadata[map[1] as "labels" | "annotations"] ?? {});
    return entries.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join("\n");
  }
  const fields: Record<string, string | undefined> = {
    "metadata.name": pod.metadata.name,
    "metadata.namespace": pod.metadata.namespace,
    "metadata.uid": pod.metadata.uid,
    "spec.nodeName": pod.spec.nodeName,
    "spec.serviceAccountName": pod.spec.serviceAccountName,
    "status.podIP": pod.status.podIP,
    "status.podIPs": pod.status.podIP,
    "status.hostIP": pod.status.hostIP,
    "status.hostIPs": pod.status.hostIP,
  };
  if (!(path in fields)) {
    throw new Error(`pod ${pod.metadata.name}: the downward API knows no field "${path}"`);
  }
  return fields[path] ?? "";
}
