import { parse, stringify } from "yaml";
import { cacerts, newKey, newRoot } from "./certificates";
import { added, edited, encode, type Fault, secret } from "./fault";
import { CENTRAL, CENTRAL_UP } from "./typed";

const CACERTS = secret("istio-system", "cacerts");
const REVISION = "1-23-6";

interface Secret {
  data: Record<string, string>;
}

export const trustFaults: Fault[] = [
  {
    what: "another root in one cluster",
    make: ({ central }) =>
      edited(central, CACERTS, (object: Secret) => {
        object.data = cacerts(newRoot("Root CA"), "us-central1");
      }),
    fails: ["trust-roots us-central1"],
    advice: /pulumi up --refresh -s us-central1; then .*-n verify rollout restart deployment/,
    typed: [CENTRAL_UP],
    always: true,
  },
  {
    what: "an intermediate that has expired",
    make: ({ central, root }) =>
      edited(central, CACERTS, (object: Secret) => {
        object.data = cacerts(root, "us-central1", 0);
      }),
    fails: ["trust-days us-central1"],
    advice: /mesh\.certificateAuthority.*pulumi up -s us-east1/,
  },
  {
    what: "an intermediate with ten days left",
    make: ({ central, root }) =>
      edited(central, CACERTS, (object: Secret) => {
        object.data = cacerts(root, "us-central1", 240);
      }),
    fails: ["trust-days us-central1"],
    advice: /renew the intermediate/,
  },
  {
    what: "cacerts without its key",
    make: ({ central }) =>
      edited(central, CACERTS, (object: Secret) => {
        delete object.data["ca-key.pem"];
      }),
    fails: ["trust-chain us-central1"],
    advice: /pulumi up --refresh -s us-central1; then .*rollout restart deployment istiod-1-23-6/,
  },
  {
    what: "cacerts with another key",
    make: ({ east }) =>
      edited(east, CACERTS, (object: Secret) => {
        object.data["ca-key.pem"] = encode(newKey());
      }),
    fails: ["trust-chain us-east1"],
    advice: /pulumi up --refresh -s us-east1/,
  },
  {
    what: "another trust domain in one cluster",
    make: ({ central }) =>
      edited(
        central,
        { apiVersion: "v1", kind: "ConfigMap", namespace: "istio-system", name: `istio-${REVISION}` },
        (object: Secret) => {
          object.data.mesh = stringify({
            ...(parse(object.data.mesh ?? "") as object),
            trustDomain: "example.com",
          });
        },
      ),
    fails: ["trust-domain us-central1"],
    advice: /mesh\.trustDomain: cluster\.local/,
    typed: [`${CENTRAL} -n istio-system delete configmap istio-1-23-6`],
  },
  {
    what: "a gateway that sends plain text",
    make: ({ central }) =>
      added(central, {
        apiVersion: "networking.istio.io/v1",
        kind: "DestinationRule",
        metadata: { name: "plain", namespace: "istio-gateways" },
        spec: { host: "verify.verify.svc.cluster.local", trafficPolicy: { tls: { mode: "DISABLE" } } },
      }),
    fails: ["peer-authentication us-central1"],
    advice: /delete destinationrule plain/,
    typed: [`${CENTRAL} -n istio-gateways delete destinationrule plain`],
  },
  {
    what: "a gateway that sends plain text to one port",
    make: ({ central }) =>
      added(central, {
        apiVersion: "networking.istio.io/v1",
        kind: "DestinationRule",
        metadata: { name: "plain", namespace: "istio-gateways" },
        spec: {
          host: "verify.verify.svc.cluster.local",
          exportTo: ["."],
          trafficPolicy: { portLevelSettings: [{ port: { number: 80 }, tls: { mode: "DISABLE" } }] },
        },
      }),
    fails: ["peer-authentication us-central1"],
    advice: /delete destinationrule plain/,
    typed: [`${CENTRAL} -n istio-gateways delete destinationrule plain`],
  },
  {
    what: "mutual TLS that is switched off for the workload",
    make: ({ central }) =>
      added(central, {
        apiVersion: "security.istio.io/v1",
        kind: "PeerAuthentication",
        metadata: { name: "legacy", namespace: "verify" },
        spec: { selector: { matchLabels: { app: "verify" } }, mtls: { mode: "DISABLE" } },
      }),
    fails: ["peer-authentication us-central1"],
    advice: /delete peerauthentication legacy/,
    typed: [`${CENTRAL} -n verify delete peerauthentication legacy`],
  },
  {
    what: "mutual TLS that is switched off in one cluster",
    make: ({ central }) =>
      added(central, {
        apiVersion: "security.istio.io/v1",
        kind: "PeerAuthentication",
        metadata: { name: "default", namespace: "istio-system" },
        spec: { mtls: { mode: "DISABLE" } },
      }),
    fails: ["peer-authentication us-central1"],
    advice: /delete peerauthentication default/,
    typed: [`${CENTRAL} -n istio-system delete peerauthentication default`],
  },
];
