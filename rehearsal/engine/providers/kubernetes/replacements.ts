import { groupOf, isConfigMap, isSecret } from "./kinds";
import { apiVersionOf, kindOf, type KubeObject } from "./object";

export interface Mutability {
  enableSecretMutable: boolean;
  enableConfigMapMutable: boolean;
}

const container = (
  "args command env image imagePullPolicy lifecycle livenessProbe ports readinessProbe resources securityContext " +
  "stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir"
).split(" ");
const pod = (
  "affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC hostNetwork " +
  "hostPID hostname imagePullSecrets nodeName nodeSelector overhead preemptionPolicy priority priorityClassName " +
  "readinessGates restartPolicy runtimeClassName schedulerName securityContext serviceAccount serviceAccountName " +
  "shareProcessNamespace subdomain terminationGracePeriodSeconds volumes"
).split(" ");
const volumes = (
  "awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk glusterfs " +
  "hostPath iscsi local nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume"
).split(" ");

const spec = (...names: string[]) => names.map((name) => `spec.${name}`);

/** Per group and kind, the fields that cannot change in place. */
const byKind: Record<string, string[]> = {
  "apps/DaemonSet": spec("selector"),
  "apps/Deployment": spec("selector"),
  "apps/StatefulSet": spec(
    "podManagementPolicy",
    "revisionHistoryLimit",
    "selector",
    "serviceName",
    "volumeClaimTemplates",
  ),
  "batch/Job": spec("completions", "parallelism", "selector", "template"),
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "storage.k8s.io/StorageClass": ["parameters", "provisioner"],
  "/PersistentVolume": spec(...volumes),
  "/PersistentVolumeClaim": spec("accessModes", "selector", "storageClassName", "volumeName"),
  "/Pod": [
    ...spec(...pod),
    ...["containers", "initContainers"].flatMap((list) => container.map((name) => `spec.${list}.*.${name}`)),
  ],
  "/ResourceQuota": spec("scopes"),
  "/Secret": ["type"],
  "/Service": spec("clusterIP"),
};

/** Paths (with `*` for a list's items) whose change replaces the object instead of updating it. */
export function replacingPaths(object: KubeObject, mutability: Mutability): string[][] {
  const paths = ["metadata.name", "metadata.namespace"];
  const immutable = object.immutable === true;
  if (isSecret(object) && (!mutability.enableSecretMutable || immutable)) {
    paths.push("type", "stringData", "data");
  } else if (isConfigMap(object) && (!mutability.enableConfigMapMutable || immutable)) {
    paths.push("binaryData", "data");
  } else {
    paths.push(...(byKind[`${groupOf(apiVersionOf(object))}/${kindOf(object)}`] ?? []));
  }
  return paths.map((path) => path.split("."));
}
