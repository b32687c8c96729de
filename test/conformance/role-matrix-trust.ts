import { ADMIN, type ApiCase, type Expected, READ } from "./roles.ts";

/** Nothing is signed there: those who may are told that there is nothing. */
function absent(expected: Expected): Expected {
  return Object.fromEntries(
    Object.entries(expected).map(([role, outcome]) => [role, outcome === "yes" ? "404" : outcome]),
  ) as Expected;
}

/** Whoever may pull may see who signed; whoever may delete the repository may end it. */
export const TRUST_CASES: Readonly<Record<string, ApiCase>> = {
  "GET /api/v1/content-trust/{*}": { expected: READ },
  "GET /api/v1/content-trust-changes/{*}": { expected: READ },
  "DELETE /api/v1/content-trust/{*}": { expected: absent(ADMIN) },
};
