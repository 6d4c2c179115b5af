import { execFile } from "node:child_process";

/** A network, mount and process namespace of a user's own; everything in it ends with its first process. */
export const unshareArguments = ["-Urnm", "--pid", "--fork", "--mount-proc", "--kill-child"];

// One of each thing that the data plane makes.
const trial = `set -e
ip link add br0 type bridge
unshare --net --mount sleep 10 & pod=$!
while [ "$(readlink /proc/$pod/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
ip link add pod0 type veth peer name eth0 netns $pod
nsenter --target $pod --net --mount ip address add 10.0.0.1/24 dev eth0
nsenter --target $pod --mount mount --bind /dev/null /etc/hosts
`;

/** Why this machine gives no namespaces to a user who is not root; undefined when it does. */
export function whyNoNamespaces(platform: string = process.platform): Promise<string | undefined> {
  if (platform !== "linux") {
    return Promise.resolve("network namespaces are Linux's");
  }
  return new Promise((resolve) => {
    const args = [...unshareArguments, "sh", "-c", trial];
    execFile("unshare", args, { timeout: 10_000 }, (error, _stdout, stderr) => {
      if (!error) {
        resolve(undefined);
      } else if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        resolve("unshare (util-linux) is not on PATH");
      } else {
        resolve(`no network namespace without root: ${lastLine(stderr) || error.message}`);
      }
    });
  });
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
