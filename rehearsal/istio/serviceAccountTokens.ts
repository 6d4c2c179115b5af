import type { ApiClient } from "../kubernetes/client";
import type { Pod } from "./pod";

interface Token {
  value: string;
  /** When to get a new one, in milliseconds since the epoch. */
  renewAt: number;
}

/** Tokens of a pod's service account, bound to the pod, renewed when four fifths of their time have gone as a kubelet does. */
export class ServiceAccountTokens {
  private readonly tokens = new Map<string, Token>();

  constructor(
    private readonly client: ApiClient,
    private readonly pod: Pod,
  ) {}

  /** `audience` undefined: the API server's own. */
  async get(audience: string | undefined, expirationSeconds: number): Promise<string> {
    const known = this.tokens.get(audience ?? "");
    if (known && Date.now() < known.renewAt) {
      return known.value;
    }
    const { name, namespace, uid } = this.pod.metadata;
    const account = this.pod.spec.serviceAccountName ?? "default";
    const requested = Date.now();
    const { status } = await this.client.request<{ status: { token: string; expirationTimestamp: string } }>(
      "POST",
      `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
      {
        body: {
          apiVersion: "authentication.k8s.io/v1",
          kind: "TokenRequest",
          spec: {
            ...(audience ? { audiences: [audience] } : {}),
            expirationSeconds,
            boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
          },
        },
      },
    );
    const life = Date.parse(status.expirationTimestamp) - requested;
    this.tokens.set(audience ?? "", { value: status.token, renewAt: requested + 0.8 * life });
    return status.token;
  }
}
