import * as http from "node:http";
import * as https from "node:https";
import { proxyAddress, type EdgeBackend, type EdgeEndpoint, type EndpointHealth } from "../protocol";

/**
 * For how long an endpoint whose pod leaves stays in its group, in ms. The controller of Google's groups hears of it a little
 * later, and then the groups are told: https://github.com/kubernetes/ingress-gce/issues/769
 */
const DETACH_MS = 10_000;

interface Checked {
  health: EndpointHealth;
  /** Checks in a row that said the opposite of `health`. */
  against: number;
  timer?: NodeJS.Timeout;
  /** Set while it leaves. */
  detaching?: NodeJS.Timeout;
}

/** Asks every endpoint in turn, as a BackendConfig says, from where Google's probes come from. */
export class HealthChecks {
  private readonly checked = new Map<string, Checked>();
  private backend?: EdgeBackend;

  /** @param detached told when an endpoint is no longer in its group */
  constructor(
    private readonly detached: (endpoint: EdgeEndpoint) => void,
    private readonly detachMs = DETACH_MS,
  ) {}

  set(backend: EdgeBackend | undefined): void {
    const changed = JSON.stringify(this.backend?.healthCheck) !== JSON.stringify(backend?.healthCheck);
    this.backend = backend;
    const keys = new Set(backend?.endpoints.map(keyOf));
    for (const [key, checked] of this.checked) {
      if (changed || !backend) {
        this.detach(key);
      } else if (!keys.has(key)) {
        checked.detaching ??= setTimeout(() => this.detach(key), this.detachMs);
      }
    }
    for (const endpoint of backend?.endpoints ?? []) {
      const known = this.checked.get(keyOf(endpoint));
      clearTimeout(known?.detaching);
      if (known) {
        known.detaching = undefined;
      } else {
        const checked: Checked = {
          health: { ...endpoint, healthy: false, reason: "not checked yet" },
          against: 0,
        };
        this.checked.set(keyOf(endpoint), checked);
        void this.check(endpoint, checked);
      }
    }
  }

  all(): EndpointHealth[] {
    return [...this.checked.values()].map(({ health }) => health);
  }

  private detach(key: string): void {
    const checked = this.checked.get(key);
    clearTimeout(checked?.timer);
    clearTimeout(checked?.detaching);
    this.checked.delete(key);
    if (checked) {
      this.detached(checked.health);
    }
  }

  private async check(endpoint: EdgeEndpoint, checked: Checked): Promise<void> {
    const check = this.backend?.healthCheck;
    if (!check) {
      return;
    }
    const reason = await ask(endpoint, check);
    if (this.checked.get(keyOf(endpoint)) !== checked) {
      return;
    }
    const { health } = checked;
    const good = reason === undefined;
    // A new endpoint's first answer counts at once.
    const first = health.reason === "not checked yet";
    checked.against = good === health.healthy ? 0 : checked.against + 1;
    if (first || checked.against >= (good ? check.healthyThreshold : check.unhealthyThreshold)) {
      checked.against = 0;
      health.healthy = good;
    }
    health.reason = reason;
    checked.timer = setTimeout(() => void this.check(endpoint, checked), check.intervalSeconds * 1000);
  }
}

/** Why the endpoint fails the check; undefined when it passes. */
function ask(
  endpoint: EdgeEndpoint,
  { protocol, port = endpoint.port, path, timeoutSeconds }: EdgeBackend["healthCheck"],
): Promise<string | undefined> {
  const options = {
    host: endpoint.address,
    port,
    path,
    localAddress: proxyAddress,
    agent: false,
    headers: { "user-agent": "GoogleHC/1.0" },
    // Google's health checks do not look at the certificate.
    rejectUnauthorized: false,
  };
  return new Promise((resolve) => {
    const request = (protocol === "HTTP" ? http : https).get(options, (response) => {
      response.resume();
      clearTimeout(timer);
      resolve(response.statusCode === 200 ? undefined : `${path} answers ${response.statusCode}`);
    });
    const timer = setTimeout(
      () => request.destroy(new Error(`no answer in ${timeoutSeconds} s`)),
      timeoutSeconds * 1000,
    );
    request.on("error", (error) => {
      clearTimeout(timer);
      resolve(error.message);
    });
  });
}

function keyOf({ address, port, pod }: EdgeEndpoint): string {
  return `${pod} ${address}:${port}`;
}
