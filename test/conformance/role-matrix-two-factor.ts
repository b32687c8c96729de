import { type ApiCase, forPeople, OPERATE, OWNER, PERSON } from "./roles.ts";

/** Nobody here has it on: what asks for a code is refused for that. */
export const TWO_FACTOR_CASES: Readonly<Record<string, ApiCase>> = {
  "GET /api/v1/account/two-factor": { expected: PERSON },
  "POST /api/v1/account/two-factor": { expected: PERSON },
  "POST /api/v1/account/two-factor/confirm": {
    body: { code: "no code at all" },
    expected: { ...PERSON, ...forPeople("403") },
  },
  "DELETE /api/v1/account/two-factor": { body: { code: "000000" }, expected: PERSON },
  "POST /api/v1/account/two-factor/recovery-codes": {
    body: { code: "000000" },
    expected: PERSON,
  },
  "DELETE /api/v1/users/{name}/two-factor": { expected: OPERATE },
  "GET /api/v1/organizations/{organization}/two-factor": { expected: OWNER },
  "PUT /api/v1/organizations/{organization}/two-factor": {
    body: { required: false },
    expected: OWNER,
  },
};
