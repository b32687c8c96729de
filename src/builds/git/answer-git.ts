import type { FastifyReply, FastifyRequest } from "fastify";
import { ProblemError, toProblem } from "../../platform/http/api/index.ts";

/** What git's own clients, JGit and go-git call themselves. */
const GIT = /^j?git\//i;

/** Git shows people what is plain text ("remote: ...") and nothing else, so a problem would leave them with its status. */
export async function answerGit(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const problem = toProblem(error);
  // Whatever is thrown here goes on to the handler of everything else.
  if (problem === undefined || !GIT.test(request.headers["user-agent"] ?? "")) throw error;
  if (error instanceof ProblemError && error.retryAfterSeconds !== undefined)
    reply.header("Retry-After", error.retryAfterSeconds);
  const text = `${problem.detail ?? problem.title}\n`;
  await reply.code(problem.status).type("text/plain; charset=utf-8").send(text);
}
