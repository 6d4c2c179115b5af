import * as grpc from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { InitFailedError } from "./base";
import { marshal } from "./values";

/**
 * What the engine gets for an error of a provider. An {@link InitFailedError} carries the resource along in the
 * status details, which grpc-js has no interface for: the field `grpc-status-details-bin` of the trailers.
 */
export function toServiceError(error: unknown): Partial<grpc.StatusObject> {
  const message = error instanceof Error ? error.message : String(error);
  const metadata = new grpc.Metadata();
  if (error instanceof InitFailedError) {
    const { id, outputs, inputs, reasons } = error.resource;
    const detail = new ErrorResourceInitFailed();
    detail.setId(id);
    detail.setProperties(marshal(outputs));
    if (inputs) detail.setInputs(marshal(inputs));
    detail.setReasonsList(reasons);
    const any = new Any();
    any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const status = new Status();
    status.setCode(grpc.status.UNKNOWN);
    status.setMessage(message);
    status.addDetails(any);
    metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  } else if (error instanceof Error && isProgrammingError(error)) {
    // Not a refusal but a mistake in the stand-in: where it happened is needed.
    console.error(error.stack);
  }
  return { code: grpc.status.UNKNOWN, details: message, metadata };
}

function isProgrammingError(error: Error): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
}
