import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { authority, cacerts, encoded, root } from "./authorities";
import { testRule } from "./cases";
import { changed, judge, mended, messages, type Resource, UNKNOWN } from "./harness";

const BLOCK = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";
const intermediate = authority("us-east1", { signer: root });
const complete = cacerts(intermediate);
const locked = createPrivateKey(intermediate.key).export({
  type: "pkcs8",
  format: "pem",
  cipher: "aes-256-cbc",
  passphrase: "p",
});

const other: Resource = {
  type: "kubernetes:core/v1:Secret",
  props: { metadata: { name: "shop" }, stringData: { token: "t" } },
};

describe("cacerts-complete", () => {
  const rule = "cacerts-complete";
  testRule({
    rule,
    compliant: complete,
    broken: [
      ...Object.keys(complete.props.stringData as object).map((key): [string, unknown, RegExp] => [
        `stringData["${key}"]`,
        undefined,
        /is missing: istiod would sign for itself/,
      ]),
      [
        `stringData["ca-key.pem"]`,
        intermediate.certificate,
        /^data\["ca-key\.pem"\] cannot be read: write the private key of ca-cert, without a password, in PEM$/,
      ],
      [`stringData["ca-key.pem"]`, locked, /cannot be read: write the private key/],
      [`stringData["ca-cert.pem"]`, intermediate.key, /cannot be read: write the certificate that istiod/],
      [`stringData["root-cert.pem"]`, BLOCK, /cannot be read: write the root's certificate in PEM$/],
      [
        `stringData["cert-chain.pem"]`,
        root.certificate + BLOCK,
        /cannot be read: write the certificates from/,
      ],
    ],
    others: { "another Secret": other, "a ConfigMap": { type: "kubernetes:core/v1:ConfigMap", props: {} } },
  });

  it("reads data as well", () => {
    assert.deepEqual(messages(rule, encoded(complete)), []);
    const props = changed(encoded(complete).props, `data["ca-key.pem"]`, undefined);
    assert.equal(messages(rule, { ...complete, props }).length, 1);
  });

  it("is undecided while all of it is unknown", () => {
    const props = changed(complete.props, "stringData", UNKNOWN);
    assert.deepEqual(judge(rule, { ...complete, props }).findings, []);
    assert.ok(judge(rule, { ...complete, props }).undecided);
  });
});

const kubeconfig = (user: string) =>
  `apiVersion: v1\nkind: Config\nclusters: []\nusers:\n  - name: us-east1\n    user:\n      ${user}\n`;

const trusting = (cluster: string) =>
  kubeconfig("token: abc").replace("clusters: []", `clusters: [{name: us-east1, cluster: {${cluster}}}]`);

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
      ...[
        "exec: {command: sh}",
        "client-certificate-data: abc",
        "client-key: /k",
        "password: p",
        "tokenFile: /t",
      ].map((user): [string, unknown, RegExp] => [
        `stringData["us-east1"]`,
        kubeconfig(user),
        new RegExp(`signs in with ${user.split(":")[0]}: write a service account's token`),
      ]),
      [`stringData["us-east1"]`, kubeconfig("{}"), /has no token/],
      ...["true", "True", "yes", "on", "'true'", "!!bool true", "*anchor", "false true"].map(
        (value): [string, unknown, RegExp] => [
          `stringData["us-east1"]`,
          trusting(`insecure-skip-tls-verify: ${value}`),
          /anybody can take the token/,
        ],
      ),
      ...["http://172.16.0.2", '"HTTP://172.16.0.2"', "172.16.0.2", "*anchor"].map(
        (server): [string, unknown, RegExp] => [
          `stringData["us-east1"]`,
          trusting(`server: ${server}`),
          /has a server that is none of https:/,
        ],
      ),
      ...["null", "~", "Null", "''", "", "null # abc", "*anchor", "\n      # token: abc"].map(
        (token): [string, unknown, RegExp] => [
          `stringData["us-east1"]`,
          kubeconfig(`token: ${token}`),
          /has no token/,
        ],
      ),
      ...[
        `{token: abc, "ex\\u0065c": {command: sh}}`,
        `{token: abc, "\\x65xec": {command: sh}}`,
        `{token: abc, "ex\\\n  ec": {command: sh}}`,
        "{token: abc, *anchor : {command: sh}}",
        "? exec # which\n      : {command: sh}",
      ].map((user): [string, unknown, RegExp] => [
        `stringData["us-east1"]`,
        kubeconfig(user),
        /write every key as it is, or JSON$/,
      ]),
      [`stringData["us-east1"]`, kubeconfig("token: abc\u0085exec: {command: sh}"), /signs in with exec/],
    ],
    accepted: [
      [`stringData["us-east1"]`, trusting("certificate-authority-data: abc")],
      [`stringData["us-east1"]`, trusting("insecure-skip-tls-verify: false")],
      [
        `stringData["us-east1"]`,
        trusting("server: https://172.16.0.2, insecure-skip-tls-verify: false # so"),
      ],
      [`stringData["us-east1"]`, trusting('server: "https://172.16.0.2"')],
      [`stringData["us-east1"]`, kubeconfig(`{"token" : "ey.a-b" , }`)],
    ],
    others: { "another Secret": other },
  });

  it("refuses a second key", () => {
    const props = changed(remote.props, `stringData["us-central1"]`, kubeconfig("token: abc"));
    assert.match(messages(rule, { ...remote, props }).join(), /has the keys us-east1, us-central1/);
  });

  describe("of JSON", () => {
    const found = (user: object, cluster: object = {}, escape = (text: string) => text) => {
      const text = JSON.stringify({ clusters: [{ cluster }], users: [{ name: "us-east1", user }] });
      const props = changed(remote.props, `stringData["us-east1"]`, escape(text));
      return messages(rule, { ...remote, props }).join();
    };
    const token = "abc";

    it("accepts a token", () => {
      const cluster = { server: "https://172.16.0.2", "insecure-skip-tls-verify": false };
      assert.equal(found({ token }, cluster), "");
    });

    it("refuses what YAML may not have either, however it is escaped", () => {
      assert.match(found({ token, exec: { command: "sh" } }), /signs in with exec/);
      const escape = (text: string) => text.replace('"exec"', String.raw`"ex\u0065c"`);
      assert.match(found({ token, exec: { command: "sh" } }, {}, escape), /signs in with exec/);
      assert.match(found({ token }, { "insecure-skip-tls-verify": true }), /anybody can take the token/);
      assert.match(found({ token }, { server: "http://172.16.0.2" }), /none of https:/);
      for (const user of [{}, { token: null }, { token: "" }]) {
        assert.match(found(user), /has no token/);
      }
    });
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

  it("mends the annotation, and neither a label nor an annotation that contradicts the key", () => {
    const annotation = `metadata.annotations["networking.istio.io/cluster"]`;
    const bare = { ...remote, props: changed(remote.props, annotation, undefined) };
    assert.deepEqual(mended(rule, bare), remote.props);
    for (const resource of [
      remote,
      other,
      { ...remote, props: changed(remote.props, annotation, "us-west1") },
      { ...remote, props: changed(bare.props, `metadata.labels["istio/multiCluster"]`, undefined) },
      { ...remote, props: changed(bare.props, `stringData["us-west1"]`, "") },
    ]) {
      assert.equal(mended(rule, resource), undefined);
    }
  });

  it("knows a remote secret by its label too", () => {
    const props = changed(remote.props, "metadata.name", "east");
    const bare = changed(props, `metadata.annotations["networking.istio.io/cluster"]`, undefined);
    assert.equal(messages(rule, { ...remote, props: bare }).length, 1);
  });
});
