import { parse, stringify } from "yaml";
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient, ApiObject } from "../../../rehearsal/kubernetes/client";
import { added, decode, edited, encode, type Fault, type Mend, read, removed, secret } from "./fault";
import { CENTRAL, CENTRAL_UP, EAST } from "./typed";

const REMOTE = secret("istio-system", "istio-remote-secret-us-central1");
const READER = "istio-reader-service-account";
const TOKEN = secret("istio-system", `${READER}-istio-remote-secret-token-us-east1`);
const LINK = "us-east1>us-central1";

interface Secret {
  metadata: { labels?: Record<string, string>; annotations?: Record<string, string> };
  data: Record<string, string>;
}

interface Kubeconfig {
  clusters: { cluster: Record<string, string> }[];
  users: { user: Record<string, unknown> }[];
}

/** Changes the kubeconfig in the remote secret. */
function kubeconfig(client: ApiClient, change: (kubeconfig: Kubeconfig) => void): Promise<Mend> {
  return edited(client, REMOTE, (object: Secret) => {
    const text = decode(object.data["us-central1"] ?? "");
    const file = parse(text) as Kubeconfig;
    change(file);
    object.data["us-central1"] = encode(stringify(file));
  });
}

const user = (file: Kubeconfig) => file.users[0] ?? { user: {} };

/** A token that was revoked stays so: the mend makes another, and gives it to the reader. */
async function revoked(reader: ApiClient, watched: ApiClient): Promise<Mend> {
  const again = await removed(watched, TOKEN);
  return async () => {
    await again();
    let token: string | undefined;
    while (!token) {
      await sleep(100);
      token = ((await read(watched, TOKEN)).data as Secret["data"]).token;
    }
    const text = decode(token);
    await kubeconfig(reader, (file) => (user(file).user = { token: text }));
  };
}

const link = (what: string, make: Fault["make"]): Fault => ({
  what,
  make,
  fails: [`remote-secret ${LINK}`],
  advice: /pulumi up --refresh -s us-central1; look: kubectl --context us-east1 -n istio-system get secret/,
});

export const remoteFaults: Fault[] = [
  { ...link("a remote secret that is gone", ({ east }) => removed(east, REMOTE)), typed: [CENTRAL_UP] },
  link("a remote secret with another key", ({ east }) =>
    edited(east, REMOTE, (object: Secret) => {
      object.data = { central: object.data["us-central1"] ?? "" };
    }),
  ),
  link("a remote secret without its label", ({ east }) =>
    edited(east, REMOTE, (object: Secret) => {
      object.metadata.labels = {};
    }),
  ),
  link("a remote secret without its annotation", ({ east }) =>
    edited(east, REMOTE, (object: Secret) => {
      delete object.metadata.annotations?.["networking.istio.io/cluster"];
    }),
  ),
  link("a remote secret that leads elsewhere", ({ east }) =>
    kubeconfig(east, ({ clusters: [one] }) => {
      if (one) {
        one.cluster.server = "https://10.20.0.99";
      }
    }),
  ),
  link("a remote secret with a credential plugin", async ({ east }) => {
    const mend = await kubeconfig(east, (file) => {
      user(file).user = {
        exec: { apiVersion: "client.authentication.k8s.io/v1beta1", command: "gke-gcloud-auth-plugin" },
      };
    });
    return async () => {
      await mend();
      // istiod has closed the cluster, and takes the old kubeconfig for one that it knows: only a new Secret opens it again.
      const again = await removed(east, REMOTE);
      await sleep(1000);
      await again();
    };
  }),
  {
    what: "a revoked token",
    make: ({ east, central }) => revoked(east, central),
    fails: [`remote-token ${LINK}`],
    advice: /delete secret istio-reader-service-account-istio-remote-secret-token-us-east1.*pulumi up/,
    typed: [`${CENTRAL} -n istio-system delete secret ${TOKEN.name} --ignore-not-found`, CENTRAL_UP],
    always: true,
  },
  {
    what: "a reader that may not watch endpoints",
    make: ({ central }) =>
      edited(
        central,
        {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "ClusterRole",
          name: "istio-reader-clusterrole-1-23-6-istio-system",
        },
        (role: { rules: { resources?: string[] }[] }) => {
          role.rules = role.rules.filter(({ resources = [] }) => !resources.includes("endpointslices"));
        },
      ),
    fails: [`remote-rights ${LINK}`],
    advice: /delete clusterrole istio-reader-clusterrole-1-23-6-istio-system/,
    typed: [`${CENTRAL} delete clusterrole istio-reader-clusterrole-1-23-6-istio-system`],
  },
  {
    what: "a reader that may do everything",
    make: ({ central }) => added(central, clusterAdmin()),
    fails: [`remote-rights ${LINK}`],
    advice: /get clusterrolebindings.*istio-reader-service-account/,
  },
  {
    what: "a remote secret of a cluster that is not of the mesh",
    make: ({ east }) => added(east, stray()),
    fails: ["remote-strays us-east1"],
    advice: /delete secret istio-remote-secret-europe-west1/,
    typed: [`${EAST} -n istio-system delete secret istio-remote-secret-europe-west1`],
  },
];

function clusterAdmin(): ApiObject {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "too-much" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ kind: "ServiceAccount", name: READER, namespace: "istio-system" }],
  };
}

function stray(): ApiObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: "istio-remote-secret-europe-west1",
      namespace: "istio-system",
      labels: { "istio/multiCluster": "true" },
      annotations: { "networking.istio.io/cluster": "europe-west1" },
    },
    data: { "europe-west1": encode("{}") },
  };
}
