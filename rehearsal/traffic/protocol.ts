// What the host asks of the process inside the namespace: JSON over HTTP on a unix socket.

/** A cluster's network: a bridge that its pods are plugged into. */
export interface NetworkSpec {
  cluster: string;
  /** The pods' range in CIDR notation; the bridge has its last usable address. */
  podCidr: string;
}

/** A pod's network namespace, as the container runtime makes it before any container runs. */
export interface SandboxSpec {
  /** Unique on this machine: the pod's uid. */
  id: string;
  cluster: string;
  address: string;
  /** A file that its containers see as `/etc/hosts`. */
  hosts: string;
}

/** A process in a pod. The request that starts it is answered when it has ended. */
export interface ContainerSpec {
  sandbox: string;
  command: string;
  args: string[];
  /** All of its environment. */
  env: Record<string, string>;
  cwd: string;
  /** Output is added to this file. */
  log: string;
  /** For how long its pod's end is kept from it, in ms. */
  preStopMs: number;
}

/** How a container ended. */
export interface Ended {
  code: number | null;
  signal: string | null;
}

/** An address and port of the outer namespace, and what is behind it. */
export interface Forwarder {
  address: string;
  port: number;
  /** For logs: `load balancer of istio-gateways/istio-eastwestgateway in us-east1`. */
  title: string;
  /** The first rule that admits the caller counts; with none the connection is reset. */
  rules: ForwarderRule[];
}

export interface ForwarderRule {
  /** Ranges in CIDR notation; the caller's address has to be in one of each list. */
  sources: string[][];
  /** One is chosen at random for each connection. Empty: the connection is reset. */
  targets: Target[];
}

export type Target =
  | { address: string; port: number }
  /** A unix socket on the host, which is told first, in a line, what is wanted. */
  | { socket: string; wanted: string };

/** The global load balancer of one address. */
export interface EdgeSpec {
  address: string;
  /** PEM; the first one answers clients. Empty: there is no HTTPS. */
  certificates: { certificate: string; key: string }[];
  /** HTTP status with which plain HTTP is sent to HTTPS; undefined: plain HTTP is served too. */
  redirectStatus?: number;
  /** Undefined: nothing is behind it, every request is answered by 502. */
  backend?: EdgeBackend;
  /** Regions by the caller's address, the nearest first; the entry `*` is for every other caller. */
  nearest: Record<string, string[]>;
}

export interface EdgeBackend {
  protocol: "HTTP" | "HTTPS" | "HTTP2";
  timeoutSeconds: number;
  healthCheck: {
    protocol: "HTTP" | "HTTPS" | "HTTP2";
    /** Undefined: the endpoint's own port. */
    port?: number;
    path: string;
    intervalSeconds: number;
    timeoutSeconds: number;
    healthyThreshold: number;
    unhealthyThreshold: number;
  };
  endpoints: EdgeEndpoint[];
}

export interface EdgeEndpoint {
  cluster: string;
  region: string;
  pod: string;
  address: string;
  port: number;
}

/** An endpoint of the global load balancer as its health check finds it. */
export interface EndpointHealth extends EdgeEndpoint {
  healthy: boolean;
  /** What the last check met when it failed. */
  reason?: string;
}

/** Everything that has an address in the outer namespace, as it is to be from now on. */
export interface OuterSpec {
  forwarders: Forwarder[];
  edges: EdgeSpec[];
  /** More addresses of the outer namespace: those that clients on the internet call from. */
  clients: string[];
}

/** Header of CONNECT requests: `sandbox <id>` calls from inside a pod, `address <address>` from one of the outer namespace. */
export const fromHeader = "x-from";

/** Where Google's proxies and health checks call from: https://cloud.google.com/load-balancing/docs/https#firewall_rules */
export const proxyAddress = "35.191.0.1";
