import { type ApiCase, MEMBER, OPERATE, OWNER, READ } from "./roles.ts";

/** Whoever is bound by a quota sees it; nobody raises their own. */
export const QUOTA_CASES: Readonly<Record<string, ApiCase>> = {
  "GET /api/v1/quotas/hub": { expected: { ...OPERATE, auditor: "yes" } },
  "PATCH /api/v1/quotas/hub": { body: {}, expected: OPERATE },
  "GET /api/v1/quotas/namespaces/{namespace}": { expected: MEMBER },
  "PATCH /api/v1/quotas/namespaces/{namespace}": { body: {}, expected: OPERATE },
  "GET /api/v1/quotas/repositories/{*}": { expected: READ },
  "PATCH /api/v1/quotas/repositories/{*}": { body: {}, expected: OWNER },
  "GET /api/v1/usage/series/hub": { expected: { ...OPERATE, auditor: "yes" } },
  "GET /api/v1/usage/series/namespaces/{namespace}": { expected: MEMBER },
  "GET /api/v1/usage/series/repositories/{*}": { expected: READ },
  "GET /api/v1/usage/days/hub": { expected: { ...OPERATE, auditor: "yes" } },
  "GET /api/v1/usage/days/namespaces/{namespace}": { expected: MEMBER },
  "GET /api/v1/usage/days/repositories/{*}": { expected: READ },
  "GET /api/v1/usage/growth": { expected: { ...OPERATE, auditor: "yes" } },
  "GET /api/v1/usage/freed-days": { expected: { ...OPERATE, auditor: "yes" } },
  "GET /api/v1/usage/freed/{*}": { expected: READ },
  "POST /api/v1/usage/freed/{*}": { body: { tags: ["nothing"] }, expected: READ },
};
