import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Message } from "google-protobuf";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { NotSupportedError, type EngineLog, type Provider, type ResourceRequest } from "./base";
import { toServiceError } from "./errors";
import { checkResponse, diffResponse, failures } from "./responses";
import { marshal, unmarshal } from "./values";

interface ResourceMessage {
  getUrn(): string;
  getName(): string;
  getType(): string;
}

/**
 * The gRPC side of a provider: turns messages into the requests of `base.ts` and answers back.
 *
 * @param stopping aborted on Cancel, and by the caller when the process has to end
 */
export function providerService(
  provider: Provider,
  engine: EngineLog,
  stopping: AbortController,
): grpc.UntypedServiceImplementation {
  function resource(message: ResourceMessage): ResourceRequest {
    const urn = message.getUrn();
    return {
      urn,
      name: message.getName() || (urn.split("::").slice(3).join("::") ?? urn),
      type: message.getType() || (urn.split("::")[2]?.split("$").at(-1) ?? ""),
      signal: stopping.signal,
      log: (severity, line) => engine.log(severity, line, urn),
      status: (line) => engine.status(line, urn),
    };
  }
  const checkRequest = (m: proto.CheckRequest) => ({
    ...resource(m),
    olds: unmarshal(m.getOlds()),
    news: unmarshal(m.getNews()),
    randomSeed: m.getRandomseed_asU8(),
    autonaming: autonaming(m),
  });
  const diffRequest = (m: proto.DiffRequest) => ({
    ...resource(m),
    id: m.getId(),
    olds: unmarshal(m.getOlds()),
    oldInputs: unmarshal(m.getOldInputs()),
    news: unmarshal(m.getNews()),
    ignoreChanges: m.getIgnorechangesList(),
  });

  return {
    handshake: unary(() => {
      const response = new proto.ProviderHandshakeResponse();
      response.setAcceptSecrets(provider.acceptSecrets);
      response.setSupportsAutonamingConfiguration(true);
      return response;
    }),
    attach: unary(() => new Empty()),
    getPluginInfo: unary(() => {
      const response = new PluginInfo();
      response.setVersion(provider.version);
      return response;
    }),
    getSchema: unary(() => {
      const response = new proto.GetSchemaResponse();
      response.setSchema(
        provider.schema ?? JSON.stringify({ name: provider.name, version: provider.version, resources: {} }),
      );
      return response;
    }),
    checkConfig: unary(async (m: proto.CheckRequest) =>
      checkResponse((await provider.checkConfig?.(checkRequest(m))) ?? { inputs: unmarshal(m.getNews()) }),
    ),
    diffConfig: unary(async (m: proto.DiffRequest) =>
      diffResponse((await provider.diffConfig?.(diffRequest(m))) ?? {}),
    ),
    configure: unary(async (m: proto.ConfigureRequest) => {
      await provider.configure?.({
        args: unmarshal(m.getArgs()),
        id: m.getId(),
        urn: m.getUrn(),
        name: m.getName(),
      });
      const response = new proto.ConfigureResponse();
      response.setAcceptsecrets(provider.acceptSecrets);
      response.setSupportspreview(true);
      response.setSupportsAutonamingConfiguration(true);
      return response;
    }),
    check: unary(async (m: proto.CheckRequest) =>
      checkResponse((await provider.check?.(checkRequest(m))) ?? { inputs: unmarshal(m.getNews()) }),
    ),
    diff: unary(async (m: proto.DiffRequest) => diffResponse((await provider.diff?.(diffRequest(m))) ?? {})),
    create: unary(async (m: proto.CreateRequest) => {
      if (!provider.create) throw new NotSupportedError(provider.name, "way to create resources");
      const created = await provider.create({
        ...resource(m),
        inputs: unmarshal(m.getProperties()),
        preview: m.getPreview(),
        timeoutSeconds: m.getTimeout() || undefined,
      });
      const response = new proto.CreateResponse();
      response.setId(created.id);
      response.setProperties(marshal(created.outputs));
      return response;
    }),
    read: unary(async (m: proto.ReadRequest) => {
      const state = {
        id: m.getId(),
        inputs: unmarshal(m.getInputs()),
        outputs: unmarshal(m.getProperties()),
      };
      const found = provider.read ? await provider.read({ ...resource(m), ...state }) : state;
      const response = new proto.ReadResponse();
      response.setId(found.id);
      response.setProperties(marshal(found.outputs));
      if (found.inputs) response.setInputs(marshal(found.inputs));
      return response;
    }),
    update: unary(async (m: proto.UpdateRequest) => {
      if (!provider.update) throw new NotSupportedError(provider.name, "way to update resources");
      const outputs = await provider.update({
        ...resource(m),
        id: m.getId(),
        olds: unmarshal(m.getOlds()),
        oldInputs: unmarshal(m.getOldInputs()),
        news: unmarshal(m.getNews()),
        preview: m.getPreview(),
        timeoutSeconds: m.getTimeout() || undefined,
        ignoreChanges: m.getIgnorechangesList(),
      });
      const response = new proto.UpdateResponse();
      response.setProperties(marshal(outputs));
      return response;
    }),
    delete: unary(async (m: proto.DeleteRequest) => {
      if (!provider.delete) throw new NotSupportedError(provider.name, "way to delete resources");
      await provider.delete({
        ...resource(m),
        id: m.getId(),
        inputs: unmarshal(m.getOldInputs()),
        outputs: unmarshal(m.getProperties()),
        timeoutSeconds: m.getTimeout() || undefined,
      });
      return new Empty();
    }),
    invoke: unary(async (m: proto.InvokeRequest) => {
      if (!provider.invoke) throw new NotSupportedError(provider.name, `function ${m.getTok()}`);
      const answer = await provider.invoke({
        token: m.getTok(),
        args: unmarshal(m.getArgs()),
        preview: m.getPreview(),
        signal: stopping.signal,
      });
      const response = new proto.InvokeResponse();
      response.setReturn(marshal(answer.result ?? {}));
      response.setFailuresList(failures(answer.failures));
      return response;
    }),
    cancel: unary(async () => {
      stopping.abort();
      await provider.cancel?.();
      return new Empty();
    }),
  };
}

function autonaming(message: proto.CheckRequest) {
  const options = message.getAutonaming();
  if (!options) return undefined;
  const modes = ["propose", "enforce", "disable"] as const;
  return { proposedName: options.getProposedName(), mode: modes[options.getMode()] ?? "propose" };
}

/** A gRPC handler that answers with what the function returns, or with what it throws. Absent methods are UNIMPLEMENTED. */
function unary<Request extends Message, Response extends Message>(
  answer: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => answer(call.request))
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(toServiceError(error)),
      );
  };
}
