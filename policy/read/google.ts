import type { Props } from "../rule";
import { at, listAt } from "./values";

export const NETWORK = "gcp:compute/network:Network";
export const SUBNETWORK = "gcp:compute/subnetwork:Subnetwork";
export const FIREWALL = "gcp:compute/firewall:Firewall";

/**
 * Which VPC a resource is in, as `project/name`: Google takes a name, an id or an URL, and answers with another of them.
 * `standard` is Google's network where none is named.
 */
export function networkOf(props: Props, standard = "default"): string {
  const written = text(at(props, "network")) || standard;
  const [, project, name] = /projects\/([^/]+)\/global\/networks\/([^/]+)$/.exec(written) ?? [];
  return name === undefined ? inProject(props, written) : `${project}/${name}`;
}

/** The same of a Network itself. */
export function ownNetwork(props: Props): string {
  return inProject(props, text(at(props, "name")));
}

/** Which subnet a cluster is in, as `project/region/name`. */
export function subnetworkOf(cluster: Props): string {
  const written = text(at(cluster, "subnetwork"));
  const [, project, region, name] =
    /projects\/([^/]+)\/regions\/([^/]+)\/subnetworks\/([^/]+)$/.exec(written) ?? [];
  // A zone is a region and a letter.
  const home = text(at(cluster, "location")).replace(/-[a-z]$/, "");
  return name === undefined ? inProject(cluster, `${home}/${written}`) : `${project}/${region}/${name}`;
}

/** The same of a Subnetwork itself. */
export function ownSubnetwork(props: Props): string {
  return inProject(props, `${text(at(props, "region"))}/${text(at(props, "name"))}`);
}

/** The ports that a firewall rule lets in; a rule that is off, or about traffic that leaves, lets in none. */
export function letsIn(firewall: Props, port: number): boolean {
  if (at(firewall, "direction") === "EGRESS" || at(firewall, "disabled") === true) {
    return false;
  }
  return listAt(firewall, "allows").some((allow) => opens(allow, port));
}

function inProject(props: Props, name: string): string {
  return `${text(at(props, "project"))}/${name}`;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function opens(allow: unknown, port: number): boolean {
  const protocol = String(at(allow, "protocol")).toLowerCase();
  if (!["tcp", "6", "all"].includes(protocol)) {
    return false;
  }
  const ports = listAt(allow, "ports");
  return ports.length === 0 || protocol === "all" || ports.some((range) => contains(String(range), port));
}

function contains(range: string, port: number): boolean {
  const [first = NaN, last = first] = range.split("-").map(Number);
  return first <= port && port <= last;
}
