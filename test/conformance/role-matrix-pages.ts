import { ALL, type ApiCase, READ } from "./roles.ts";

/** What pages ask; lists hold what the caller may see. */
export const PAGE_CASES: Readonly<Record<string, ApiCase>> = {
  "GET /api/v1/hub": { expected: ALL },
  "POST /api/v1/policy-reports": { body: { "csp-report": {} }, expected: ALL },
  "GET /api/v1/catalog/repositories": { expected: ALL },
  "GET /api/v1/catalog/repositories/{*}": { expected: READ },
};
