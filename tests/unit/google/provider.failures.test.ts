import * as assert from "node:assert/strict";
import type * as http from "node:http";
import * as path from "node:path";
import { jsonReply, type Reply } from "../../../rehearsal/chaos/gate";
import { GcpProvider } from "../../../rehearsal/engine/providers/gcp/provider";
import { serveProject, socketVariable } from "../../../rehearsal/google/server";
import { newProject, projectId, temporaryFolder } from "./fixtures";
import { request } from "./servedProvider";

describe("the gcp stand-in, where a call fails", () => {
  const network = { name: "mesh", autoCreateSubnetworks: false, project: projectId };
  let server: http.Server;

  afterEach(() => {
    delete process.env[socketVariable];
    server.close();
  });

  /** Creates a network behind a gate, which fails the first call. */
  async function create(gate: (carryOut: () => Promise<Reply>) => Promise<Reply | undefined>) {
    const { project } = newProject();
    const socket = path.join(temporaryFolder(), "google.sock");
    let calls = 0;
    server = await serveProject(project, socket, (_call, carryOut) =>
      ++calls === 1 ? gate(carryOut) : carryOut(),
    );
    process.env[socketVariable] = socket;
    project.enable("compute.googleapis.com");
    const provider = new GcpProvider();
    await provider.configure({ args: { project: projectId } });
    const type = "gcp:compute/network:Network";
    const made = await provider.create({ ...request(type), inputs: network, preview: false }).then(
      ({ id }) => id,
      (error: Error) => error.message,
    );
    return { made, calls };
  }

  it("tries again after 429, 500 and 503, and after a connection that broke, as the real one does", async () => {
    const refused = (status: number) => () =>
      Promise.resolve(
        jsonReply(status, { error: { code: status, reason: "backendError", message: "later" } }),
      );
    for (const gate of [refused(429), refused(500), refused(503), () => Promise.resolve(undefined)]) {
      const { made, calls } = await create(gate);
      assert.equal(made, `projects/${projectId}/global/networks/mesh`);
      assert.equal(calls, 2);
      server.close();
    }
  });

  it("does not forgive what the first call had made before its answer was lost", async () => {
    const { made } = await create(async (carryOut) => {
      await carryOut();
      return undefined;
    });
    assert.match(made, /Error 409: .* already exists/);
  });

  it("does not try again what is refused for good", async () => {
    const { made, calls } = await create(() =>
      Promise.resolve(jsonReply(403, { error: { code: 403, reason: "forbidden", message: "no" } })),
    );
    assert.match(made, /Error 403: no/);
    assert.equal(calls, 1);
  });
});
