import assert from "node:assert/strict";
import { exposedPorts } from "../../../rehearsal/google/controllers/annotations";
import { negName, trimEvenly } from "../../../rehearsal/google/controllers/negNames";

const ports = [
  { name: "https", port: 443, targetPort: 8443, protocol: "TCP" },
  { name: "status", port: 15021, targetPort: 15021, protocol: "TCP" },
];
const read = (text: string) => exposedPorts("ns/gateway", { "cloud.google.com/neg": text }, ports);

describe("the annotation cloud.google.com/neg", () => {
  it("names ports of the Service, with or without a name for the group", () => {
    const found = read('{"exposed_ports":{"443":{"name":"us-central1"},"15021":{}}}');
    assert.deepEqual(
      found.map(({ port, name }) => [port.port, name]),
      [
        [443, "us-central1"],
        [15021, undefined],
      ],
    );
  });

  it("asks for nothing when it is about Ingress only, or missing", () => {
    assert.deepEqual(read('{"ingress":true}'), []);
    assert.deepEqual(exposedPorts("ns/gateway", {}, ports), []);
  });

  const bad: Record<string, RegExp> = {
    "{exposed_ports: 443}": /^NEG annotation is invalid\.$/,
    '{"exposed_ports":["443"]}': /^NEG annotation is invalid\.$/,
    '{"exposed_ports":{"https":{}}}': /^NEG annotation is invalid\.$/,
    '{"exposed_ports":{"443":{"name":443}}}': /^NEG annotation is invalid\.$/,
    '{"ingress":"yes"}': /^NEG annotation is invalid\.$/,
    '{"exposed_ports":{"8443":{}}}':
      /^port 8443 specified in "cloud\.google\.com\/neg" doesn't exist in the service$/,
    '{"exposed_ports":{"80":{},"81":{}}}': /^\[port 80 .*, port 81 .*\]$/,
    '{"ingress":true,"exposed_ports":{"443":{"name":"a"}}}':
      /custom neg name cannot be used with ingress enabled/,
    '{"exposed_ports":{"443":{"name":"US_central1"}}}':
      /Invalid value for field 'resource\.name': 'US_central1'/,
  };
  for (const [text, message] of Object.entries(bad))
    it(`is refused: ${text}`, () => assert.throws(() => read(text), { message }));
});

describe("the name of a group that nobody named", () => {
  it("has at most 63 characters, and tells clusters and ports apart", () => {
    const long = `${"n".repeat(40)}/${"s".repeat(60)}`;
    const names = [negName("a", long, 443), negName("b", long, 443), negName("a", long, 80)];
    assert.equal(new Set(names).size, 3);
    for (const name of names) assert.match(name, /^k8s1-[a-z0-9-]{1,57}[a-z0-9]$/);
  });

  it("keeps short names whole", () => {
    assert.match(negName("a", "ns/gateway", 443), /^k8s1-[0-9a-f]{8}-ns-gateway-443-[0-9a-f]{8}$/);
    assert.deepEqual(trimEvenly(["aaaa", "bb"], 3), ["aa", "b"]);
  });
});
