import { type ApiCase, INSPECT, OWNER } from "./roles.ts";

const ROLES_PATH = "/api/v1/organizations/{organization}/roles";

/** Roles of an organization's own making. What custom roles may do is in `custom-roles.test.ts`. */
export const ROLE_CASES: Readonly<Record<string, ApiCase>> = {
  [`GET ${ROLES_PATH}`]: { expected: INSPECT },
  [`POST ${ROLES_PATH}`]: {
    body: { name: "-", permissions: ["member.read"] },
    expected: OWNER,
  },
  [`GET ${ROLES_PATH}/{role}`]: { expected: INSPECT },
  [`PATCH ${ROLES_PATH}/{role}`]: { body: {}, expected: OWNER },
  [`DELETE ${ROLES_PATH}/{role}`]: { expected: OWNER },
};
