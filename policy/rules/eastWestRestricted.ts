import { appliesTo, AUTHORIZATION_POLICIES, type Effect, effectOn } from "../read/authorization";
import { RELEASE } from "../read/charts";
import {
  EAST_WEST_PORT,
  type Gateway,
  gatewaysOf,
  isInternal,
  ISTIO_OPERATOR,
  SERVICE,
  sourceRangesProblem,
} from "../read/gateways";
import { clusterOf, Index, namespaceOf, podKeys, selectorKey } from "../read/pairing";
import { stackRule, type Subject } from "../rule";
import { at, show } from "../read/values";

interface Config {
  rootNamespace: string;
  minPrefixLength: number;
}

export const eastWestRestricted = stackRule<Config>({
  name: "east-west-gateway-restricted",
  displayName: "External east-west gateways admit named sources only",
  severity: "critical",
  tags: ["gateway", "network"],
  description:
    "An east-west gateway with a public address has source ranges at its load balancer and an AuthorizationPolicy with ranges for " +
    "its pods, in the same stack and cluster (by the same provider); neither is enough alone. Istio applies the policy to such a " +
    "gateway up to 1.19 and ignores it from 1.20 on: there the source ranges are what protects it, and the policy says who is meant.",
  remediationSteps:
    "Make the load balancer internal; or list the peers' ranges in loadBalancerSourceRanges, and write an AuthorizationPolicy in " +
    `the gateway's namespace that selects its pods and admits ipBlocks or remoteIpBlocks to port ${EAST_WEST_PORT}. The pods see ` +
    "the peers' addresses with externalTrafficPolicy: Local.",
  url: "https://istio.io/latest/docs/reference/config/security/authorization-policy/",
  configSchema: {
    properties: {
      rootNamespace: {
        type: "string",
        default: "istio-system",
        description: "Istio's root namespace, whose policies act on all namespaces.",
      },
      minPrefixLength: {
        type: "integer",
        default: 8,
        description: "The widest range, as its prefix length.",
      },
    },
  },
  // The objects of a Chart are judged themselves, and only they tell their cluster.
  types: [SERVICE, ISTIO_OPERATOR, RELEASE, ...AUTHORIZATION_POLICIES],
  inspect(subjects, expect, config) {
    const [policies, others] = partition(subjects);
    for (const subject of others) {
      expect(subject)("", () => {
        for (const gateway of gatewaysOf(subject)) {
          expect(subject)("", () => {
            if (!gateway.isEastWest() || gateway.serviceType() !== "LoadBalancer" || isInternal(gateway)) {
              return;
            }
            const { fields } = gateway;
            expect(subject)(fields.sourceRanges, () => sourceRangesProblem(gateway, config.minPrefixLength));
            expect(subject)(fields.type, () => policyProblem(policies, clusterOf(subject), gateway, config));
          });
        }
      });
    }
  },
});

function partition(subjects: Subject[]): [Index<Subject>, Subject[]] {
  const policies = new Index<Subject>();
  const others: Subject[] = [];
  for (const subject of subjects) {
    const { type, props } = subject;
    if (AUTHORIZATION_POLICIES.includes(type)) {
      const key = () => selectorKey(namespaceOf(props), at(props, "spec", "selector"));
      policies.add(clusterOf(subject), subject, key);
    } else {
      others.push(subject);
    }
  }
  return [policies, others];
}

function policyProblem(
  policies: Index<Subject>,
  cluster: string,
  gateway: Gateway,
  { rootNamespace, minPrefixLength }: Config,
): string | undefined {
  const [namespace, labels] = [gateway.namespace(), gateway.podLabels()];
  const keys = [...podKeys(namespace, labels), ...podKeys(rootNamespace, labels)];
  const find = (wanted: Effect) =>
    policies.find(
      cluster,
      keys,
      ({ props }) => appliesTo(props, labels) && effectOn(EAST_WEST_PORT, props, minPrefixLength) === wanted,
    );
  if (find("closes").length > 0) {
    return undefined;
  }
  const [opening] = find("opens");
  if (opening) {
    const name = show(at(opening.props, "metadata", "name"));
    return `is LoadBalancer with a public address, and AuthorizationPolicy ${name} admits the world to its port ${EAST_WEST_PORT}: write ipBlocks in each of its sources`;
  }
  return find("restricts").length > 0
    ? undefined
    : `is LoadBalancer with a public address, and no AuthorizationPolicy restricts it: make it internal, or write one in namespace "${namespace}" for the pods ${show(labels)} that admits ipBlocks alone to port ${EAST_WEST_PORT}`;
}
