import * as fs from "node:fs";
import * as path from "node:path";
import type { ApiClient } from "../kubernetes/client";
import { writeVolume } from "./atomicWriter";
import { dataOf } from "./environment";
import { type Container, type Pod, type Volume, type VolumeSource, field } from "./pod";
import type { ServiceAccountTokens } from "./serviceAccountTokens";

/** Fills a container's mounts under `root`, a folder that stands for the container's root, and keeps them up to date. */
export class Volumes {
  constructor(
    private readonly client: ApiClient,
    private readonly pod: Pod,
    private readonly container: Container,
    private readonly root: string,
    private readonly tokens: ServiceAccountTokens,
  ) {}

  /** @throws MissingReference when a Secret or ConfigMap that is not optional is not there. */
  async write(): Promise<void> {
    for (const { name, mountPath } of this.container.volumeMounts ?? []) {
      const volume = this.pod.spec.volumes?.find((candidate) => candidate.name === name);
      const folder = path.join(this.root, mountPath);
      if (!volume || volume.emptyDir || !isWritten(volume)) {
        fs.mkdirSync(folder, { recursive: true });
        continue;
      }
      const parts = await Promise.all(sources(volume).map((source) => this.files(source)));
      writeVolume(folder, Object.assign({}, ...parts) as Record<string, Buffer>);
    }
  }

  /** True when the object is mounted by the container. */
  uses(kind: string, name: string): boolean {
    const mounted = new Set(this.container.volumeMounts?.map((mount) => mount.name));
    const volumes = this.pod.spec.volumes?.filter((volume) => mounted.has(volume.name)) ?? [];
    return volumes
      .flatMap(sources)
      .some(({ secret, configMap }) =>
        kind === "Secret" ? secretName(secret) === name : configMap?.name === name,
      );
  }

  private async files({ secret, configMap, serviceAccountToken, downwardAPI }: VolumeSource) {
    const files: Record<string, Buffer> = {};
    if (serviceAccountToken) {
      const { path: file, audience, expirationSeconds = 3600 } = serviceAccountToken;
      files[file] = Buffer.from(await this.tokens.get(audience, expirationSeconds));
    }
    for (const item of downwardAPI?.items ?? []) {
      files[item.path] = Buffer.from(item.fieldRef ? field(this.pod, item.fieldRef.fieldPath) : "");
    }
    const reference = secret ?? configMap;
    if (reference) {
      const name = secret ? secretName(secret) : (configMap?.name ?? "");
      const data = await dataOf(this.client, this.pod, secret ? "Secret" : "ConfigMap", {
        ...reference,
        name,
      });
      const items = reference.items ?? Object.keys(data).map((key) => ({ key, path: key }));
      for (const { key, path: file } of items) {
        const value = data[key];
        if (value) {
          files[file] = value;
        }
      }
    }
    return files;
  }
}

function sources(volume: Volume): VolumeSource[] {
  return volume.projected?.sources ?? [volume];
}

function isWritten(volume: Volume): boolean {
  return Boolean(volume.projected ?? volume.secret ?? volume.configMap ?? volume.downwardAPI);
}

/** A volume says `secretName`, a projection `name`. */
function secretName(secret: VolumeSource["secret"]): string {
  return secret?.secretName ?? secret?.name ?? "";
}
