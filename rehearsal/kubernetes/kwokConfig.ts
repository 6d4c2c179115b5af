import { stringify } from "yaml";
import { type Slot, containerPorts } from "./playedPods";

const apiVersion = "kwok.x-k8s.io/v1alpha1";

/** Values of the labels `app` and `name` by which a pod is known as one that a process on this machine plays. */
export const playedApp = "istiod";
export const playedName = "istio-operator";

type Match = [key: string, operator: "In" | "NotIn" | "Exists" | "DoesNotExist", ...values: string[]];

/**
 * kwok's configuration: how nodes and pods come and go, and where port-forward to played pods ends.
 *
 * @param apps more values of the label `app` or `app.kubernetes.io/name` by which a pod is played
 * @param ending values of the label `app` by which a pod that is deleted stays until what plays it has ended
 */
export function kwokConfiguration(slots: readonly Slot[], apps: string[], ending: string[] = []): string {
  return [...stages(apps, ending), ...slots.map(portForward)]
    .map((document) => stringify(document))
    .join("---\n");
}

// Stages in the configuration replace the built-in ones, all of them:
// https://kwok.sigs.k8s.io/docs/user/stages-configuration/
function stages(apps: string[], ending: string[]): object[] {
  const played: Record<string, [label: string, ...values: string[]]> = {
    app: [".metadata.labels.app", playedApp, ...apps],
    operator: [".metadata.labels.name", playedName],
    ...(apps.length > 0 ? { name: ['.metadata.labels["app.kubernetes.io/name"]', ...apps] } : {}),
  };
  const notPlayed = Object.values(played).map(([label, ...values]): Match => [label, "NotIn", ...values]);
  const endsAtOnce: Match[] = ending.length > 0 ? [[".metadata.labels.app", "NotIn", ...ending]] : [];
  const alive: Match = [".metadata.deletionTimestamp", "DoesNotExist"];
  const fresh: Match = [".status.podIP", "DoesNotExist"];
  const ready = ['.status.conditions.[] | select( .type == "Ready" ) | .status', "NotIn", "True"] as Match;
  return [
    stage("node-initialize", "Node", [ready], { statusTemplate: nodeStatus }),
    stage("pod-start", "Pod", [alive, fresh, ...notPlayed], { statusTemplate: podStatus(true) }),
    // A stage for each label, as a selector can say "and" but not "or".
    ...Object.entries(played).map(([name, [label, ...values]]) =>
      stage(`pod-start-${name}`, "Pod", [alive, fresh, [label, "In", ...values]], {
        statusTemplate: podStatus(false),
      }),
    ),
    stage(
      "pod-complete",
      "Pod",
      [alive, [".status.phase", "In", "Running"], [".metadata.ownerReferences.[].kind", "In", "Job"]],
      { statusTemplate: completedStatus },
    ),
    stage("pod-delete", "Pod", [[".metadata.deletionTimestamp", "Exists"], ...endsAtOnce], {
      finalizers: { empty: true },
      delete: true,
    }),
  ];
}

function stage(name: string, kind: string, matches: Match[], next: object): object {
  const matchExpressions = matches.map(([key, operator, ...values]) => ({
    key,
    operator,
    ...(values.length > 0 ? { values } : {}),
  }));
  return {
    apiVersion,
    kind: "Stage",
    metadata: { name },
    spec: { resourceRef: { apiGroup: "v1", kind }, selector: { matchExpressions }, next },
  };
}

function portForward({ name, ports }: Slot): object {
  return {
    apiVersion,
    kind: "ClusterPortForward",
    metadata: { name },
    spec: {
      selector: { matchNames: [name] },
      forwards: containerPorts.map((port) => ({
        ports: [port],
        target: { address: "127.0.0.1", port: ports[port] },
      })),
    },
  };
}

// Address, capacity and versions are the node's own, given when it is made.
const nodeStatus = `
{{ $now := Now }}
conditions:
{{ range NodeConditions }}
- lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $now | Quote }}
  message: {{ .message | Quote }}
  reason: {{ .reason | Quote }}
  status: {{ .status | Quote }}
  type: {{ .type | Quote }}
{{ end }}
daemonEndpoints:
  kubeletEndpoint:
    Port: {{ NodePort }}
phase: Running
`;

function podStatus(ready: boolean): string {
  return `
{{ $now := Now }}
conditions:
- lastTransitionTime: {{ $now | Quote }}
  status: "True"
  type: PodReadyToStartContainers
- lastTransitionTime: {{ $now | Quote }}
  status: "True"
  type: Initialized
${["Ready", "ContainersReady"].map((type) => readiness(type, ready)).join("")}
{{ range .spec.readinessGates }}
- lastTransitionTime: {{ $now | Quote }}
  status: "True"
  type: {{ .conditionType | Quote }}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- image: {{ .image | Quote }}
  imageID: ""
  name: {{ .name | Quote }}
  ready: ${ready}
  restartCount: 0
  started: ${ready}
  state:
    ${ready ? "running: { startedAt: {{ $now | Quote }} }" : "waiting: { reason: ContainerCreating }"}
{{ end }}
initContainerStatuses:
{{ range .spec.initContainers }}
- image: {{ .image | Quote }}
  imageID: ""
  name: {{ .name | Quote }}
  ready: true
  restartCount: 0
  {{ if eq .restartPolicy "Always" }}
  started: true
  state:
    running:
      startedAt: {{ $now | Quote }}
  {{ else }}
  state:
    terminated:
      exitCode: 0
      startedAt: {{ $now | Quote }}
      finishedAt: {{ $now | Quote }}
      reason: Completed
  {{ end }}
{{ end }}
hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
podIP: {{ PodIPWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) | Quote }}
phase: ${ready ? "Running" : "Pending"}
startTime: {{ $now | Quote }}
`;
}

function readiness(type: string, ready: boolean): string {
  return `
- lastTransitionTime: {{ $now | Quote }}
  status: "${ready ? "True" : "False"}"
  type: ${type}${ready ? "" : "\n  reason: ContainersNotReady"}`;
}

const completedStatus = `
{{ $now := Now }}
{{ $root := . }}
containerStatuses:
{{ range $index, $item := .spec.containers }}
- image: {{ $item.image | Quote }}
  imageID: ""
  name: {{ $item.name | Quote }}
  ready: false
  restartCount: 0
  started: false
  state:
    terminated:
      exitCode: 0
      startedAt: {{ $now | Quote }}
      finishedAt: {{ $now | Quote }}
      reason: Completed
{{ end }}
phase: Succeeded
`;
