import type { FastifyReply } from "fastify";
import { PROBLEMS } from "../contract/problems.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import { LoginUnavailable } from "./login-unavailable.ts";
import { TooManyAttempts } from "./too-many-attempts.ts";

/** Whoever is shut out for wrong secrets is told for how long. Throws TOO_MANY_ATTEMPTS or LOGIN_UNAVAILABLE. */
export async function answerTooMany<T>(reply: FastifyReply, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof LoginUnavailable)
      throw new ProblemError(PROBLEMS.LOGIN_UNAVAILABLE, { detail: cause.message, cause });
    if (!(cause instanceof TooManyAttempts)) throw cause;
    reply.header("Retry-After", cause.retryAfterSeconds);
    throw new ProblemError(PROBLEMS.TOO_MANY_ATTEMPTS, { detail: cause.message, cause });
  }
}
