import * as pulumi from "@pulumi/pulumi";

/** Computed outputs, which are merged over the inputs. */
export type Outputs = (
  type: string,
  name: string,
  inputs: Record<string, unknown>,
) => Record<string, unknown>;

/** The token that Kubernetes makes for a service account, as its Secret holds it. */
export const READER_TOKEN = "token-of-istio-reader";

/** What Google and the providers would fill in. */
export function computedOutputs(type: string, name: string): Record<string, unknown> {
  switch (type) {
    case "gcp:container/cluster:Cluster":
      return {
        controlPlaneEndpointsConfig: {
          dnsEndpointConfig: { endpoint: `gke-${name}.gke.goog`, allowExternalTraffic: true },
        },
        privateClusterConfig: { privateEndpoint: `private-endpoint-of-${name}` },
        // The provider's schema calls `clientKey` secret, and with it everything beside it.
        masterAuth: pulumi.secret({ clusterCaCertificate: base64(`CA of ${name}`), clientKey: "" }),
        masterVersion: "1.33.5-gke.1080000",
      };
    case "gcp:compute/globalAddress:GlobalAddress":
      return { address: "203.0.113.7" };
    case "gcp:serviceaccount/account:Account":
      return { email: `${name}@project.iam.gserviceaccount.com` };
    case "gcp:projects/serviceIdentity:ServiceIdentity":
      return { member: `serviceAccount:${name}@google.com` };
    case "tls:index/privateKey:PrivateKey":
      return { privateKeyPem: privateKey(name) };
    case "tls:index/certRequest:CertRequest":
      return { certRequestPem: `request of ${name}\n` };
    case "tls:index/selfSignedCert:SelfSignedCert":
    case "tls:index/locallySignedCert:LocallySignedCert":
      return { certPem: `certificate of ${name}\n` };
    case "kubernetes:core/v1:Secret":
      return { data: { token: base64(READER_TOKEN) } };
    default:
      return {};
  }
}

/** Stands for a key of that name, with the lines by which a PEM key is known. */
export function privateKey(name: string): string {
  return `-----BEGIN EC PRIVATE KEY-----\nkey of ${name}\n-----END EC PRIVATE KEY-----\n`;
}

export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
