import { type ApiCase, forPeople, OPERATE, PERSON } from "./roles.ts";

/** No directory and no provider is configured here, so nobody can be linked. */
export const IDENTITY_CASES: Readonly<Record<string, ApiCase>> = {
  "GET /api/v1/account/identities": { expected: PERSON },
  "DELETE /api/v1/account/identities/{id}": { expected: { ...PERSON, ...forPeople("404") } },
  "GET /api/v1/users/{name}/identities": { expected: OPERATE },
  "POST /api/v1/users/{name}/identities": {
    body: { provider: "ldap", user: "x" },
    expected: { ...OPERATE, administrator: "404" },
  },
  "DELETE /api/v1/users/{name}/identities/{id}": {
    expected: { ...OPERATE, administrator: "404" },
  },
};
