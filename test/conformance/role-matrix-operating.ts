import { type ApiCase, INSPECT, OPERATE, OWNER } from "./roles.ts";

// Of no hub that does not know its own address, so it is never made.
const CI_RULE = {
  name: "ci",
  issuer: "https://issuer.example.com",
  claims: { repository: "acme/api" },
  repositories: ["acme/api"],
  actions: ["pull"],
};

/** What those who run the hub look at. */
export const OPERATING_CASES: Readonly<Record<string, ApiCase>> = {
  "GET /api/v1/settings": { expected: { ...OPERATE, auditor: "yes" } },
  "GET /api/v1/jobs/failed-scans": { expected: { ...OPERATE, auditor: "yes" } },
  "GET /api/v1/ci-rules": { expected: { ...OPERATE, auditor: "yes" } },
  "POST /api/v1/ci-rules": { body: { ...CI_RULE, account: "owner" }, expected: OPERATE },
  "DELETE /api/v1/ci-rules/{id}": { expected: OPERATE },
  "GET /api/v1/organizations/{organization}/ci-rules": { expected: INSPECT },
  "POST /api/v1/organizations/{organization}/ci-rules": { body: CI_RULE, expected: OWNER },
  "DELETE /api/v1/organizations/{organization}/ci-rules/{id}": { expected: OWNER },
  "GET /api/v1/jobs": { expected: { ...OPERATE, auditor: "yes" } },
};
