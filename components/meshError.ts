import * as pulumi from "@pulumi/pulumi";

/**
 * An error for people: a message, and no stack. Pulumi hides a RunError's stack but formats it all the same, and Node.js 20 takes
 * half a minute and half a gigabyte over a frame such as `node_modules/@pulumi/output.ts`, which the SDK's source maps name
 * (`util.inspect` with colours, which Pulumi calls: https://github.com/pulumi/pulumi/issues/21326).
 */
export class MeshError extends pulumi.RunError {
  constructor(message: string) {
    super(message);
    this.stack = "";
  }
}
