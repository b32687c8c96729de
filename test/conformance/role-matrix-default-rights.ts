import { type ApiCase, INSPECT, OWNER } from "./roles.ts";

const PATH = "/api/v1/namespaces/{namespace}/default-rights";
const RIGHT = { account: "stranger", actions: ["pull"] };

/** What new repositories come with; nothing is made after it here. */
export const DEFAULT_RIGHT_CASES: Readonly<Record<string, ApiCase>> = {
  [`GET ${PATH}`]: { expected: INSPECT },
  [`PUT ${PATH}`]: { body: RIGHT, expected: OWNER },
  [`DELETE ${PATH}`]: { expected: OWNER },
};
