import { ALL, type ApiCase, forPeople, OPERATE, PERSON } from "./roles.ts";

/** Nobody here comes with a session: what it takes one for is not there. */
export const SESSION_CASES: Readonly<Record<string, ApiCase>> = {
  "GET /api/v1/session": { expected: { ...PERSON, ...forPeople("404") } },
  "DELETE /api/v1/session": { expected: ALL },
  "POST /api/v1/session/confirm": {
    body: { password: "not the password" },
    expected: { ...PERSON, ...forPeople("404"), limited: "404", robot: "404" },
  },
  "GET /api/v1/account/sessions": { expected: PERSON },
  "DELETE /api/v1/account/sessions": { expected: PERSON },
  "DELETE /api/v1/account/sessions/{id}": { expected: { ...PERSON, ...forPeople("404") } },
  "GET /api/v1/users/{name}/sessions": { expected: OPERATE },
  "DELETE /api/v1/users/{name}/sessions": { expected: OPERATE },
  "DELETE /api/v1/users/{name}/sessions/{id}": { expected: { ...OPERATE, administrator: "404" } },
};
