import * as path from "node:path";
import type { Pod } from "../istio/pod";
import { isNotFound } from "../kubernetes/client";
import { layout } from "../layout";
import type { TrafficSurroundings } from "./trafficPod";

/** Does what `curl` does with the few options that it knows; plain JavaScript, so that it starts quickly. */
const curlScript = path.join(__dirname, "curl.mjs");

/** A pod whose only container runs `curl` once, in the pod's network. Its status says how that ended. */
export class CurlPod {
  private readonly finished: Promise<void>;
  private stopped = false;

  constructor(
    private readonly pod: Pod,
    private readonly around: TrafficSurroundings,
  ) {
    this.finished = this.live().catch((error: unknown) => {
      if (!this.stopped && !isNotFound(error)) {
        const message = error instanceof Error ? error.message : String(error);
        around.warn(`pod ${pod.metadata.name} of ${around.controlPlane.name}: ${message}`);
      }
    });
  }

  async stop(graceMs: number): Promise<void> {
    this.stopped = true;
    await this.around.dataPlane.removeSandbox(this.pod.metadata.uid, graceMs).catch(() => undefined);
    await this.finished;
  }

  private async live(): Promise<void> {
    const { controlPlane, dataPlane, hosts } = this.around;
    const { uid, name } = this.pod.metadata;
    const [container] = this.pod.spec.containers;
    const [program, ...args] = [...(container?.command ?? []), ...(container?.args ?? [])];
    const startedAt = new Date();
    if (program !== "curl") {
      await this.say(127, `exec: "${program}": executable file not found in $PATH`, startedAt);
      return;
    }
    await dataPlane.addSandbox({
      id: uid,
      cluster: controlPlane.name,
      address: this.pod.status.podIP ?? "",
      hosts,
    });
    const { code } = await dataPlane.run({
      sandbox: uid,
      command: process.execPath,
      args: [curlScript, ...args],
      env: {},
      cwd: layout.run,
      log: path.join(layout.logs, `${controlPlane.name}-${name}.log`),
      preStopMs: 0,
    });
    if (!this.stopped) {
      await this.say(code ?? 137, undefined, startedAt);
    }
  }

  /** As a kubelet writes it of a container that has ended and is not started again. */
  private async say(exitCode: number, message: string | undefined, startedAt: Date): Promise<void> {
    const [container] = this.pod.spec.containers;
    const { uid } = this.pod.metadata;
    const time = (date: Date) => date.toISOString().replace(/\.\d+/, "");
    const terminated = {
      exitCode,
      reason: message ? "StartError" : exitCode === 0 ? "Completed" : "Error",
      message,
      startedAt: time(startedAt),
      finishedAt: time(new Date()),
      containerID: `process://${uid}`,
    };
    const status = {
      name: container?.name ?? "",
      image: container?.image ?? "",
      imageID: "",
      ready: false,
      started: false,
      restartCount: 0,
      containerID: `process://${uid}`,
      state: { terminated },
    };
    await this.around.controlPlane.client.patch(
      this.pod,
      { status: { phase: exitCode === 0 ? "Succeeded" : "Failed", containerStatuses: [status] } },
      { subresource: "status" },
    );
  }
}
