import { type ApiCase, type Expected, OPERATE, ROLES } from "./roles.ts";

const AGENTS = "/api/v1/build-agents";
const JOB = "/api/v1/build-agent/jobs/{job}";
/** Nobody's password is an agent's token. */
const AGENT = Object.fromEntries(ROLES.map((role) => [role, "401"])) as Expected;

/** Administrators say which machines build; what these ask takes their tokens. */
export const BUILD_AGENT_CASES: Readonly<Record<string, ApiCase>> = {
  [`GET ${AGENTS}`]: { expected: OPERATE },
  [`POST ${AGENTS}`]: { body: { name: "builder-1" }, expected: OPERATE },
  [`DELETE ${AGENTS}/{name}`]: { expected: { ...OPERATE, administrator: "404" } },
  "POST /api/v1/build-agent/claim": { expected: AGENT },
  [`POST ${JOB}/heartbeat`]: { expected: AGENT },
  [`POST ${JOB}/progress`]: { body: { offset: 0, output: "", steps: [] }, expected: AGENT },
  [`POST ${JOB}/end`]: { body: { kind: "failed", why: "-" }, expected: AGENT },
  [`GET ${JOB}/source`]: { expected: AGENT },
  [`GET ${JOB}/bases/{index}`]: { expected: AGENT },
  [`GET ${JOB}/images/{index}`]: { expected: AGENT },
  [`PUT ${JOB}/images/{index}/{file}`]: { expected: AGENT },
};
