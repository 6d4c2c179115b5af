import type { Pulumi } from "../pulumi";

/** What is read of a stack's state. */
export interface StateResource {
  urn: string;
  type: string;
  id?: string;
  inputs?: Record<string, unknown>;
  custom?: boolean;
  /** `<urn>::<id>` */
  provider?: string;
}

export interface StackState {
  resources: StateResource[];
  pending: { type: string; resource: StateResource }[];
}

export async function stackState(pulumi: Pulumi, stack: string): Promise<StackState> {
  const { output } = await pulumi.run(["stack", "export", "-s", stack]);
  const { deployment } = JSON.parse(output) as {
    deployment: { resources?: StateResource[]; pending_operations?: StackState["pending"] };
  };
  return { resources: deployment.resources ?? [], pending: deployment.pending_operations ?? [] };
}
