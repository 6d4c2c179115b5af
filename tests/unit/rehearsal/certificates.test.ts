import * as assert from "node:assert";
import { X509Certificate } from "node:crypto";
import * as net from "node:net";
import * as tls from "node:tls";
import { issue, makeCa } from "../../../rehearsal/certificates";

describe("certificates of the rehearsal", () => {
  const ca = makeCa("rehearsal authority");

  it("makes an authority that signs itself", () => {
    const certificate = new X509Certificate(ca.certificate);
    assert.strictEqual(certificate.subject, "CN=rehearsal authority");
    assert.ok(certificate.ca);
    assert.ok(certificate.verify(certificate.publicKey));
  });

  it("puts names and addresses into a certificate", () => {
    const { certificate } = issue(ca, {
      cn: "kube-apiserver",
      o: ["system:masters"],
      dns: ["kubernetes.default.svc"],
      ips: ["10.16.0.2", "::1", "2001:db8::a:1"],
    });
    const parsed = new X509Certificate(certificate);
    assert.strictEqual(parsed.subject, "O=system:masters\nCN=kube-apiserver");
    assert.strictEqual(parsed.issuer, "CN=rehearsal authority");
    assert.strictEqual(
      parsed.subjectAltName,
      "DNS:kubernetes.default.svc, IP Address:10.16.0.2, IP Address:0:0:0:0:0:0:0:1, IP Address:2001:DB8:0:0:0:0:A:1",
    );
    assert.ok(!parsed.ca);
    assert.ok(parsed.verify(new X509Certificate(ca.certificate).publicKey));
  });

  it("is trusted by a TLS client for its own names only", async () => {
    const pair = issue(ca, { cn: "server", dns: ["server.example.com"] });
    const server = tls.createServer({ cert: pair.certificate, key: pair.key }, (socket) =>
      socket.end("hello"),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as net.AddressInfo;
    try {
      assert.strictEqual(await connect(port, "server.example.com"), "hello");
      await assert.rejects(connect(port, "other.example.com"), /ERR_TLS_CERT_ALTNAME_INVALID|does not match/);
    } finally {
      server.close();
    }
  });

  function connect(port: number, servername: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = "";
      const socket = tls.connect({ port, host: "127.0.0.1", servername, ca: ca.certificate });
      socket.on("error", reject);
      socket.on("data", (data: Buffer) => (text += data.toString()));
      socket.on("end", () => resolve(text));
    });
  }
});
