import assert from "node:assert/strict";
import { testRule } from "./cases";
import { changed, messages, type Resource, judge, UNKNOWN } from "./harness";

const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";
const KEY = "-----BEGIN EC PRIVATE KEY-----\nMA==\n-----END EC PRIVATE KEY-----\n";

const cacerts: Resource = {
  type: "kubernetes:core/v1:Secret",
  props: {
    metadata: { name: "cacerts", namespace: "istio-system" },
    stringData: {
      "ca-cert.pem": CERTIFICATE,
      "ca-key.pem": KEY,
      "root-cert.pem": CERTIFICATE,
      "cert-chain.pem": CERTIFICATE,
    },
  },
};

const other: Resource = {
  type: "kubernetes:core/v1:Secret",
  props: { metadata: { name: "shop" }, stringData: { token: "t" } },
};

/** As the provider hands it on: the API's own form. */
function encoded({ type, props }: Resource): Resource {
  const { stringData, ...rest } = props as { stringData: Record<string, string> };
  const data = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
  return { type, props: { ...rest, data: Object.fromEntries(data) as unknown } };
}

describe("cacerts-complete", () => {
  const rule = "cacerts-complete";
  testRule({
    rule,
    compliant: cacerts,
    broken: [
      ...Object.keys(cacerts.props.stringData as object).map((key): [string, unknown, RegExp] => [
        `stringData["${key}"]`,
        undefined,
        /is missing: istiod would sign for itself/,
      ]),
      [`stringData["ca-key.pem"]`, CERTIFICATE, /is not in PEM: write a ca-key in PEM/],
      [
        `stringData["root-cert.pem"]`,
        KEY,
        /^data\["root-cert\.pem"\] is not in PEM: write a root-cert in PEM$/,
      ],
    ],
    others: { "another Secret": other, "a ConfigMap": { type: "kubernetes:core/v1:ConfigMap", props: {} } },
  });

  it("reads data as well", () => {
    assert.deepEqual(messages(rule, encoded(cacerts)), []);
    const props = changed(encoded(cacerts).props, `data["ca-key.pem"]`, undefined);
    assert.equal(messages(rule, { ...cacerts, props }).length, 1);
  });

  it("is undecided while all of it is unknown", () => {
    const props = changed(cacerts.props, "stringData", UNKNOWN);
    assert.deepEqual(judge(rule, { ...cacerts, props }).findings, []);
    assert.ok(judge(rule, { ...cacerts, props }).undecided);
  });
});

const kubeconfig = (user: string) =>
  `apiVersion: v1\nkind: Config\nclusters: []\nusers:\n  - name: us-east1\n    user:\n      ${user}\n`;

const remote: Resource = {
  type: "kubernetes:core/v1:Secret",
  props: {
    metadata: {
      name: "istio-remote-secret-us-east1",
      labels: { "istio/multiCluster": "true" },
      annotations: { "networking.istio.io/cluster": "us-east1" },
    },
    stringData: { "us-east1": kubeconfig("token: abc") },
  },
};

describe("remote-secret-well-formed", () => {
  const rule = "remote-secret-well-formed";
  testRule({
    rule,
    compliant: remote,
    broken: [
      [`metadata.labels["istio/multiCluster"]`, "false", /istiod does not look at it; write "true"/],
      [`metadata.labels["istio/multiCluster"]`, undefined, /is missing: istiod does not look/],
      [`metadata.annotations["networking.istio.io/cluster"]`, undefined, /write the cluster's name/],
      [
        `metadata.annotations["networking.istio.io/cluster"]`,
        "us-west1",
        /has the keys us-east1: write one, "us-west1"/,
      ],
      [`stringData["us-east1"]`, undefined, /has the keys none/],
      ...["exec: {command: sh}", "client-certificate-data: abc", "client-key: /k", "password: p"].map(
        (user): [string, unknown, RegExp] => [
          `stringData["us-east1"]`,
          kubeconfig(user),
          new RegExp(`signs in with ${user.split(":")[0]}: write a service account's token`),
        ],
      ),
      [`stringData["us-east1"]`, kubeconfig("{}"), /has no token/],
    ],
    others: { "another Secret": other },
  });

  it("refuses a second key", () => {
    const props = changed(remote.props, `stringData["us-central1"]`, kubeconfig("token: abc"));
    assert.match(messages(rule, { ...remote, props }).join(), /has the keys us-east1, us-central1/);
  });

  it("reads JSON as well", () => {
    const json = (user: object) =>
      changed(
        remote.props,
        `stringData["us-east1"]`,
        JSON.stringify({ users: [{ name: "us-east1", user }] }),
      );
    assert.deepEqual(messages(rule, { ...remote, props: json({ token: "abc" }) }), []);
    const both = { token: "abc", exec: { command: "sh" } };
    assert.match(messages(rule, { ...remote, props: json(both) }).join(), /signs in with exec/);
  });

  it("reads data as well, and never tells a value", () => {
    assert.deepEqual(messages(rule, encoded(remote)), []);
    const broken = {
      ...remote,
      props: changed(remote.props, `stringData["us-east1"]`, kubeconfig("password: abc")),
    };
    const [message = ""] = messages(rule, encoded(broken));
    assert.match(message, /signs in with password/);
    assert.doesNotMatch(message, /abc/);
  });

  it("knows a remote secret by its label too", () => {
    const props = changed(remote.props, "metadata.name", "east");
    const bare = changed(props, `metadata.annotations["networking.istio.io/cluster"]`, undefined);
    assert.equal(messages(rule, { ...remote, props: bare }).length, 1);
  });
});
