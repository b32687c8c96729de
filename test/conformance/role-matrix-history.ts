import { ADMIN, type ApiCase, BY_RIGHT, type Expected, READ } from "./roles.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;
/** There is no such tag, and nothing to bring back: those who may are told so. */
const PUSH: Expected = { ...(BY_RIGHT.push as Expected) };

/** There is no tag latest to compare: hidden from nobody who may look. */
const READ_ABSENT = Object.fromEntries(
  Object.entries(READ).map(([role, outcome]) => [role, outcome === "yes" ? "404" : outcome]),
) as Expected;

export const HISTORY_CASES: Readonly<Record<string, ApiCase>> = {
  "GET /api/v1/tag-history/{*}": { expected: READ },
  "GET /api/v1/tag-states/{*}": { expected: READ },
  "GET /api/v1/tag-differences/{*}": { expected: READ_ABSENT },
  "POST /api/v1/tag-restorations/{*}": { body: { tag: "v1" }, expected: PUSH },
  "GET /api/v1/trash/tags/{*}": { expected: ADMIN },
  "GET /api/v1/trash/manifests/{*}": { expected: ADMIN },
  "POST /api/v1/trash/manifests/{*}": { body: { digest: DIGEST }, expected: ADMIN },
};
