import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as http from "node:http";
import * as net from "node:net";
import * as path from "node:path";
import type { Pod } from "../../../rehearsal/istio/pod";
import { CurlPod } from "../../../rehearsal/traffic/curlPod";
import type { TrafficSurroundings } from "../../../rehearsal/traffic/trafficPod";
import { resultOf } from "../../../verify/cluster/probePod";
import type { KubernetesObject } from "../../../verify/objects";

const script = path.join(__dirname, "../../../rehearsal/traffic/curl.mjs");

function podWith(command: string[]): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "verify-check-0", namespace: "istio-gateways", uid: "1" },
    spec: { containers: [{ name: "curl", image: "proxyv2:1", command }] },
    status: { podIP: "10.17.0.9" },
  };
}

/** Plays a pod whose command ends with that code; what it did, and the status that it wrote. */
async function play(command: string[], code: number | undefined) {
  const did: string[] = [];
  const warnings: string[] = [];
  let say: (status: KubernetesObject) => void = () => undefined;
  const said = new Promise<KubernetesObject>((resolve) => (say = resolve));
  const around = {
    controlPlane: {
      name: "us-east1",
      client: { patch: (_pod: Pod, status: KubernetesObject) => Promise.resolve(say(status)) },
    },
    dataPlane: {
      addSandbox: ({ address }: { address: string }) => Promise.resolve(did.push(`sandbox ${address}`)),
      run: ({ args }: { args: string[] }) => {
        did.push(`run ${path.basename(args[0] ?? "")} ${args.slice(1).join(" ")}`);
        return Promise.resolve({ code });
      },
      removeSandbox: () => Promise.resolve(did.push("removed")),
    },
    hosts: "hosts",
    warn: (line: string) => warnings.push(line),
  } as unknown as TrafficSurroundings;
  const played = new CurlPod(podWith(command), around);
  const pod = await said;
  await played.stop(0);
  return { did, warnings, pod };
}

describe("a pod whose command is curl", () => {
  it("runs in the pod's network, and ends as a kubelet says it", async () => {
    const { did, warnings, pod } = await play(["curl", "-sk", "https://10.16.0.64:15443/"], 0);
    assert.deepEqual(did.slice(0, 2), ["sandbox 10.17.0.9", "run curl.mjs -sk https://10.16.0.64:15443/"]);
    assert.equal(did.at(-1), "removed");
    assert.equal((pod.status as { phase: string }).phase, "Succeeded");
    assert.deepEqual(resultOf(pod, 15), { connected: true, detail: "answers" });
    assert.deepEqual(warnings, []);
  });

  it("has failed with curl's own code, or that of a process that was killed", async () => {
    const refused = await play(["curl", "https://10.16.0.64:15443/"], 7);
    assert.equal((refused.pod.status as { phase: string }).phase, "Failed");
    assert.deepEqual(resultOf(refused.pod, 15), { connected: false, detail: "nobody takes the connection" });
    const killed = await play(["curl", "https://10.16.0.64:15443/"], undefined);
    assert.ok("unknown" in (resultOf(killed.pod, 15) ?? {}));
  });

  it("does not start where the command is another one", async () => {
    const { did, pod } = await play(["wget", "https://10.16.0.64/"], 0);
    assert.deepEqual(
      did.filter((one) => one.startsWith("run")),
      [],
    );
    assert.deepEqual(resultOf(pod, 15), {
      unknown: `the pod's command did not run: exec: "wget": executable file not found in $PATH`,
    });
  });
});

describe("what stands for curl", function () {
  this.timeout(60_000);
  const servers: { close(): void }[] = [];

  after(() => servers.forEach((server) => server.close()));

  async function listening<T extends net.Server>(server: T): Promise<number> {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as net.AddressInfo).port;
  }

  function curl(...args: string[]): Promise<number | null> {
    const child = spawn(process.execPath, [script, ...args], { stdio: "ignore" });
    return new Promise((resolve) => child.on("exit", resolve));
  }

  it("ends as curl does", async () => {
    const page = await listening(http.createServer((_request, response) => response.writeHead(404).end()));
    const silent = await listening(net.createServer((socket) => socket.on("data", () => socket.destroy())));
    const dropping = await listening(net.createServer((socket) => socket.resetAndDestroy()));
    const closed = net.createServer();
    const nobody = await listening(closed);
    closed.close();
    const codes = await Promise.all([
      curl("-sk", "-o", "/dev/null", `http://127.0.0.1:${page}/`),
      // TLS to one who does not speak it.
      curl("-sk", `https://127.0.0.1:${silent}/`),
      curl("-sk", `http://127.0.0.1:${silent}/`),
      curl("-sk", "--max-time", "3", `https://127.0.0.1:${dropping}/`),
      curl("-sk", `https://127.0.0.1:${nobody}/`),
      curl("--compressed", `http://127.0.0.1:${page}/`),
      curl(),
    ]);
    assert.deepEqual(codes, [0, 35, 52, 28, 7, 2, 2]);
  });
});
