import type { ApiObject } from "../../../rehearsal/kubernetes/client";
import { newRoot } from "./certificates";
import { edited, encode, type Fault, removed, secret, service, stopped } from "./fault";
import { CENTRAL, CENTRAL_UP } from "./typed";

const NAMESPACE = "istio-gateways";
const EAST_WEST = service(NAMESPACE, "istio-eastwestgateway");

interface Service {
  metadata: { labels: Record<string, string>; annotations: Record<string, string> };
  spec: {
    type: string;
    ports: { port: number; nodePort?: number }[];
    loadBalancerSourceRanges?: string[];
    allocateLoadBalancerNodePorts?: boolean;
    externalTrafficPolicy?: string;
  };
}

const gateway = (name: string) => ({
  apiVersion: "networking.istio.io/v1",
  kind: "Gateway",
  namespace: NAMESPACE,
  name,
});

const eastWest = (what: string, change: (service: Service) => void): Fault => ({
  what,
  make: ({ central }) => edited(central, EAST_WEST, change),
  fails: ["east-west-service us-central1"],
  advice: /describe service istio-eastwestgateway.*delete service istio-eastwestgateway.*mesh\.eastWest/,
  typed: [`${CENTRAL} -n istio-gateways delete service istio-eastwestgateway`],
});

export const gatewayFaults: Fault[] = [
  eastWest("an east-west gateway without an address", ({ spec }) => {
    spec.type = "ClusterIP";
    delete spec.loadBalancerSourceRanges;
    delete spec.allocateLoadBalancerNodePorts;
    delete spec.externalTrafficPolicy;
    spec.ports.forEach((port) => delete port.nodePort);
  }),
  eastWest("an east-west gateway without port 15443", ({ spec }) => {
    spec.ports = spec.ports.filter(({ port }) => port !== 15443);
  }),
  eastWest("an east-west gateway that admits the world", ({ spec }) => {
    spec.loadBalancerSourceRanges = ["0.0.0.0/0"];
  }),
  eastWest("an east-west gateway that does not admit the mesh", ({ spec }) => {
    spec.loadBalancerSourceRanges = ["10.16.0.0/16"];
  }),
  eastWest("an east-west gateway that other regions cannot reach", ({ metadata }) => {
    delete metadata.annotations["networking.gke.io/internal-load-balancer-allow-global-access"];
  }),
  eastWest("an east-west gateway of another network", ({ metadata }) => {
    metadata.labels["topology.istio.io/network"] = "elsewhere";
  }),
  {
    what: "east-west gateways that are stopped",
    make: ({ central }) => stopped(central, NAMESPACE, "istio-eastwestgateway"),
    fails: ["east-west-gateway us-central1"],
    advice: /scale deployment istio-eastwestgateway --replicas 2/,
    typed: [`${CENTRAL} -n istio-gateways scale deployment istio-eastwestgateway --replicas 2`],
  },
  {
    what: "ingress gateways that are stopped",
    make: ({ central }) => stopped(central, NAMESPACE, "istio-ingressgateway"),
    fails: ["ingress-gateway us-central1"],
    advice: /describe pods -l app=istio-ingressgateway/,
    typed: [`${CENTRAL} -n istio-gateways scale deployment istio-ingressgateway --replicas 2`],
  },
  {
    what: "no cross-network Gateway",
    make: ({ central }) => removed(central, gateway("cross-network-gateway")),
    fails: ["cross-network-gateway us-central1"],
    advice: /pulumi up --refresh -s us-central1/,
    typed: [CENTRAL_UP],
  },
  {
    what: "an edge Gateway for one host only",
    make: ({ central }) =>
      edited(central, gateway("edge"), ({ spec }: { spec: { servers: { hosts: string[] }[] } }) => {
        spec.servers.forEach((server) => (server.hosts = ["shop.example.com"]));
      }),
    fails: ["edge-gateway us-central1"],
    advice: /VirtualServices with gateways: \[istio-gateways\/edge\]/,
    typed: [CENTRAL_UP],
  },
  {
    what: "an origin certificate that is gone",
    make: ({ central }) => removed(central, secret(NAMESPACE, "edge-origin-tls")),
    fails: ["origin-certificate us-central1"],
    advice: /pulumi up --refresh -s us-central1/,
    typed: [CENTRAL_UP],
    always: true,
  },
  {
    what: "an origin certificate that has expired",
    make: ({ central }) =>
      edited(central, secret(NAMESPACE, "edge-origin-tls"), (object: ApiObject) => {
        const { certificate, key } = newRoot("mesh.internal", 0);
        object.data = { "tls.crt": encode(certificate), "tls.key": encode(key) };
      }),
    fails: ["origin-certificate us-central1"],
    advice: /pulumi up --refresh -s us-central1/,
  },
  {
    what: "an ingress gateway with an address of its own",
    make: ({ central }) =>
      edited(central, service(NAMESPACE, "istio-ingressgateway"), ({ spec }: Service) => {
        spec.type = "NodePort";
      }),
    fails: ["ingress-service us-central1"],
    advice: /type ClusterIP/,
    typed: [`${CENTRAL} -n istio-gateways delete service istio-ingressgateway`],
  },
];
