import * as fs from "node:fs";
import * as path from "node:path";
import type { DerivedResource } from "./controllers/cloud";
import type { StoredResource } from "./resource";
import { initialServices } from "./services";

/** Everything that the simulated project remembers. */
export interface ProjectState {
  enabledServices: string[];
  lastNumber: number;
  multiClusterIngressObjects: number;
  /** What controllers made around the clusters: forwarding rules, NEGs, ... */
  derived: DerivedResource[];
  resources: StoredResource[];
}

function empty(): ProjectState {
  return {
    enabledServices: [...initialServices],
    lastNumber: 410000000000000,
    multiClusterIngressObjects: 0,
    derived: [],
    resources: [],
  };
}

/** The state as a JSON file that only its owner can read; a crash leaves the old or the new file, never half of one. */
export class Store {
  readonly state: ProjectState;

  constructor(private readonly file: string) {
    const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined;
    this.state = text ? { ...empty(), ...(JSON.parse(text) as Partial<ProjectState>) } : empty();
  }

  save(): void {
    fs.mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 });
    const temporary = `${this.file}.new`;
    fs.writeFileSync(temporary, `${JSON.stringify(this.state, undefined, 2)}\n`, { mode: 0o600 });
    fs.renameSync(temporary, this.file);
  }
}
