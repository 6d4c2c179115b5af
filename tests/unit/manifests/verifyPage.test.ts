import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { runInNewContext } from "node:vm";
import { verifyPage } from "../../../components/manifests/verifyPage";

const files = verifyPage({ cluster: "us-east1", clusters: ["us-east1", "us-central1"], port: 8080 });
const { "page.html.template": page = "", "default.conf.template": server = "" } = files;
const inside = (tag: string) => new RegExp(`<${tag}>(.*)</${tag}>`, "s").exec(page)?.[1] ?? "";

/** As much of an element as the page's script uses. */
class FakeElement {
  children: FakeElement[] = [];
  className = "";
  textContent = "";
  style: Record<string, string> = {};
  append(...more: FakeElement[]) {
    this.children.push(...more);
  }
  replaceChildren(...all: FakeElement[]) {
    this.children = all;
  }
  addEventListener() {
    return undefined;
  }
  get text(): string {
    return [this.textContent, ...this.children.map(({ text }) => text)].filter(Boolean).join(" ");
  }
}

/** Runs the script against answers, one after the other; `null`: no connection. */
async function shown(answers: (Record<string, string> | null)[]) {
  const elements: Record<string, FakeElement> = {};
  const byId = (id: string) => (elements[id] ??= new FakeElement());
  let next: (() => Promise<void>) | undefined;
  const left = [...answers];
  const body = { dataset: { clusters: "us-east1 us-central1" } };
  runInNewContext(inside("script"), {
    document: { body, getElementById: byId, createElement: () => new FakeElement(), hidden: false },
    location: { href: "https://mesh.example.com/", host: "mesh.example.com" },
    performance: { now: () => 0 },
    AbortSignal: { timeout: () => undefined },
    setTimeout: (work: () => Promise<void>) => (next = work),
    fetch: () => {
      const headers = left.shift();
      return headers
        ? Promise.resolve({
            ok: true,
            text: () => Promise.resolve(""),
            headers: { get: (name: string) => headers[name] ?? null },
          })
        : Promise.reject(new TypeError("Failed to fetch"));
    },
  });
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    if (left.length === 0) {
      return byId;
    }
    await next?.();
  }
}

const answer = (pod: string, cluster: string) => ({
  "x-answered-pod": pod,
  "x-answered-cluster": cluster,
  "x-ingress-cluster": "us-east1",
});

describe("the verify workload's page", () => {
  it("loads nothing, and admits its own script and style alone", () => {
    for (const tag of ["script", "style"]) {
      const sum = createHash("sha256").update(inside(tag)).digest("base64");
      assert.ok(server.includes(`${tag}-src 'sha256-${sum}'`), tag);
    }
    assert.doesNotMatch(page, /(src|href)=| style="/);
  });

  it("has nothing that the image would fill in but the pod's name", () => {
    assert.deepEqual(page.match(/\$.{0,10}/g), ["${POD_NAME}"]);
    assert.doesNotMatch(page, /\{\{/);
  });

  it("shows the pod, and the way by the other cluster's east-west gateway", async () => {
    const byId = await shown([answer("verify-1", "us-east1"), answer("verify-2", "us-central1")]);
    assert.equal(byId("pod").text, "verify-2");
    assert.match(byId("where").text, /^answered in us-central1/);
    assert.deepEqual(
      byId("path").children.map(({ text }) => text),
      [
        "your browser asks once a second",
        "global load balancer mesh.example.com picks the nearest region with healthy gateways",
        "ingress gateway of us-east1 picks a pod of the mesh",
        "east-west gateway of us-central1 lets the other clusters in, by mutual TLS",
        "pod of us-central1 verify-2 answers, over mutual TLS",
      ],
    );
  });

  it("keeps the place of the east-west gateway where the pod is in the same cluster", async () => {
    const byId = await shown([answer("verify-1", "us-east1")]);
    assert.equal(byId("path").children.length, 5);
    assert.match(byId("path").children[3]?.text ?? "", /^east-west gateway not needed/);
  });

  it("counts the share of each cluster", async () => {
    const east = answer("verify-1", "us-east1");
    const byId = await shown([east, east, east, answer("verify-2", "us-central1")]);
    assert.deepEqual(
      byId("clusters").children.map(({ text }) => text),
      [
        "us-east1 75 % 3 answers by its pods; 4 requests came in here verify-1 3",
        "us-central1 25 % 1 answer by its pods; 0 requests came in here verify-2 1",
      ],
    );
    assert.match(byId("count").text, /^4 requests, all answered/);
  });

  it("says when nobody answers", async () => {
    const byId = await shown([answer("verify-1", "us-east1"), null]);
    assert.equal(byId("pod").text, "Nobody answered");
    assert.equal(byId("where").text, "no connection");
    assert.match(byId("count").text, /1 without an answer/);
  });
});
