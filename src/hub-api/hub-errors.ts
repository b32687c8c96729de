import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { LoginUnavailable, SecondFactorRequired, TooManyAttempts } from "../access/index.ts";
import { OCI_ERRORS, OciError } from "../oci/error.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import { isTagRefusal } from "../registry/index.ts";

/** More requests than one may send in a time. */
export class RateLimitExceeded extends Error {
  override readonly name = "RateLimitExceeded";
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super(`too many requests: wait ${retryAfterSeconds} seconds`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Refusals as Docker Hub words them; whatever else is thrown goes to the application's own handler. */
export function answerHubError(
  error: FastifyError,
  _request: FastifyRequest,
  reply: FastifyReply,
): void {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const fields = Object.fromEntries(
      error.validation.map(({ instancePath, message = "is not valid" }) => [
        instancePath.replace(/^\//, "") || "body",
        [message],
      ]),
    );
    const text = Object.entries(fields)
      .map(([field, messages]) => `${field}: ${messages.join(", ")}`)
      .join("; ");
    void send(reply, 400, { fields, text, detail: text, message: text });
    return;
  }
  if (error instanceof TooManyAttempts || error instanceof RateLimitExceeded) {
    const at = Math.floor(Date.now() / 1000) + error.retryAfterSeconds;
    reply.header("Retry-After", error.retryAfterSeconds).header("X-Retry-After", at);
    void send(reply, 429, { detail: "Rate limit exceeded", error: false });
    return;
  }
  const status = statusOf(error);
  if (status === undefined) throw error;
  const detail = status === 404 ? "object not found" : error.message;
  void send(reply, status, { detail, message: detail, errinfo: {} });
}

function statusOf(error: Error): number | undefined {
  if (error instanceof SecondFactorRequired) return 401;
  if (error instanceof ProblemError) return error.status;
  if (error instanceof LoginUnavailable) return 503;
  if (error instanceof OciError && error.code === "MANIFEST_UNKNOWN") return 404;
  if (isTagRefusal(error)) return OCI_ERRORS[error.code].status;
  const { statusCode } = error as { statusCode?: unknown };
  return typeof statusCode === "number" && statusCode < 500 ? statusCode : undefined;
}

function send(reply: FastifyReply, status: number, body: unknown): FastifyReply {
  return reply.code(status).type("application/json").serializer(JSON.stringify).send(body);
}
