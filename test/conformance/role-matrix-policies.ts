import { type ApiCase, type Expected, OPERATE, READ } from "./roles.ts";

const PATH = "/api/v1/pull-policies";
const RULES = { notEndOfLife: true };
/** There is no policy of that name, and no tag latest. */
const nothing = (expected: Expected) =>
  Object.fromEntries(
    Object.entries(expected).map(([role, outcome]) => [role, outcome === "yes" ? "404" : outcome]),
  ) as Expected;

/** Of the hub, unless a scope is named; the scopes of organizations and repositories are in pull-policies.test.ts. */
export const POLICY_CASES: Readonly<Record<string, ApiCase>> = {
  [`GET ${PATH}`]: { expected: OPERATE },
  [`PUT ${PATH}`]: { body: { mode: "off", rules: RULES }, expected: OPERATE },
  [`POST ${PATH}/simulations`]: { body: { mode: "off", rules: RULES }, expected: OPERATE },
  [`GET ${PATH}/exceptions`]: { expected: OPERATE },
  [`POST ${PATH}/exceptions`]: {
    body: { repository: "acme/none", reason: "because", expiresInDays: 1 },
    expected: nothing(OPERATE),
  },
  [`DELETE ${PATH}/exceptions`]: { expected: OPERATE },
  [`GET ${PATH}/reports`]: { expected: OPERATE },
  [`DELETE ${PATH}`]: { expected: OPERATE },
  [`GET ${PATH}/explanations/{*}`]: { expected: nothing(READ) },
};
