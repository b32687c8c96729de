import { type ApiCase, OPERATE, PERSON, READ } from "./roles.ts";

/** Stars are people's: of what they may see. */
export const PULL_CASES: Readonly<Record<string, ApiCase>> = {
  "GET /api/v1/stars": { expected: PERSON },
  "PUT /api/v1/stars/{*}": { expected: { ...READ, limited: "403", robot: "403" } },
  "DELETE /api/v1/stars/{*}": { expected: { ...READ, limited: "403", robot: "403" } },
  "GET /api/v1/usage/pulls": { expected: { ...OPERATE, auditor: "yes" } },
  "GET /api/v1/usage/traffic": { expected: { ...OPERATE, auditor: "yes" } },
};
