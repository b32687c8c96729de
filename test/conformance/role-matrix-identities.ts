import { ALL, type ApiCase, type Expected, forPeople, OPERATE, PERSON, ROLES } from "./roles.ts";

const UNKNOWN = Object.fromEntries(ROLES.map((role) => [role, "404"])) as Expected;

/** No directory and no provider is configured here, so nobody can be linked. */
export const IDENTITY_CASES: Readonly<Record<string, ApiCase>> = {
  "GET /api/v1/account/identities": { expected: PERSON },
  "DELETE /api/v1/account/identities/{id}": { expected: { ...PERSON, ...forPeople("404") } },
  "POST /api/v1/account/identities": {
    body: { provider: "x" },
    expected: { ...PERSON, ...forPeople("404") },
  },
  "GET /api/v1/login/providers": { expected: ALL },
  "GET /api/v1/login/oidc/{provider}": { expected: UNKNOWN },
  "GET /api/v1/login/oidc/{provider}/callback": { expected: UNKNOWN },
  "POST /api/v1/login/command": { body: { code: "x", verifier: "x" }, expected: ALL },
  // Without the cookie of a login there is nothing to allow.
  "GET /api/v1/login/command/consent": { expected: ALL },
  "POST /api/v1/login/command/consent": { expected: ALL },
  "GET /api/v1/users/{name}/identities": { expected: OPERATE },
  "POST /api/v1/users/{name}/identities": {
    body: { provider: "ldap", user: "x" },
    expected: { ...OPERATE, administrator: "404" },
  },
  "DELETE /api/v1/users/{name}/identities/{id}": {
    expected: { ...OPERATE, administrator: "404" },
  },
};
