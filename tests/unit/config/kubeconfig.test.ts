import assert from "node:assert/strict";
import { stringify } from "yaml";
import { readKubeconfig } from "../../../components/config/kubeconfig";
import { readStackConfig } from "../../../components/config/stackConfig";
import { CLUSTER_CA, kubeconfigOf } from "./kubeconfig";
import { fixture, mistakesOf } from "./support";

const MISTAKES: [what: string, text: string, says: RegExp][] = [
  ["empty", "\n", /^is empty$/],
  ["the name of a file", "~/.kube/config", /^is no kubeconfig; is it the file's name\?/],
  ["in base64", Buffer.from(kubeconfigOf()).toString("base64"), /^is in base64/],
  ["YAML that does not end", 'users: [{ user: { token: "hush', /^is no YAML$/],
  ["indented with tabs", "users:\n\t- user: { token: hush }\n", /^is no YAML: lines begin with tabs$/],
  ["of one key twice", "token: hush\ntoken: hush\n", /^is no YAML$/],
  ["an alias of nothing", "users: *hush\n", /^is no YAML$/],
  [
    "a Secret with a kubeconfig in it",
    "kind: Secret\ndata: { value: hush }\n",
    /has no lists clusters and contexts/,
  ],
  ["without a current context", kubeconfigOf({ current: "" }), /^has no current-context/],
  ["for a context that is not there", kubeconfigOf({ current: "hush" }), /is not among its contexts/],
  [
    "for a cluster that is not there",
    kubeconfigOf().replaceAll('"cluster":"here"', '"cluster":"hush"'),
    /^has no cluster of the name/,
  ],
  ["without credentials", kubeconfigOf({ user: {} }), /^has no credentials/],
  [
    "with a key in a file",
    kubeconfigOf({ user: { "client-certificate-data": "hush", "client-key": "/home/hush/key.pem" } }),
    /^has client-key, a file that other machines do not have/,
  ],
  ["without TLS", kubeconfigOf({ server: "http://hush:8080" }), /begins with https:\/\/$/],
  ["without a CA", kubeconfigOf({ authority: "" }), /^has no certificate-authority-data/],
  ["with a CA that is none", kubeconfigOf({ authority: "aHVzaA==" }), /is no certificate: base64 of its PEM/],
];

describe("the kubeconfig of an existing cluster", () => {
  it("is read in JSON and in YAML, for the CA of its current context", () => {
    for (const text of [kubeconfigOf(), stringify(JSON.parse(kubeconfigOf()))]) {
      assert.deepEqual(readKubeconfig(text), { certificateAuthority: CLUSTER_CA });
    }
  });

  it("may use an exec plugin", () => {
    const user = { exec: { apiVersion: "client.authentication.k8s.io/v1beta1", command: "login" } };
    assert.deepEqual(readKubeconfig(kubeconfigOf({ user })), { certificateAuthority: CLUSTER_CA });
  });

  for (const [what, text, says] of MISTAKES) {
    it(`is refused when it is ${what}, without a word of what is in it`, () => {
      const read = readKubeconfig(text);
      assert.ok(typeof read === "string");
      assert.match(read, says);
      assert.doesNotMatch(read, /hush|aHVza/);
    });
  }
});

describe("the kubeconfig in a stack's configuration", () => {
  const mesh = fixture<{ clusters: Record<string, object> }>("mesh.yaml");
  mesh.clusters["us-central1"] = { existing: { server: "https://10.0.0.2" } };

  function read(kubeconfig: string, change: object = {}) {
    const texts = {
      "gcp:project": "my-project",
      "mesh:clusters": '["us-central1"]',
      "mesh:peers": '["us-east1"]',
      "mesh:mesh": JSON.stringify({ ...mesh, ...change }),
      "mesh:kubeconfig-us-central1": kubeconfig,
    };
    return readStackConfig(texts, { namespace: "mesh", stack: "test" });
  }

  it("is not part of what was read", () => {
    assert.deepEqual(read(kubeconfigOf()).kubeconfigs, ["us-central1"]);
    assert.doesNotMatch(JSON.stringify(read(kubeconfigOf())), /hush/);
  });

  it("is one mistake among all others, with the line that mends it", () => {
    assert.deepEqual(
      mistakesOf(() => read("users: [{ token: hush", { cidr: "10.16.0.1/12" })).filter((line) =>
        /^mesh(:|\.cidr)/.test(line),
      ),
      [
        'mesh.cidr = "10.16.0.1/12": has host bits set; write 10.16.0.0/12',
        "mesh:kubeconfig-us-central1 is no YAML; run: kubectl config view --raw --flatten --minify | pulumi config set --secret mesh:kubeconfig-us-central1",
      ],
    );
  });
});
