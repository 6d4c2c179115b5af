import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import * as path from "node:path";
import { issue, makeCa } from "../../../rehearsal/certificates";
import { Doors, nearVariable } from "../../../rehearsal/traffic/doors";

const script = path.join(__dirname, "../../../rehearsal/traffic/curl.mjs");

function curl(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

describe("the curl of pods", function () {
  this.timeout(60_000);
  const servers: net.Server[] = [];

  async function listen(server: net.Server): Promise<number> {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as net.AddressInfo).port;
  }

  afterEach(() => servers.splice(0).forEach((server) => server.close()));

  it("says with which status a server has answered, and succeeds whatever it is", async () => {
    const port = await listen(http.createServer((_request, response) => response.writeHead(404).end("no")));
    const { code, stdout } = await curl(
      "-sk",
      "-o",
      "/dev/null",
      "--max-time",
      "20",
      `http://127.0.0.1:${port}/`,
    );
    assert.deepEqual({ code, stdout }, { code: 0, stdout: "HTTP 404\n" });
  });

  it("takes any certificate, and sends an address as no server name", async () => {
    const { certificate, key } = issue(makeCa("somebody"), {
      cn: "elsewhere.example.com",
      dns: ["elsewhere.example.com"],
    });
    const names: unknown[] = [];
    const server = https.createServer({ cert: certificate, key }, (request, response) => {
      names.push((request.socket as unknown as { servername: unknown }).servername);
      response.end("yes");
    });
    const port = await listen(server);
    assert.equal((await curl("-sk", `https://127.0.0.1:${port}/`)).stdout, "HTTP 200\n");
    assert.deepEqual(names, [false]);
  });

  const failures: [string, number, (client: net.Socket) => void, string][] = [
    ["drops it before a word", 28, (client) => client.resetAndDestroy(), "http"],
    ["ends without an answer", 52, (client) => client.once("data", () => client.end()), "http"],
    ["speaks no TLS", 35, (client) => client.once("data", () => client.end("no TLS here\n")), "https"],
  ];
  for (const [what, expected, answer, scheme] of failures) {
    it(`ends with ${expected} where the other side ${what}`, async () => {
      const port = await listen(net.createServer((client) => answer(client.on("error", () => undefined))));
      const { code, stderr } = await curl("-sk", `${scheme}://127.0.0.1:${port}/`);
      assert.equal(code, expected, stderr);
      assert.match(stderr, new RegExp(`^curl: \\(${expected}\\) `));
    });
  }

  it("ends with 28 where nothing comes in time", async () => {
    const port = await listen(net.createServer((client) => client.on("error", () => undefined).resume()));
    assert.equal((await curl("-sk", "--max-time", "3", `http://127.0.0.1:${port}/`)).code, 28);
  });

  it("ends with 7 where nobody listens, and 2 for what it does not know", async () => {
    const port = await listen(net.createServer());
    servers.splice(0).forEach((server) => server.close());
    assert.equal((await curl("-sk", `http://127.0.0.1:${port}/`)).code, 7);
    assert.equal((await curl("--http3", `http://127.0.0.1:${port}/`)).code, 2);
    assert.equal((await curl("-sk")).code, 2);
  });
});

describe("doors to the global address", () => {
  it("are one for each region, stay where they are, and let in as a client near it", async () => {
    const echo = net.createServer((client) => client.end("hello"));
    await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
    const entered: string[] = [];
    const doors = new Doors((region) => {
      entered.push(region);
      return region === "us-east1"
        ? Promise.resolve(net.connect((echo.address() as net.AddressInfo).port, "127.0.0.1"))
        : Promise.reject(new Error("there is no global load balancer yet"));
    });
    try {
      assert.equal(await doors.open(["us-east1"]), true);
      const before = doors.ports()["us-east1"];
      assert.equal(await doors.open(["us-east1", "us-central1"]), true);
      assert.equal(await doors.open(["us-central1"]), false);
      const ports = doors.ports();
      assert.equal(ports["us-east1"], before);
      const heard = (region: string) =>
        new Promise((resolve) => {
          let text = "";
          const socket = net.connect(ports[region] ?? 0, "127.0.0.1");
          socket.on("data", (chunk) => (text += chunk.toString()));
          socket.on("error", () => undefined).on("close", () => resolve(text));
        });
      assert.deepEqual([await heard("us-east1"), await heard("us-central1")], ["hello", ""]);
      assert.deepEqual(entered, ["us-east1", "us-central1"]);
    } finally {
      doors.close();
      echo.close();
    }
  });

  it("are named in the shell", () => {
    assert.equal(nearVariable("us-central1"), "NEAR_US_CENTRAL1");
  });
});
