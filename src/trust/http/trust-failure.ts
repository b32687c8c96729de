import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { LoginUnavailable, SecondFactorRequired, TooManyAttempts } from "../../access/index.ts";
import { isDiskFull } from "../../lib/file-error.ts";
import { OciError } from "../../oci/error.ts";
import { StorageFullError } from "../../platform/blobs/index.ts";
import { DatabaseBusyError, DatabaseFullError } from "../../platform/db/index.ts";
import {
  BodyCutShortError,
  BodyTooLargeError,
  BodyTooSlowError,
} from "../../platform/http/index.ts";
import { requestIdOf } from "../../platform/observability/index.ts";
import { TRUST_ERRORS, TrustError } from "../trust-error.ts";

interface Failure {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly cause: unknown;
  /** The value of `WWW-Authenticate` that goes with a 401. */
  readonly challenge: () => string;
  readonly log: Logger;
}

/** Who sent the request has to be proved, or may not do it: Notary's clients know one answer for both. */
export class TrustUnauthorized extends TrustError {
  readonly fault: "invalid" | "insufficient" | undefined;

  constructor(message: string, fault: "invalid" | "insufficient" | undefined) {
    super("UNAUTHORIZED", { message });
    this.fault = fault;
  }
}

/** The one place that turns what was thrown into an answer of Notary's API. */
export function answerTrustFailure(failure: Failure): void {
  const { request, response, cause, challenge, log } = failure;
  const isGone = cause instanceof BodyCutShortError || (request.destroyed && !request.complete);
  if (response.headersSent || response.destroyed || isGone) {
    if (!isGone) log.error({ err: cause }, "answer broken off");
    response.destroy();
    return;
  }
  const error = toTrustError(failure);
  const { code, message, detail } = error;
  const text = `${JSON.stringify({ errors: [{ code, message, ...(detail === undefined ? {} : { detail }) }] })}\n`;
  response.writeHead(TRUST_ERRORS[code].status, {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": Buffer.byteLength(text),
    // A body that is not read any more ends the connection.
    ...(request.complete ? {} : { Connection: "close" }),
    ...(code === "UNAUTHORIZED" ? { "WWW-Authenticate": challenge() } : {}),
    ...(cause instanceof TooManyAttempts ? { "Retry-After": cause.retryAfterSeconds } : {}),
  });
  response.end(text);
}

function toTrustError({ request, cause, log }: Failure): TrustError {
  if (cause instanceof TrustError) return cause;
  const message = cause instanceof Error ? cause.message : "";
  if (cause instanceof SecondFactorRequired) return new TrustUnauthorized(message, "invalid");
  if (cause instanceof TooManyAttempts)
    return new TrustError("TOOMANYREQUESTS", { message, cause });
  if (cause instanceof BodyTooLargeError || cause instanceof BodyTooSlowError)
    return new TrustError("MALFORMED_UPLOAD", { message, cause });
  if (cause instanceof OciError)
    return cause.code === "NAME_UNKNOWN"
      ? new TrustError("METADATA_NOT_FOUND", { message, cause })
      : new TrustError("INVALID_GUN", { message, cause });
  if (isOutOfRoom(cause)) {
    log.warn({ err: cause }, "trust data refused for lack of room");
    return new TrustError("NO_STORAGE", { cause });
  }
  if (cause instanceof DatabaseBusyError || cause instanceof LoginUnavailable)
    return new TrustError("UPDATING", { message, cause });
  const id = requestIdOf(request);
  log.error({ err: cause, requestId: id }, "request failed");
  return new TrustError("UNKNOWN", { message: `internal error; the hub's log has it under ${id}` });
}

function isOutOfRoom(cause: unknown): boolean {
  return (
    cause instanceof StorageFullError || cause instanceof DatabaseFullError || isDiskFull(cause)
  );
}
