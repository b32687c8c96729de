import { z } from "zod";

/** The body of every refusal under /api/ (RFC 9457, application/problem+json). */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  /** Where a body or a query does not fit the contract, and why. */
  errors: z.array(z.object({ at: z.string(), message: z.string() })).optional(),
});
