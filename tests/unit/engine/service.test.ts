import assert from "node:assert/strict";
import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { ResourceProviderClient, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { listenOnLoopback } from "../../../rehearsal/engine/grpcServer";
import { InitFailedError, type Provider } from "../../../rehearsal/engine/providers/base";
import { providerService } from "../../../rehearsal/engine/providers/service";
import {
  hasSecret,
  isUnknown,
  marshal,
  secret,
  UNKNOWN,
  unmarshal,
} from "../../../rehearsal/engine/providers/values";

const urn = "urn:pulumi:s::p::my:component:C$probe:index:Thing::thing::with colons";
const seen: Record<string, unknown> = {};
const stopping = new AbortController();

// The provider's methods answer with promises; these have nothing to wait for.
/* eslint-disable @typescript-eslint/require-await */
const provider: Provider = {
  name: "probe",
  version: "1.2.3",
  acceptSecrets: true,
  configure: async ({ args }) => void (seen.configured = args),
  check: async ({ news }) => ({
    inputs: news,
    failures: [{ property: "spec.ports[0].port", reason: "too big" }],
  }),
  diff: async ({ oldInputs, ignoreChanges }) => {
    Object.assign(seen, { oldInputs, ignoreChanges });
    return {
      detailedDiff: {
        "spec.replicas": "update",
        '["a.b"].c': "add-replace",
        status: { kind: "delete", inputDiff: false },
      },
      deleteBeforeReplace: true,
    };
  },
  create: async (request) => {
    Object.assign(seen, { name: request.name, type: request.type, timeout: request.timeoutSeconds });
    if (request.preview) return { id: "", outputs: { ...request.inputs, later: UNKNOWN } };
    const resource = { id: "t1", outputs: { token: secret("t") }, reasons: ["not ready"] };
    throw new InitFailedError("waited too long", resource);
  },
};
/* eslint-enable */

describe("a provider as the engine sees it", () => {
  const server = new grpc.Server();
  let client: ResourceProviderClient;

  before(async () => {
    const log = { log: () => {}, status: () => {} };
    server.addService(ResourceProviderService, providerService(provider, log, stopping));
    client = new ResourceProviderClient(
      `127.0.0.1:${await listenOnLoopback(server)}`,
      grpc.credentials.createInsecure(),
    );
  });
  after(() => {
    client.close();
    server.forceShutdown();
  });

  function ask<Response>(
    call: (done: (error: grpc.ServiceError | null, response: Response) => void) => unknown,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      call((error, response) => (error ? reject(error) : resolve(response)));
    });
  }

  function createRequest(preview: boolean): proto.CreateRequest {
    const request = new proto.CreateRequest().setUrn(urn).setPreview(preview).setTimeout(7);
    return request.setProperties(marshal({ token: secret("t") }));
  }

  it("says at handshake and configure what it accepts", async () => {
    const handshake = await ask<proto.ProviderHandshakeResponse>((done) =>
      client.handshake(new proto.ProviderHandshakeRequest(), done),
    );
    assert.equal(handshake.getAcceptSecrets(), true);
    const request = new proto.ConfigureRequest().setArgs(marshal({ kubeconfig: "k" }));
    const configured = await ask<proto.ConfigureResponse>((done) => client.configure(request, done));
    assert.deepEqual(seen.configured, { kubeconfig: "k" });
    assert.deepEqual(
      [configured.getSupportspreview(), configured.getAcceptsecrets(), configured.getAcceptresources()],
      [true, true, false],
    );
    const info = await ask<PluginInfo>((done) => client.getPluginInfo(new Empty(), done));
    assert.equal(info.getVersion(), "1.2.3");
  });

  it("names the property that a check refuses", async () => {
    const response = await ask<proto.CheckResponse>((done) =>
      client.check(new proto.CheckRequest().setUrn(urn), done),
    );
    assert.deepEqual(response.toObject().failuresList, [
      { property: "spec.ports[0].port", reason: "too big" },
    ]);
  });

  it("fills in a diff from its details", async () => {
    const request = new proto.DiffRequest()
      .setUrn(urn)
      .setIgnorechangesList(["a"])
      .setOldInputs(marshal({ x: 1 }));
    const response = await ask<proto.DiffResponse>((done) => client.diff(request, done));
    assert.deepEqual(response.getDiffsList(), ["spec", "a.b", "status"]);
    assert.deepEqual(response.getReplacesList(), ["a.b"]);
    assert.equal(response.getChanges(), proto.DiffResponse.DiffChanges.DIFF_SOME);
    assert.ok(response.getHasdetaileddiff() && response.getDeletebeforereplace());
    assert.equal(response.getDetaileddiffMap().get("status")?.getInputdiff(), false);
    assert.deepEqual([seen.oldInputs, seen.ignoreChanges], [{ x: 1 }, ["a"]]);
  });

  it("keeps secrets and unknowns in a preview, and reads name and type from the URN", async () => {
    const response = await ask<proto.CreateResponse>((done) => client.create(createRequest(true), done));
    const outputs = unmarshal(response.getProperties());
    assert.ok(hasSecret(outputs.token) && isUnknown(outputs.later));
    assert.deepEqual([seen.name, seen.type, seen.timeout], ["thing::with colons", "probe:index:Thing", 7]);
  });

  it("hands over a resource that did not become ready", async () => {
    const error = await ask<proto.CreateResponse>((done) => client.create(createRequest(false), done)).then(
      () => assert.fail("was created"),
      (reason: grpc.ServiceError) => reason,
    );
    assert.equal(error.details, "waited too long");
    const status = Status.deserializeBinary(error.metadata.get("grpc-status-details-bin")[0] as Buffer);
    const [detail] = status.getDetailsList();
    assert.equal(detail?.getTypeName(), "pulumirpc.ErrorResourceInitFailed");
    const failed = proto.ErrorResourceInitFailed.deserializeBinary(
      detail?.getValue_asU8() ?? new Uint8Array(),
    );
    assert.deepEqual([failed.getId(), failed.getReasonsList()], ["t1", ["not ready"]]);
    assert.ok(hasSecret(unmarshal(failed.getProperties())));
  });

  it("refuses what it does not have, and answers read with what it was given", async () => {
    await assert.rejects(
      ask<Empty>((done) => client.delete(new proto.DeleteRequest().setUrn(urn), done)),
      /has no way to delete/,
    );
    const request = new proto.ReadRequest()
      .setUrn(urn)
      .setId("t1")
      .setProperties(marshal({ a: 1 }));
    const response = await ask<proto.ReadResponse>((done) => client.read(request, done));
    assert.deepEqual([response.getId(), unmarshal(response.getProperties())], ["t1", { a: 1 }]);
  });

  it("aborts what runs when it is cancelled", async () => {
    await ask<Empty>((done) => client.cancel(new Empty(), done));
    assert.ok(stopping.signal.aborted);
  });
});
