import { ADMIN, ALL, type ApiCase, BY_RIGHT, type Expected, READ } from "./roles.ts";

/** What pages ask; lists hold what the caller may see. */
export const PAGE_CASES: Readonly<Record<string, ApiCase>> = {
  "GET /api/v1/hub": { expected: ALL },
  "POST /api/v1/policy-reports": { body: { "csp-report": {} }, expected: ALL },
  "GET /api/v1/catalog/repositories": { expected: ALL },
  "GET /api/v1/catalog/repositories/{*}": { expected: READ },
  "GET /api/v1/repository-categories/{*}": { expected: READ },
  "PUT /api/v1/repository-categories/{*}": { body: { categories: [] }, expected: ADMIN },
  "GET /api/v1/catalog/activity/{*}": { expected: READ },
  "GET /api/v1/catalog/tags/{*}": { expected: READ },
  // There is no tag latest: hidden from nobody who may look.
  "GET /api/v1/catalog/images/{*}": {
    expected: Object.fromEntries(
      Object.entries(READ).map(([role, word]) => [role, word === "yes" ? "404" : word]),
    ) as Expected,
  },
  "POST /api/v1/tag-deletions/{*}": {
    body: { tags: ["nothing"] },
    expected: BY_RIGHT.delete as Expected,
  },
  "GET /api/v1/catalog/organizations/{organization}": { expected: ALL },
};
