import { type ApiCase, READ } from "./roles.ts";

/** Who can grant what is missing: for whoever may see the repository. */
export const ACCESS_HELP_CASES: Readonly<Record<string, ApiCase>> = {
  "GET /api/v1/repository-access/{*}": { expected: READ },
  "GET /r/{*}": { expected: READ },
};
