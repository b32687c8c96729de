import { ADMIN, type ApiCase, OWNER } from "./roles.ts";

/** What changes which names there are. Deletions get a repository of their own, with the same rights to it. */
export const MOVE_CASES: Readonly<Record<string, ApiCase>> = {
  "DELETE /api/v1/repositories/{*}": { expected: ADMIN },
  "DELETE /v2/repositories/{namespace}/{repository}": { expected: ADMIN },
  "POST /api/v1/repository-moves": {
    body: { from: "acme/api", to: "acme/api" },
    expected: ADMIN,
  },
  "POST /api/v1/namespaces/{namespace}/rename": { body: { name: "-" }, expected: OWNER },
};
