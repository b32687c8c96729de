import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { DatabaseBusyError, DatabaseFullError } from "../../db/index.ts";
import { type Problem, ProblemError } from "./problem.ts";

/** What the client is told about an error that is its own; undefined for ours. */
export function toProblem(error: unknown): Problem | undefined {
  if (error instanceof ProblemError) {
    const { type, title, status, message } = error;
    return { type, title, status, ...(message === title ? {} : { detail: message }) };
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const part = error.validationContext ?? "request";
    return {
      type: "about:blank",
      title: "the request does not fit the contract",
      status: 400,
      errors: error.validation.map(({ instancePath, message = "is not valid" }) => ({
        at: `${part}${instancePath}`,
        message,
      })),
    };
  }
  return toStoreProblem(error) ?? toReadingProblem(error);
}

/** What passes by itself, or with the operator's help; nothing of the request was done. */
function toStoreProblem(error: unknown): Problem | undefined {
  const type = "about:blank";
  if (error instanceof DatabaseBusyError)
    return { type, title: "the hub cannot write now, try again", status: 503 };
  if (error instanceof DatabaseFullError)
    return { type, title: "the hub has no room left", status: 507 };
  return undefined;
}

/** Fastify's own refusals: a body that is no JSON, too large, or of an unknown type. */
function toReadingProblem(error: unknown): Problem | undefined {
  if (!(error instanceof Error && "code" in error && "statusCode" in error)) return undefined;
  const { code, statusCode: status, message: detail } = error;
  if (typeof code !== "string" || !code.startsWith("FST_ERR_")) return undefined;
  if (typeof status !== "number" || status < 400 || status >= 500) return undefined;
  return { type: "about:blank", title: "the request could not be read", status, detail };
}
