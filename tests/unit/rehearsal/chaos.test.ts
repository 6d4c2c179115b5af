import assert from "node:assert/strict";
import { type ApiCall, jsonReply } from "../../../rehearsal/chaos/gate";
import { describeFault, FaultInjector, type PlannedFault } from "../../../rehearsal/chaos/faults";
import { faultPlan } from "../../../rehearsal/chaos/faultPlan";
import { callOf } from "../../../rehearsal/chaos/gatedApiServer";
import { difference } from "../../../rehearsal/chaos/inventory";
import { Killer } from "../../../rehearsal/chaos/killer";
import { UP } from "../../../rehearsal/chaos/killPart";
import { parseChaosOptions } from "../../../rehearsal/chaos/options";
import { findCreated } from "../../../rehearsal/chaos/whereabouts";
import { Seeded } from "../../../rehearsal/chaos/seed";
import { pidsOf } from "../../../rehearsal/chaos/victims";

const create: ApiCall = { api: "google", operation: "create", subject: "gcp:compute/network:Network" };
const read: ApiCall = { ...create, operation: "read" };
const apply: ApiCall = { api: "us-east1", operation: "apply", subject: "/api/v1/namespaces/istio-system" };

/** A call that is counted when it is carried out. */
function api() {
  let count = 0;
  return {
    carryOut: () => {
      count++;
      return Promise.resolve(jsonReply(200, {}));
    },
    count: () => count,
  };
}

describe("a kill point", () => {
  it("is the n-th call that changes something", async () => {
    const killer = new Killer();
    const { carryOut } = api();
    const victims: string[] = [];
    killer.arm({ role: "provider", moment: "after", nth: 2 }, (victim) => victims.push(victim));
    for (const call of [read, create, read]) {
      assert.equal((await killer.gate(call, carryOut))?.status, 200);
    }
    assert.deepEqual(victims, []);
    assert.equal(await killer.gate(apply, carryOut), undefined);
    assert.deepEqual(victims, ["kubernetes"]);
    assert.equal((await killer.gate(create, carryOut))?.status, 200);
    assert.equal(killer.disarm()?.call, apply);
    assert.equal(killer.disarm(), undefined);
  });

  it("leaves the call undone, or does it, by its moment", async () => {
    for (const [moment, done] of [
      ["before", 0],
      ["during", 1],
      ["after", 1],
    ] as const) {
      const killer = new Killer();
      const { carryOut, count } = api();
      killer.arm({ role: "engine", moment, nth: 1 }, () => 1);
      assert.equal(await killer.gate(create, carryOut), undefined);
      assert.equal(count(), done, moment);
    }
  });

  it("cuts no connection when the program dies, which has none", async () => {
    const killer = new Killer();
    killer.arm({ role: "program", moment: "before", nth: 1 }, () => 1);
    assert.equal((await killer.gate(create, api().carryOut))?.status, 200);
  });

  it("is the next call where its victim does not run yet", async () => {
    for (const moment of ["before", "during", "after"] as const) {
      const killer = new Killer();
      const { carryOut } = api();
      const found = [0, 1];
      killer.arm({ role: "provider", moment, nth: 1 }, () => found.shift() ?? 0);
      assert.equal((await killer.gate(create, carryOut))?.status, 200, moment);
      assert.equal(await killer.gate(apply, carryOut), undefined, moment);
      const { nth, victim, killed } = killer.disarm() ?? {};
      assert.deepEqual({ nth, victim, killed }, { nth: 2, victim: "kubernetes", killed: 1 });
    }
  });

  it("kills below its own engine only", () => {
    const table = [
      { pid: 1, parent: 0, command: "pulumi up" },
      { pid: 2, parent: 1, command: "node /x/rehearsal/engine/languageHost.ts 127.0.0.1:1" },
      { pid: 3, parent: 2, command: "node /x/node_modules/@pulumi/pulumi/cmd/run/index.js --monitor a ." },
      { pid: 4, parent: 1, command: "node /x/rehearsal/engine/providers/gcp/main.ts 127.0.0.1:1" },
      { pid: 5, parent: 9, command: "node /x/rehearsal/engine/providers/gcp/main.ts 127.0.0.1:2" },
      { pid: 6, parent: 1, command: "node /x/node_modules/@pulumi/pulumi/cmd/run-policy-pack x" },
    ];
    assert.deepEqual(pidsOf("engine", 1, table), [1]);
    assert.deepEqual(pidsOf("program", 1, table), [3]);
    assert.deepEqual(pidsOf("gcp", 1, table), [4]);
    assert.deepEqual(pidsOf("tls", 1, table), []);
  });
});

describe("what is dealt", () => {
  it("comes equally often, in another order each time, the same for the same seed", () => {
    const deal = () => {
      const next = new Seeded(1).dealer(["program", "engine", "provider"]);
      return Array.from({ length: 30 }, next);
    };
    assert.deepEqual(deal(), deal());
    assert.equal(deal().filter((each) => each === "program").length, 10);
    assert.ok(
      new Set(
        [0, 3, 6, 9].map((from) =>
          deal()
            .slice(from, from + 3)
            .join(),
        ),
      ).size > 1,
    );
  });
});

describe("the kills of up", () => {
  it("are of the program more often than of anything else, and so close together that one up has room for 15", () => {
    for (const seed of [1, 2, 3]) {
      const random = new Seeded(seed);
      const role = random.dealer(UP.roles);
      const kills = Array.from({ length: 15 }, () => ({ role: role(), nth: random.between(...UP.stride) }));
      const count = (wanted: string) => kills.filter((kill) => kill.role === wanted).length;
      assert.ok(count("program") >= 5, `${count("program")} of 15`);
      for (const other of ["engine", "provider", "tls"]) {
        assert.ok(count("program") > count(other) && count(other) > 0, `${other}: ${count(other)}`);
      }
      const calls = kills.reduce((sum, { nth }) => sum + nth, 0);
      assert.ok(calls <= 40, `${calls} calls`);
    }
  });
});

describe("a plan of faults", () => {
  it("is the same for the same seed, and another for another", () => {
    assert.deepEqual(faultPlan(new Seeded(1)), faultPlan(new Seeded(1)));
    assert.notDeepEqual(faultPlan(new Seeded(1)), faultPlan(new Seeded(2)));
  });

  it("takes its faults in order, and lets everything else through", async () => {
    const plan: PlannedFault[] = [
      { on: "google", fault: { kind: "status", status: 503 }, after: 1 },
      { on: "clusters", fault: { kind: "cut", carriedOut: true }, after: 0 },
      { on: "clusters", fault: { kind: "restart" }, after: 0 },
    ];
    const restarted: string[] = [];
    const injector = new FaultInjector(plan, (cluster) => Promise.resolve(void restarted.push(cluster)));
    const { carryOut, count } = api();
    const answers = [];
    for (const call of [create, read, create, create, apply, apply, apply]) {
      answers.push((await injector.gate(call, carryOut))?.status);
    }
    assert.deepEqual(answers, [200, 200, 503, 200, undefined, undefined, 200]);
    assert.equal(count(), 5);
    assert.deepEqual(restarted, ["us-east1"]);
    assert.equal(injector.left, 0);
    assert.deepEqual(injector.done.map(describeFault), [
      "503: google create gcp:compute/network:Network",
      "connection cut after it was carried out: us-east1 apply /api/v1/namespaces/istio-system",
      "API server restarted: us-east1 apply /api/v1/namespaces/istio-system",
    ]);
  });

  it("has faults for what changes something and for what only reads, on each side", () => {
    const plan = faultPlan(new Seeded(1));
    for (const side of ["google", "clusters"]) {
      const of = plan.filter(({ on }) => on === side);
      assert.equal(of.filter(({ counts }) => counts === "reads").length, 4, side);
      assert.ok(of.filter(({ counts }) => counts !== "reads").length >= 8, side);
    }
  });

  it("lets changes through where a read is to fail", async () => {
    const plan: PlannedFault[] = [
      { on: "google", fault: { kind: "status", status: 503 }, after: 1, counts: "reads" },
    ];
    const injector = new FaultInjector(plan, () => Promise.resolve());
    const { carryOut } = api();
    const answers = [];
    for (const call of [read, create, create, read, read]) {
      answers.push((await injector.gate(call, carryOut))?.status);
    }
    assert.deepEqual(answers, [200, 200, 200, 503, 200]);
  });

  it("refuses in the words of each API", async () => {
    const fault = { kind: "status", status: 429, retryAfter: 1 } as const;
    const plan = (["google", "clusters"] as const).map((on) => ({ on, fault, after: 0 }));
    const injector = new FaultInjector(plan, () => Promise.resolve());
    const google = await injector.gate(create, api().carryOut);
    assert.equal((JSON.parse(String(google?.body)) as { error: { code: number } }).error.code, 429);
    const kubernetes = await injector.gate(apply, api().carryOut);
    assert.equal((JSON.parse(String(kubernetes?.body)) as { kind: string }).kind, "Status");
    assert.equal(kubernetes?.headers["retry-after"], "1");
  });
});

describe("a call to a cluster", () => {
  const operation = (method: string, path: string) =>
    callOf("us-east1", method, new URL(path, "https://host")).operation;

  it("changes something unless it only asks", () => {
    assert.equal(operation("GET", "/api/v1/namespaces"), "read");
    assert.equal(operation("POST", "/api/v1/namespaces"), "create");
    assert.equal(operation("PATCH", "/api/v1/namespaces/a?fieldManager=b"), "apply");
    assert.equal(operation("PATCH", "/api/v1/namespaces/a?dryRun=All"), "read");
    assert.equal(operation("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"), "read");
    assert.equal(operation("DELETE", "/api/v1/namespaces/a"), "delete");
  });
});

describe("what is compared after the kills", () => {
  it("counts, so that an object that is there twice shows", () => {
    assert.deepEqual(difference(["a", "b"], ["a", "a"]), { missing: ["b"], extra: ["a"] });
  });

  it("is looked up by its name, where the state has no id yet", () => {
    const type = "gcp:compute/network:Network";
    const stored = {
      type,
      id: "projects/p/global/networks/mesh",
      status: "RUNNING" as const,
      properties: { name: "mesh" },
    };
    const project = { list: (wanted: string) => (wanted === type ? [stored] : []) };
    const urn = `urn:pulumi:s::p::${type}::mesh`;
    assert.equal(findCreated(project, { urn, type, inputs: { name: "mesh" } }), stored);
    assert.equal(findCreated(project, { urn, type, inputs: { name: "other" } }), undefined);
    assert.equal(findCreated(project, { urn, type, inputs: {} }), undefined);
  });
});

describe("the options of npm run chaos", () => {
  it("have defaults", () => {
    const { points, seed, only } = parseChaosOptions([]);
    assert.deepEqual({ points, seed, only }, { points: 60, seed: 1, only: undefined });
  });

  it("say what to write instead", () => {
    assert.throws(
      () => parseChaosOptions(["--only", "all"]),
      /--only is "all": write one of kill, faults, changes, waits/,
    );
    assert.throws(
      () => parseChaosOptions(["--points", "many"]),
      /--points is "many": write a whole number, such as 60/,
    );
    assert.throws(() => parseChaosOptions(["--sed", "2"]), {
      message: "--sed is no option: did you mean --seed? --help lists them",
    });
  });
});
