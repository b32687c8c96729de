import { ALL, type ApiCase, BY_RIGHT, type Expected, READ } from "./roles.ts";

/** There is no tag latest: hidden from nobody who may look. */
function absent(expected: Expected): Expected {
  return Object.fromEntries(
    Object.entries(expected).map(([role, outcome]) => [role, outcome === "yes" ? "404" : outcome]),
  ) as Expected;
}

/** Whoever may pull an image may know what is in it; lists hold what the caller may see. */
export const SCAN_CASES: Readonly<Record<string, ApiCase>> = {
  "GET /api/v1/scans/{*}": { expected: absent(READ) },
  "POST /api/v1/scans/{*}": {
    body: { reference: "latest" },
    expected: absent(BY_RIGHT.push as Expected),
  },
  "GET /api/v1/layers/{*}": { expected: absent(READ) },
  "GET /api/v1/sboms/{*}": { expected: absent(READ) },
  "POST /api/v1/sboms/{*}": { body: {}, expected: absent(BY_RIGHT.push as Expected) },
  "POST /api/v1/vex-attachments/{*}": { body: {}, expected: absent(BY_RIGHT.push as Expected) },
  "GET /api/v1/sbom-comparisons/{*}": { expected: absent(READ) },
  "GET /api/v1/file-comparisons/{*}": { expected: absent(READ) },
  "GET /api/v1/scan-comparisons/{*}": { expected: absent(READ) },
  "GET /api/v1/finding-exports": { expected: ALL },
  "GET /api/v1/advisories": { expected: ALL },
  "GET /api/v1/findings": { expected: ALL },
  "GET /api/v1/packages": { expected: ALL },
};
