import assert from "node:assert/strict";
import { collectLoadBalancers } from "../../../rehearsal/google/controllers/orphans";
import { Since } from "../../../rehearsal/google/controllers/reconciler";
import type { ApiObject } from "../../../rehearsal/kubernetes/client";
import { MemoryCloud } from "./memoryCloud";

const EDGE = "MultiClusterIngress istio-gateways/edge";
const OTHER = "MultiClusterIngress shop/other";
/** In milliseconds. */
const REMOVE = 1000;

const ingress = (namespace: string, name: string): ApiObject => ({
  apiVersion: "networking.gke.io/v1beta1",
  kind: "MultiClusterIngress",
  metadata: { namespace, name },
});

/** A part of a load balancer, or something else that a controller made for an object. */
function make(cloud: MemoryCloud, name: string, object: string, managedBy: "multiclusteringress" | "neg") {
  const id = `projects/p/global/${name}`;
  cloud.putDerived({
    ...{ id, name, object, managedBy, kind: "forwardingRule", location: "global" },
    ...{ cluster: "us-east1", uses: [], data: {} },
  });
}

describe("load balancers in a config cluster that has not the objects of the one before", () => {
  let cloud: MemoryCloud;
  let since: Since;
  let lines: string[];
  let now: number;
  const clock = Date.now;

  beforeEach(() => {
    now = clock();
    Date.now = () => now;
    cloud = new MemoryCloud();
    since = new Since();
    lines = [];
    make(cloud, "edge-rule", EDGE, "multiclusteringress");
    make(cloud, "edge-proxy", EDGE, "multiclusteringress");
  });

  afterEach(() => {
    Date.now = clock;
  });

  const left = () => cloud.derived().map(({ name }) => name);
  const look = (...ingresses: ApiObject[]) =>
    collectLoadBalancers(cloud, ingresses, {
      since,
      log: (line) => lines.push(line),
      delays: { remove: REMOVE },
    });

  it("stay while the object is there, with nothing to look for", () => {
    assert.equal(look(ingress("istio-gateways", "edge")), undefined);
    now += REMOVE;
    assert.equal(look(ingress("istio-gateways", "edge")), undefined);
    assert.deepEqual(left(), ["edge-rule", "edge-proxy"]);
  });

  it("go whole, a while after the first look that finds none, and that is said once", () => {
    const next = look(ingress("shop", "other"));
    assert.deepEqual(next, { after: REMOVE, stuck: false });
    assert.deepEqual(left(), ["edge-rule", "edge-proxy"]);
    now += REMOVE;
    assert.equal(look(ingress("shop", "other")), undefined);
    assert.deepEqual(left(), []);
    look();
    assert.deepEqual(lines, [
      `multi-cluster ingress: the load balancer of ${EDGE} is gone: the config cluster has no such object`,
    ]);
  });

  it("stay when the object comes within that while, and have all of it again when it goes", () => {
    look();
    now += REMOVE;
    look(ingress("istio-gateways", "edge"));
    assert.ok(look());
    assert.deepEqual(left(), ["edge-rule", "edge-proxy"]);
  });

  it("go each by itself: one that is wanted stays, and so does what is of no load balancer", () => {
    make(cloud, "other-rule", OTHER, "multiclusteringress");
    make(cloud, "group", "Service istio-gateways/edge", "neg");
    look(ingress("shop", "other"));
    now += REMOVE;
    look(ingress("shop", "other"));
    assert.deepEqual(left(), ["other-rule", "group"]);
  });

  it("wait for the one that is due first", () => {
    look();
    now += 400;
    make(cloud, "other-rule", OTHER, "multiclusteringress");
    assert.deepEqual(look(), { after: REMOVE - 400, stuck: false });
  });
});
