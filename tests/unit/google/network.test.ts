import assert from "node:assert/strict";
import * as http from "node:http";
import * as net from "node:net";
import type { AddressInfo } from "node:net";
import { decide, internet, RehearsedNetwork, type ClusterRoute } from "../../../rehearsal/google/network";

const east: ClusterRoute = {
  name: "us-east1",
  region: "us-east1",
  network: "mesh",
  privateEndpoint: "10.0.0.2",
  dnsEndpoint: "gke-0123-42.us-east1.gke.goog",
  port: 21001,
  allowExternalTraffic: true,
  globalAccess: true,
  authorizedNetworks: ["10.0.0.0/8"],
  podCidr: "10.16.0.0/14",
  nodeCidr: "10.0.0.0/24",
};
const central: ClusterRoute = {
  ...east,
  name: "us-central1",
  region: "us-central1",
  privateEndpoint: "10.1.0.2",
  dnsEndpoint: "gke-4567-42.us-central1.gke.goog",
  port: 21002,
  podCidr: "10.20.0.0/14",
  nodeCidr: "10.1.0.0/24",
};

interface Case {
  name: string;
  from: string;
  host: string;
  port?: number;
  east?: Partial<ClusterRoute>;
  expect: number | RegExp;
}

const cases: Case[] = [
  { name: "the DNS endpoint from outside", from: internet, host: east.dnsEndpoint, expect: 21001 },
  {
    name: "the DNS endpoint in capitals",
    from: internet,
    host: east.dnsEndpoint.toUpperCase(),
    expect: 21001,
  },
  {
    name: "a DNS endpoint without external traffic from outside",
    from: internet,
    host: east.dnsEndpoint,
    east: { allowExternalTraffic: false },
    expect: /^403 .*allowExternalTraffic is not set/,
  },
  {
    name: "a DNS endpoint without external traffic from a cluster",
    from: "us-central1",
    host: east.dnsEndpoint,
    east: { allowExternalTraffic: false },
    expect: 21001,
  },
  {
    name: "a private endpoint from outside",
    from: internet,
    host: "10.0.0.2",
    expect: /^502 .*no route from the internet/,
  },
  { name: "a private endpoint from another region", from: "us-central1", host: "10.0.0.2", expect: 21001 },
  {
    name: "a private endpoint without global access from another region",
    from: "us-central1",
    host: "10.0.0.2",
    east: { globalAccess: false },
    expect: /^403 .*masterGlobalAccessConfig is not enabled/,
  },
  {
    name: "a private endpoint without global access from the same region",
    from: "us-central1",
    host: "10.0.0.2",
    east: { globalAccess: false, region: "us-central1" },
    expect: 21001,
  },
  {
    name: "a private endpoint that admits the nodes of the caller only",
    from: "us-central1",
    host: "10.0.0.2",
    east: { authorizedNetworks: ["10.1.0.0/24"] },
    expect: /^403 .*\(10\.20\.0\.0\/14\) are in none of its authorized networks \(10\.1\.0\.0\/24\)/,
  },
  {
    name: "a private endpoint that admits a part of the caller's pods",
    from: "us-central1",
    host: "10.0.0.2",
    east: { authorizedNetworks: ["10.20.0.0/16"] },
    expect: /^403 /,
  },
  {
    name: "a private endpoint with an empty list of authorized networks",
    from: "us-central1",
    host: "10.0.0.2",
    east: { authorizedNetworks: [] },
    expect: /^403 .*an empty list/,
  },
  {
    name: "a private endpoint without authorized networks",
    from: "us-central1",
    host: "10.0.0.2",
    east: { authorizedNetworks: undefined },
    expect: 21001,
  },
  {
    name: "a cluster's own private endpoint",
    from: "us-east1",
    host: "10.0.0.2",
    east: { authorizedNetworks: [], globalAccess: false },
    expect: 21001,
  },
  {
    name: "a private endpoint of another network",
    from: "us-central1",
    host: "10.0.0.2",
    east: { network: "other" },
    expect: /^502 .*in another network/,
  },
  {
    name: "a cluster that is gone as the caller",
    from: "europe",
    host: "10.0.0.2",
    expect: /^502 .*does not exist/,
  },
  { name: "another port", from: internet, host: east.dnsEndpoint, port: 6443, expect: /^502 .*443 only/ },
  { name: "an unknown name", from: internet, host: "api.pulumi.com", expect: /^502 .*a name that nothing/ },
  { name: "an unknown address", from: "us-east1", host: "10.9.9.9", expect: /^502 .*no route/ },
];

describe("the rehearsed network decides on a connection to", () => {
  for (const one of cases)
    it(one.name, () => {
      const decision = decide([{ ...east, ...one.east }, central], one.from, one.host, one.port ?? 443);
      if (typeof one.expect === "number") assert.deepEqual(decision.allowed && decision.port, one.expect);
      else assert.match(decision.allowed ? "allowed" : `${decision.status} ${decision.reason}`, one.expect);
    });
});

/** The status code and text that the proxy answers, and what comes through the tunnel. */
async function connect(
  proxy: string,
  target: string,
): Promise<{ status: number; text: string; echo?: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request(proxy, { method: "CONNECT", path: target });
    request.on("connect", (response, socket) => {
      const [status, text] = [response.statusCode ?? 0, response.statusMessage ?? ""];
      if (status !== 200) {
        socket.destroy();
        return resolve({ status, text });
      }
      socket.once("data", (data: Buffer) => {
        socket.destroy();
        resolve({ status, text, echo: data.toString() });
      });
      socket.write("ping");
    });
    request.on("error", reject);
    request.end();
  });
}

describe("the CONNECT proxy", () => {
  const lines: string[] = [];
  const network = new RehearsedNetwork((line) => lines.push(line));
  let server: net.Server;

  before(async () => {
    server = net.createServer((socket) => socket.pipe(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    network.setCluster({ ...east, port: (server.address() as AddressInfo).port });
    network.setCluster(central);
  });

  after(async () => {
    await network.close();
    server.close();
  });

  it("tunnels what is allowed", async () => {
    const answer = await connect(await network.proxyFor(), `${east.dnsEndpoint}:443`);
    assert.deepEqual([answer.status, answer.echo], [200, "ping"]);
  });

  it("has one listener for each point of view", async () => {
    const [outside, inside] = await Promise.all([network.proxyFor(), network.proxyFor("us-central1")]);
    assert.notEqual(outside, inside);
    assert.equal(await network.proxyFor(), outside);
    assert.equal((await connect(inside, "10.0.0.2:443")).status, 200);
    assert.equal((await connect(outside, "10.0.0.2:443")).status, 502);
  });

  it("answers a refusal with its reason, logs and keeps it", async () => {
    const answer = await connect(await network.proxyFor(), "api.pulumi.com:443");
    assert.match(answer.text, /a name that nothing in the rehearsal has/);
    assert.match(lines.at(-1) ?? "", /from internet: 502 api\.pulumi\.com:443/);
    assert.equal(network.refusals.at(-1)?.target, "api.pulumi.com:443");
  });

  it("leaves addresses that somebody else has to them, for clients on the internet only", async () => {
    const asked: string[] = [];
    network.setElsewhere((host, port) => {
      asked.push(`${host}:${port}`);
      if (host === "203.0.113.2") {
        return Promise.resolve(net.connect((server.address() as AddressInfo).port, "127.0.0.1"));
      }
      return host === "203.0.113.3" ? Promise.reject(new Error("there is no way")) : undefined;
    });
    try {
      const [outside, inside] = [await network.proxyFor(), await network.proxyFor("us-central1")];
      const answer = await connect(outside, "203.0.113.2:443");
      assert.deepEqual([answer.status, answer.echo], [200, "ping"]);
      const refused = await connect(outside, "203.0.113.3:80");
      assert.match(`${refused.status} ${refused.text}`, /^502 .*203\.0\.113\.3:80: there is no way/);
      assert.equal((await connect(outside, `${east.dnsEndpoint}:443`)).status, 200);
      assert.equal((await connect(inside, "203.0.113.2:443")).status, 502);
      assert.deepEqual(asked, ["203.0.113.2:443", "203.0.113.3:80", `${east.dnsEndpoint}:443`]);
    } finally {
      network.setElsewhere(() => undefined);
    }
  });

  it("says when a control plane does not answer", async () => {
    const answer = await connect(await network.proxyFor(), `${central.dnsEndpoint}:443`);
    assert.match(
      `${answer.status} ${answer.text}`,
      /^502 .*control plane of cluster us-central1 does not answer/,
    );
  });

  it("forgets a cluster that is gone", async () => {
    network.removeCluster("us-central1");
    const answer = await connect(await network.proxyFor(), `${central.dnsEndpoint}:443`);
    assert.match(answer.text, /a name that nothing/);
  });
});
