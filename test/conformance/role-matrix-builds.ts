import { ADMIN, ALL, type ApiCase, BY_RIGHT, type Expected, NOBODY, READ } from "./roles.ts";

const PATH = "/api/v1/builds";
const SOURCES = "/api/v1/build-sources";
const PUSH = BY_RIGHT.push as Expected;

/** Whoever reads a repository sees its builds, whoever writes starts them, whoever administers sets their rules. */
export const BUILD_CASES: Readonly<Record<string, ApiCase>> = {
  "GET /api/v1/build-advice/{*}": { expected: READ },
  "GET /api/v1/build-rules/{*}": { expected: READ },
  "PUT /api/v1/build-rules/{*}": { body: { rules: [] }, expected: ADMIN },
  "POST /api/v1/build-rule-imports/{*}": {
    body: { text: "Branch\tmain\tlatest" },
    expected: ADMIN,
  },
  "POST /api/v1/build-rule-previews/{*}": { body: { ref: "refs/heads/main" }, expected: READ },
  "GET /api/v1/build-secrets/of/{*}": { expected: ADMIN },
  "PUT /api/v1/build-secrets/of/{*}": { body: { name: "a", value: "b" }, expected: ADMIN },
  "DELETE /api/v1/build-secrets/named/{secret}/{*}": { expected: ADMIN },
  "GET /api/v1/build-triggers/of/{*}": { expected: ADMIN },
  "POST /api/v1/build-triggers/of/{*}": {
    body: { label: "a" },
    expected: ADMIN,
  },
  "DELETE /api/v1/build-triggers/one/{id}": { expected: NOBODY },
  [`GET ${SOURCES}/of/{*}`]: { expected: PUSH },
  [`POST ${SOURCES}/of/{*}`]: { body: { url: "https://git.example/a.git" }, expected: ADMIN },
  [`DELETE ${SOURCES}/of/{*}`]: { expected: ADMIN },
  [`POST ${SOURCES}/fetch/{*}`]: { expected: PUSH },
  [`GET ${PATH}/of/{*}`]: { expected: READ },
  [`POST ${PATH}/of/{*}`]: { body: { ref: "refs/heads/main" }, expected: PUSH },
  [`GET ${PATH}/{id}`]: { expected: NOBODY },
  [`GET ${PATH}/{id}/log`]: { expected: NOBODY },
  [`POST ${PATH}/{id}/cancel`]: { expected: NOBODY },
  [`POST ${PATH}/{id}/retry`]: { expected: NOBODY },
  [`GET ${PATH}/{id}/steps`]: { expected: NOBODY },
  "GET /api/v1/build-logs/{*}": { expected: READ },
  // A badge says the same of what is hidden and of what is not there.
  "GET /badge/{*}": { expected: ALL },
  "GET /api/v1/build-bases/{*}": { expected: READ },
};
