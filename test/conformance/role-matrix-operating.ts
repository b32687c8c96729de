import { type ApiCase, INSPECT, OPERATE } from "./roles.ts";

/** What those who run the hub look at. */
export const OPERATING_CASES: Readonly<Record<string, ApiCase>> = {
  "GET /api/v1/settings": { expected: { ...OPERATE, auditor: "yes" } },
  "GET /api/v1/jobs/failed-scans": { expected: { ...OPERATE, auditor: "yes" } },
  "GET /api/v1/ci-rules": { expected: { ...OPERATE, auditor: "yes" } },
  "GET /api/v1/organizations/{organization}/ci-rules": { expected: INSPECT },
  "GET /api/v1/jobs": { expected: { ...OPERATE, auditor: "yes" } },
};
