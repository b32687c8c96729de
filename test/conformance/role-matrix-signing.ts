import { type ApiCase, type Expected, INSPECT, OWNER, READ } from "./roles.ts";

/** There is no tag latest: hidden from nobody who may look. */
const NOTHING_THERE = Object.fromEntries(
  Object.entries(READ).map(([role, outcome]) => [role, outcome === "yes" ? "404" : outcome]),
) as Expected;

const PEM =
  "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n";

/** Whoever may pull an image may know who signed it; whose signatures count is said by those who own the place. */
export const SIGNING_CASES: Readonly<Record<string, ApiCase>> = {
  "GET /api/v1/signatures/{*}": { expected: NOTHING_THERE },
  "GET /api/v1/provenance/{*}": { expected: NOTHING_THERE },
  "GET /api/v1/trusted-signers/{place}": { expected: INSPECT },
  "POST /api/v1/trusted-signers/{place}": { body: { name: "x", pem: PEM }, expected: OWNER },
  "DELETE /api/v1/trusted-signers/{place}/{name}": { expected: OWNER },
};
