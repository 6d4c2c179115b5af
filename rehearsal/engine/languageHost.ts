import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { version as sdkVersion } from "@pulumi/pulumi/version";
import { killChildren, runNode } from "./childNode";
import { exitWithParent, listenOnLoopback, serverOptions } from "./grpcServer";
import {
  configEnvironment,
  locateModule,
  optionsEnvironment,
  parseOptions,
  runArguments,
} from "./programRun";

/** The program has told the user what is wrong already: the engine stops without another message. */
const EXIT_AFTER_ACTIONABLE_MESSAGE = 32;

// Stands in for pulumi-language-nodejs: the engine finds it by that name on PATH, and gives its own address as the
// last argument. Behaviour: https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/cmd/pulumi-language-nodejs/main.go
let engineAddress = process.argv.slice(2).findLast((argument) => !argument.startsWith("-")) ?? "";
const cancelled = new AbortController();

type Unary<Request, Response> = grpc.handleUnaryCall<Request, Response>;

const handshake: Unary<proto.LanguageHandshakeRequest, proto.LanguageHandshakeResponse> = (
  call,
  callback,
) => {
  engineAddress = call.request.getEngineAddress() || engineAddress;
  callback(null, new proto.LanguageHandshakeResponse());
};

const getPluginInfo: Unary<Empty, PluginInfo> = (_call, callback) => {
  const response = new PluginInfo();
  response.setVersion(sdkVersion);
  callback(null, response);
};

// An empty list: the engine then looks for a plugin when the program first needs it, and PATH comes first. A list of
// everything in node_modules would make it look for downloads before anything runs.
const getRequiredPackages: Unary<proto.GetRequiredPackagesRequest, proto.GetRequiredPackagesResponse> = (
  _call,
  callback,
) => callback(null, new proto.GetRequiredPackagesResponse());

const about: Unary<proto.AboutRequest, proto.AboutResponse> = (_call, callback) => {
  const response = new proto.AboutResponse();
  response.setExecutable(process.execPath);
  response.setVersion(process.version);
  callback(null, response);
};

const run: Unary<proto.RunRequest, proto.RunResponse> = (call, callback) => {
  const response = new proto.RunResponse();
  runProgram(call.request, abortedWith(call)).then(
    (code) => {
      if (code === EXIT_AFTER_ACTIONABLE_MESSAGE) response.setBail(true);
      else if (code !== 0) response.setError(`Program exited with non-zero exit code: ${code}`);
      callback(null, response);
    },
    (error: unknown) => {
      response.setError(describe(error));
      callback(null, response);
    },
  );
};

function runProgram(request: proto.RunRequest, signal: AbortSignal): Promise<number> {
  const info = request.getInfo();
  const programDirectory = info?.getProgramDirectory() || request.getPwd();
  const options = parseOptions(info?.getOptions()?.toJavaScript() ?? {});
  const script = locateModule("@pulumi/pulumi/cmd/run", programDirectory);
  const flags = runArguments({
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    rootDirectory: info?.getRootDirectory() ?? "",
    programDirectory,
    dryRun: request.getDryrun(),
    parallel: request.getParallel(),
    entryPoint: info?.getEntryPoint() ?? "",
    args: request.getArgsList(),
  });
  return runNode(
    {
      args: [...options.nodeargs, script, ...flags],
      cwd: process.cwd(),
      env: {
        ...process.env,
        ...configEnvironment(request.getConfigMap().getEntryList(), request.getConfigsecretkeysList()),
        ...optionsEnvironment(options),
      },
      graceMs: 5000,
      onStdout: (chunk) => process.stdout.write(chunk),
      onStderr: (chunk) => process.stderr.write(chunk),
    },
    signal,
  );
}

const runPlugin: grpc.handleServerStreamingCall<proto.RunPluginRequest, proto.RunPluginResponse> = (call) => {
  servePlugin(call).then(
    (code) => {
      if (code !== 0) {
        const details = `Program exited with non-zero exit code: ${code}`;
        return void call.emit("error", { code: grpc.status.UNKNOWN, details });
      }
      const response = new proto.RunPluginResponse();
      response.setExitcode(0);
      call.write(response);
      call.end();
    },
    (error: unknown) => call.emit("error", { code: grpc.status.UNKNOWN, details: describe(error) }),
  );
};

async function servePlugin(
  call: grpc.ServerWritableStream<proto.RunPluginRequest, proto.RunPluginResponse>,
): Promise<number> {
  const request = call.request;
  const directory = request.getInfo()?.getProgramDirectory() || request.getProgram();
  const options = parseOptions(request.getInfo()?.getOptions()?.toJavaScript() ?? {});
  // A policy pack gets its folder last and as working directory, where @pulumi/policy reads its package.json.
  const isPolicyPack = request.getKind() === "analyzer";
  const runner = isPolicyPack ? "@pulumi/pulumi/cmd/run-policy-pack" : "@pulumi/pulumi/cmd/run-plugin";
  const script = locateModule(runner, directory);
  const args = isPolicyPack ? [...request.getArgsList(), directory] : [directory, ...request.getArgsList()];
  return runNode(
    {
      args: [...options.nodeargs, script, ...args],
      cwd: isPolicyPack ? directory : request.getPwd(),
      env: { ...pairs(request.getEnvList()), ...optionsEnvironment(options) },
      // The engine drops the call once it has no more questions.
      graceMs: 0,
      onStdout: (chunk) => void call.write(new proto.RunPluginResponse().setStdout(chunk)),
      onStderr: (chunk) => void call.write(new proto.RunPluginResponse().setStderr(chunk)),
    },
    abortedWith(call),
  );
}

const cancel: Unary<Empty, Empty> = (_call, callback) => {
  cancelled.abort();
  callback(null, new Empty());
};

/** Aborted when the engine cancels everything, or drops this call. */
function abortedWith(call: { on(event: "cancelled", listener: () => void): unknown }): AbortSignal {
  const dropped = new AbortController();
  call.on("cancelled", () => dropped.abort());
  return AbortSignal.any([cancelled.signal, dropped.signal]);
}

/** `["A=b"]` as an environment; without any entry this process's own. */
function pairs(list: string[]): NodeJS.ProcessEnv {
  if (list.length === 0) return process.env;
  return Object.fromEntries(
    list.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const server = new grpc.Server(serverOptions);
server.addService(LanguageRuntimeService, {
  handshake,
  getPluginInfo,
  getRequiredPackages,
  about,
  run,
  runPlugin,
  cancel,
});
exitWithParent(killChildren);
listenOnLoopback(server).then(
  (port) => console.log(String(port)),
  (error: unknown) => {
    console.error(`The language host cannot listen on 127.0.0.1: ${describe(error)}`);
    process.exit(1);
  },
);
