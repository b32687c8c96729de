import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { LoginUnavailable, SecondFactorRequired, TooManyAttempts } from "../../access/index.ts";
import { isDiskFull } from "../../lib/file-error.ts";
import { OCI_ERRORS, OciError, OciErrors } from "../../oci/error.ts";
import { toErrorBody } from "../../oci/error-body.ts";
import { MethodNotAllowed } from "../../oci/route.ts";
import { StorageFullError } from "../../platform/blobs/index.ts";
import { DatabaseBusyError, DatabaseFullError } from "../../platform/db/index.ts";
import {
  BodyCutShortError,
  BodyTooLargeError,
  BodyTooSlowError,
} from "../../platform/http/index.ts";
import { requestIdOf } from "../../platform/observability/index.ts";
import { answerJson } from "./exchange.ts";

interface Failure {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly cause: unknown;
  /** The value of `WWW-Authenticate` that goes with a 401. */
  readonly challenge: () => string;
  readonly log: Logger;
}

const RETRY_SECONDS = "5";

/** The one place that turns what was thrown into an answer of the distribution API. */
export function answerFailure(failure: Failure): void {
  const { request, response, cause, log } = failure;
  if (response.headersSent || response.destroyed || isClientGone(request, cause)) {
    if (!isClientGone(request, cause)) log.error({ err: cause }, "answer broken off");
    response.destroy();
    return;
  }
  const errors = toOciErrors(failure);
  const [first] = errors;
  if (first === undefined) return;
  const { status } = OCI_ERRORS[first.code];
  // Of an answer of 500 and above, docker, skopeo and ctr show the reason phrase and nothing of the body; at the sight of
  // these very words docker stops, where it would send the layer four times more and take a minute to give up.
  if (first.code === "STORAGE_FULL") response.statusMessage = "no space left on device";
  answerJson({ request, response }, status, {
    body: toErrorBody(errors),
    headers: headersFor(first, failure),
  });
}

function headersFor(error: OciError, failure: Failure): Record<string, string> {
  const rest = closes(error, failure.request) ? { Connection: "close" } : {};
  if (error instanceof MethodNotAllowed) return { ...rest, Allow: error.allow };
  switch (error.code) {
    case "RANGE_INVALID":
      return { ...rest, ...sizeOfBlob(error.detail) };
    case "UNAUTHORIZED":
      return { ...rest, "WWW-Authenticate": failure.challenge() };
    case "TOOMANYREQUESTS":
      return { ...rest, "Retry-After": retryAfter(error, failure.cause) };
    case "UNAVAILABLE":
      return { ...rest, "Retry-After": RETRY_SECONDS };
    default:
      return rest;
  }
}

/**
 * A body that is not read any more ends the connection. Refusals go by what the request says about a body, not by how much
 * of it has arrived: that depends on how fast the decision was, which must not tell what exists.
 */
function closes({ code }: OciError, { headers, complete }: IncomingMessage): boolean {
  const isRefusal = code === "UNAUTHORIZED" || code === "DENIED" || code === "NAME_UNKNOWN";
  if (!isRefusal) return !complete;
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function retryAfter(error: OciError, cause: unknown): string {
  if (cause instanceof TooManyAttempts) return String(cause.retryAfterSeconds);
  const seconds = (error.detail as { retryAfterSeconds?: unknown } | null)?.retryAfterSeconds;
  return typeof seconds === "number" ? String(seconds) : RETRY_SECONDS;
}

/** A part that does not exist is refused with the size of what does (RFC 9110, section 15.5.17). */
function sizeOfBlob(detail: unknown): Record<string, string> {
  const size = (detail as { size?: unknown } | null)?.size;
  return typeof size === "number" ? { "Content-Range": `bytes */${size}` } : {};
}

function toOciErrors({ request, cause, log }: Failure): readonly OciError[] {
  if (cause instanceof OciErrors) return cause.errors;
  if (cause instanceof OciError) return [cause];
  if (cause instanceof BodyTooLargeError)
    return [new OciError("MANIFEST_TOO_LARGE", null, { cause })];
  if (cause instanceof BodyTooSlowError)
    return [new OciError("MANIFEST_TOO_SLOW", null, { cause })];
  if (cause instanceof DatabaseBusyError) return [new OciError("UNAVAILABLE", null, { cause })];
  if (cause instanceof LoginUnavailable)
    return [new OciError("UNAVAILABLE", null, { cause, message: cause.message })];
  if (cause instanceof TooManyAttempts) {
    return [new OciError("TOOMANYREQUESTS", null, { cause, message: cause.message })];
  }
  if (cause instanceof SecondFactorRequired) {
    return [new OciError("UNAUTHORIZED", null, { cause, message: cause.message })];
  }
  if (isOutOfRoom(cause)) {
    log.warn({ err: cause }, "push refused for lack of room");
    return [new OciError("STORAGE_FULL", null, { cause })];
  }
  const id = requestIdOf(request);
  log.error({ err: cause, requestId: id }, "request failed");
  const message = `internal error; the registry's log has it under ${id}`;
  return [new OciError("UNKNOWN", { id }, { cause, message })];
}

function isOutOfRoom(cause: unknown): boolean {
  return (
    cause instanceof StorageFullError || cause instanceof DatabaseFullError || isDiskFull(cause)
  );
}

/** Nobody is left to answer: the body was cut, or the connection is gone. */
function isClientGone(request: IncomingMessage, cause: unknown): boolean {
  return cause instanceof BodyCutShortError || (request.destroyed && !request.complete);
}
