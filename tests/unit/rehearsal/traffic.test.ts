import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import { peerProblems, shares } from "../../../rehearsal/checks/traffic";
import { createProgress } from "../../../rehearsal/progress";
import { refuseWithout, trafficFor } from "../../../rehearsal/traffic/choice";
import { whyNoNamespaces } from "../../../rehearsal/traffic/namespaces";
import { requestEdge } from "../../../rehearsal/traffic/request";
import type { Traffic } from "../../../rehearsal/traffic/traffic";

describe("the choice of traffic", () => {
  let notes: string[] = [];
  const stream = { write: (text: string) => notes.push(text) } as unknown as NodeJS.WriteStream;
  const progress = createProgress({ stream });
  const tools = { "pilot-agent": "a", envoy: "e", bootstrap: "b" };
  const able = { why: () => Promise.resolve(undefined), get: () => Promise.resolve(tools) };
  const unable = { ...able, why: () => Promise.resolve("no namespaces") };

  beforeEach(() => (notes = []));

  it("goes without where the machine cannot, and says why, once", async () => {
    assert.deepEqual(await trafficFor("auto", progress, able), tools);
    assert.deepEqual(notes, []);
    assert.equal(await trafficFor("auto", progress, unable), undefined);
    assert.equal(
      notes.join("").split("no request is sent through the mesh, and none is checked: no namespaces").length,
      2,
    );
  });

  it("goes without where it is off, says that nothing is checked, and asks nothing of the machine", async () => {
    const why = () => Promise.reject(new Error("asked"));
    assert.equal(await trafficFor("off", progress, { ...able, why }), undefined);
    assert.equal(notes.join("").split("none is checked: --traffic is off").length, 2);
  });

  it("fails when it was asked for", async () => {
    await assert.rejects(trafficFor("on", progress, unable), /"on", and this machine cannot: no namespaces/);
    const get = () => Promise.reject(new Error("no Go"));
    await assert.rejects(trafficFor("on", progress, { ...able, get }), /no Go/);
  });

  it("fails before anything else when it was asked for, and only then", async () => {
    await assert.rejects(
      refuseWithout("on", unable.why),
      /"on", and this machine cannot: no namespaces\. Only npm start can go without/,
    );
    await refuseWithout("auto", unable.why);
    await refuseWithout("off", unable.why);
    await refuseWithout("on", able.why);
  });

  it("is off on macOS, without a try", async () => {
    const why = () => whyNoNamespaces("darwin");
    assert.equal(await trafficFor("auto", progress, { ...able, why }), undefined);
    assert.match(notes.join(""), /network namespaces are Linux's/);
    await assert.rejects(refuseWithout("on", why), /network namespaces are Linux's/);
  });

  describe("where unshare", () => {
    const path = process.env.PATH;
    let folder: string;
    beforeEach(() => (process.env.PATH = folder = fs.mkdtempSync(`${os.tmpdir()}/path-`)));
    afterEach(() => {
      process.env.PATH = path;
      fs.rmSync(folder, { recursive: true });
    });

    it("is refused says so in its words", async () => {
      const script = '#!/bin/sh\necho "unshare: unshare failed: Operation not permitted" >&2\nexit 1\n';
      fs.writeFileSync(`${folder}/unshare`, script, { mode: 0o755 });
      const reason = await whyNoNamespaces("linux");
      assert.equal(
        reason,
        "no network namespace without root: unshare: unshare failed: Operation not permitted",
      );
    });

    it("is missing says which package has it", async () => {
      assert.equal(await whyNoNamespaces("linux"), "unshare (util-linux) is not on PATH");
    });
  });
});

describe("a request to the global address", () => {
  it("waits for its answer as long as it may take", async () => {
    const silent = net.createServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as net.AddressInfo;
    const traffic = {
      balancers: () => [],
      connectEdge: () =>
        new Promise((resolve) => {
          const socket = net.connect(port, "127.0.0.1", () => resolve(socket));
        }),
    } as unknown as Traffic;
    await assert.rejects(requestEdge(traffic, { from: "us-east1", scheme: "http", timeout: 0.2 }), {
      message: "no answer in 0.2 s",
    });
    silent.close();
  });
});

describe("checks of traffic", () => {
  const answered = (cluster: string | undefined, status = 200) => ({ cluster, status });

  it("want an answer from every cluster, and no other status", () => {
    const good = shares([answered("a"), answered("b"), answered("a")], ["a", "b"]);
    assert.deepEqual(good, { status: "ok", detail: "of 3 requests: a 2, b 1" });
    assert.equal(shares([answered("a")], ["a", "b"]).detail, "b answered none");
    const failed = shares([answered("a"), answered("b"), answered(undefined, 502)], ["a", "b"]);
    assert.deepEqual(failed, { status: "failed", detail: "1 request answered with 502" });
  });

  it("want the gateways' identity at the workload", () => {
    const gateway = "spiffe://cluster.local/ns/istio-gateways/sa/istio-ingressgateway-service-account";
    assert.equal(peerProblems([gateway, gateway]).status, "ok");
    assert.match(peerProblems([gateway, undefined]).detail, /somebody without a certificate/);
    assert.equal(peerProblems(["spiffe://cluster.local/ns/default/sa/default"]).status, "failed");
    assert.equal(peerProblems([]).status, "failed");
  });
});
