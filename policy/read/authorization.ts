import { tooWide } from "./cidr";
import { selects } from "./pairing";
import type { Props } from "../rule";
import { at, isObject, listAt } from "./values";

export const AUTHORIZATION_POLICIES = [
  "kubernetes:security.istio.io/v1:AuthorizationPolicy",
  "kubernetes:security.istio.io/v1beta1:AuthorizationPolicy",
];

/** Of the pods of a gateway that the Gateway API made; the second is the older label. */
const GATEWAY_NAME_LABELS = ["gateway.networking.k8s.io/gateway-name", "istio.io/gateway-name"];

/** Whether a policy of the right namespace acts on pods with these labels. */
export function appliesTo(props: unknown, labels: Props): boolean {
  const single = at(props, "spec", "targetRef");
  const targets = [...listAt(props, "spec", "targetRefs"), ...(single === undefined ? [] : [single])];
  return targets.length === 0
    ? selects(at(props, "spec", "selector"), labels)
    : targets.some(
        (target) =>
          at(target, "kind") === "Gateway" &&
          GATEWAY_NAME_LABELS.some((key) => labels[key] !== undefined && labels[key] === at(target, "name")),
      );
}

/**
 * What a policy makes of a port. `opens`: it admits others than named ranges, and with it any policy that names some; `restricts`:
 * it admits named ranges alone; `closes`: it denies all but named ranges, whatever others admit.
 */
export type Effect = "opens" | "restricts" | "closes" | "nothing";

export function effectOn(port: number, props: unknown, minPrefixLength: number): Effect {
  const rules = listAt(props, "spec", "rules");
  const action = at(props, "spec", "action") ?? "ALLOW";
  if (action === "DENY") {
    return rules.some((rule) => deniesOthers(rule, port, minPrefixLength)) ? "closes" : "nothing";
  }
  const about = rules.filter((rule) => isAbout(rule, port));
  if (action !== "ALLOW" || about.length === 0) {
    return "nothing";
  }
  return about.every((rule) => namesRanges(rule, minPrefixLength)) ? "restricts" : "opens";
}

/** Whether a rule can admit a connection to the port: its operations are alternatives, and none means all. */
function isAbout(rule: unknown, port: number): boolean {
  const operations = listAt(rule, "to");
  return (
    operations.length === 0 ||
    operations.some((to) => {
      const ports = listAt(to, "operation", "ports");
      return (
        (ports.length === 0 || hasPort(ports, port)) && !hasPort(listAt(to, "operation", "notPorts"), port)
      );
    })
  );
}

/** Whether each source is held to ranges: sources are alternatives, and the conditions hold for all of them. */
function namesRanges(rule: unknown, minPrefixLength: number): boolean {
  const narrow = (ranges: unknown[]) => ranges.length > 0 && tooWide(ranges, minPrefixLength) === undefined;
  const sources = listAt(rule, "from");
  const conditions = listAt(rule, "when");
  return (
    conditions.some(
      (when) =>
        ["source.ip", "remote.ip"].includes(String(at(when, "key"))) && narrow(listAt(when, "values")),
    ) ||
    (sources.length > 0 &&
      sources.every((from) =>
        ["ipBlocks", "remoteIpBlocks"].some((key) => narrow(listAt(from, "source", key))),
      ))
  );
}

/** Whether a rule of a DENY policy matches whoever is outside ranges; another condition in it would spare some of them. */
function deniesOthers(rule: unknown, port: number, minPrefixLength: number): boolean {
  const everyPort =
    listAt(rule, "to").length === 0 ||
    listAt(rule, "to").some((to) => {
      const operation = at(to, "operation");
      return only(operation, "ports") && hasPort(listAt(operation, "ports"), port);
    });
  return (
    everyPort &&
    listAt(rule, "when").length === 0 &&
    listAt(rule, "from").some((from) => {
      const source = at(from, "source");
      return ["notIpBlocks", "notRemoteIpBlocks"].some(
        (key) => only(source, key) && tooWide(listAt(source, key), minPrefixLength) === undefined,
      );
    })
  );
}

function hasPort(ports: unknown[], port: number): boolean {
  return ports.some((one) => String(one) === String(port));
}

function only(value: unknown, key: string): boolean {
  return isObject(value) && Object.keys(value).join() === key;
}
