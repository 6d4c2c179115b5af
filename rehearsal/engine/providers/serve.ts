import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engineProto from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { exitWithParent, listenOnLoopback, serverOptions } from "../grpcServer";
import type { EngineLog, Provider } from "./base";
import { providerService } from "./service";

const severities = {
  debug: engineProto.LogSeverity.DEBUG,
  info: engineProto.LogSeverity.INFO,
  warning: engineProto.LogSeverity.WARNING,
  error: engineProto.LogSeverity.ERROR,
};

/**
 * Serves a provider to the engine that started this process: listens on loopback, prints the port as the plugin
 * protocol wants it, and ends with the engine. To be called once, as the last statement of a provider's `main.ts`.
 *
 * @param provider the provider, or a function that makes it from the channel to the engine's log
 */
export function serveProvider(provider: Provider | ((engine: EngineLog) => Provider)): void {
  const engine = engineLog(process.argv[2]);
  const stopping = new AbortController();
  const served = typeof provider === "function" ? provider(engine) : provider;
  const server = new grpc.Server(serverOptions);
  server.addService(ResourceProviderService, providerService(served, engine, stopping));

  // A broken request must not take the provider's other resources with it.
  process.on("unhandledRejection", (reason) => engine.log("error", describe(reason)));
  exitWithParent(() => stopping.abort());
  listenOnLoopback(server).then(
    (port) => console.log(String(port)),
    (error: unknown) => {
      console.error(`The ${served.name} provider cannot listen on 127.0.0.1: ${describe(error)}`);
      process.exit(1);
    },
  );
}

function engineLog(address: string | undefined): EngineLog {
  const client = address && new EngineClient(address, grpc.credentials.createInsecure(), serverOptions);
  const send = (severity: keyof typeof severities, message: string, urn: string, ephemeral: boolean) => {
    if (!client) return void console.error(message);
    const request = new engineProto.LogRequest();
    request.setSeverity(severities[severity]);
    request.setMessage(message);
    request.setUrn(urn);
    request.setEphemeral(ephemeral);
    // The engine may be gone already: then nobody reads the line, and the provider ends by itself.
    client.log(request, () => {});
  };
  return {
    log: (severity, message, urn = "") => send(severity, message, urn, false),
    status: (message, urn) => send("info", message, urn, true),
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
