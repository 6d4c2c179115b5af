import * as grpc from "@grpc/grpc-js";

/** A cluster's state with its manifests passes 4 MB, the default limit: none, as in Pulumi's own plugins. */
export const serverOptions: grpc.ChannelOptions = {
  "grpc.max_receive_message_length": -1,
  "grpc.max_send_message_length": -1,
};

/** Starts a server on a free port of 127.0.0.1 and returns the port. */
export function listenOnLoopback(server: grpc.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

/**
 * Ends this process on SIGINT, SIGTERM and SIGHUP, and when its parent is gone (an engine that was killed tells nobody):
 * the parent's id is looked at every second. A plugin has a process group of its own, so Ctrl-C in a terminal does not
 * reach it; the engine sends SIGINT once it has no more questions, and kills the process five seconds later.
 *
 * @param beforeExit ends what the process has started; must not wait
 */
export function exitWithParent(beforeExit: () => void): void {
  const parent = process.ppid;
  const end = () => {
    beforeExit();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, end);
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, 1000).unref();
}
