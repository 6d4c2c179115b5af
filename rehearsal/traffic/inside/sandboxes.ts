import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import type { ContainerSpec, Ended, SandboxSpec } from "../protocol";
import { command, ip } from "./command";
import { hardwareAddress, type Networks } from "./networks";

interface Sandbox {
  spec: SandboxSpec;
  /** The process that keeps the pod's namespaces, as a container runtime's `pause` does. */
  pause: ChildProcess;
  containers: Map<ChildProcess, Container>;
}

interface Container {
  ended: Promise<Ended>;
  preStopMs: number;
}

// Prepares the namespaces and then only holds them. A question to a name server that nobody plays fails at once: Envoy
// waits for the answer to every name before it starts to listen.
const pauseScript = `
mount -t tmpfs tmpfs /run && echo 'nameserver 127.0.0.1' > /run/resolv.conf &&
mount --bind /run/resolv.conf /etc/resolv.conf && mount --bind "$0" /etc/hosts &&
ip link set lo up && echo ready && exec sleep 2147483647`;

/** Pods: each with a network namespace and a view of `/etc/hosts` of its own. */
export class Sandboxes {
  private readonly sandboxes = new Map<string, Sandbox>();
  private count = 0;

  constructor(private readonly networks: Networks) {}

  async add(spec: SandboxSpec): Promise<void> {
    const { bridge, gateway, bits } = this.networks.of(spec.cluster);
    const pause = spawn("unshare", ["--net", "--mount", "sh", "-c", pauseScript, spec.hosts], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let errors = "";
    pause.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    const [first] = (await Promise.race([once(pause.stdout, "data"), once(pause, "exit")])) as unknown[];
    if (!Buffer.isBuffer(first)) {
      throw new Error(`no network namespace for pod ${spec.id}: ${errors.trim()}`);
    }
    this.sandboxes.set(spec.id, { spec, pause, containers: new Map() });
    const link = `pod${this.count++}`;
    try {
      await ip(
        `link add ${link} type veth peer name eth0 address ${hardwareAddress(spec.address)} netns ${pause.pid}`,
        `link set ${link} master ${bridge} up`,
      );
      const inPod = ["--target", `${pause.pid}`, "--net", "ip", "-batch", "-"];
      const lines = [
        `address add ${spec.address}/${bits} dev eth0`,
        "link set eth0 up",
        `route add default via ${gateway}`,
      ];
      await command("nsenter", inPod, `${lines.join("\n")}\n`);
    } catch (error) {
      await this.remove(spec.id);
      throw error;
    }
  }

  /**
   * As a kubelet does: asks each container to stop once its `preStop` is over, and kills those that are left after `graceMs`.
   * Again, with less time, is no harm. Resolves when they have ended.
   */
  async remove(id: string, graceMs = 0): Promise<void> {
    const sandbox = this.sandboxes.get(id);
    if (!sandbox) {
      return;
    }
    const { containers, pause } = sandbox;
    const timers = [setTimeout(() => containers.forEach((_, child) => kill(child, "SIGKILL")), graceMs)];
    containers.forEach(({ preStopMs }, child) => {
      timers.push(setTimeout(() => kill(child, "SIGTERM"), preStopMs));
    });
    await Promise.all([...containers.values()].map(({ ended }) => ended));
    timers.forEach(clearTimeout);
    pause.kill("SIGKILL");
    this.sandboxes.delete(id);
  }

  /** Starts a process in a pod, and resolves when it has ended. @throws Error when it cannot be started. */
  start({ sandbox: id, command: program, args, env, cwd, log, preStopMs }: ContainerSpec): Promise<Ended> {
    const { pause, containers } = this.get(id);
    const output = fs.openSync(log, "a", 0o600);
    const change = ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", cwd, program, ...args];
    const child = spawn("nsenter", ["--target", `${pause.pid}`, "--net", "--mount", "--", ...change], {
      env: { PATH: process.env.PATH ?? "", ...env },
      stdio: ["ignore", output, output],
      detached: true,
    });
    fs.closeSync(output);
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => {
        containers.delete(child);
        // What it started and left behind.
        kill(child, "SIGKILL");
        resolve({ code, signal });
      });
    });
    containers.set(child, { ended, preStopMs });
    return ended;
  }

  /** The process whose namespaces are the pod's. */
  pid(id: string): number {
    return this.get(id).pause.pid ?? 0;
  }

  private get(id: string): Sandbox {
    const sandbox = this.sandboxes.get(id);
    if (!sandbox) {
      throw new Error(`there is no pod ${id}`);
    }
    return sandbox;
  }
}

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    // pilot-agent passes a SIGTERM on to its Envoy itself, after it has drained; a SIGKILL is for both.
    process.kill(signal === "SIGKILL" ? -(child.pid ?? 0) : (child.pid ?? 0), signal);
  } catch {
    // It has ended already.
  }
}
