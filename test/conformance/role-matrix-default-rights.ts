import { type ApiCase, INSPECT, OWNER } from "./roles.ts";

const PATH = "/api/v1/namespaces/{namespace}/default-rights";
// To somebody who sees what is made after it anyway.
const RIGHT = { account: "auditor", actions: ["pull"] };

/** What new repositories come with. */
export const DEFAULT_RIGHT_CASES: Readonly<Record<string, ApiCase>> = {
  [`GET ${PATH}`]: { expected: INSPECT },
  [`PUT ${PATH}`]: { body: RIGHT, expected: OWNER },
  [`DELETE ${PATH}`]: { expected: OWNER },
};
