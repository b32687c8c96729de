import { ADMIN, type ApiCase, INSPECT, NOBODY, OPERATE, OWNER, READ, SIGNED_IN } from "./roles.ts";

const PATH = "/api/v1/retention";
const HERE = { scope: { kind: "repository", name: "acme/api" } };

/** What is asked of runs is about one that is not there; what is written changes nothing. */
export const RETENTION_CASES: Readonly<Record<string, ApiCase>> = {
  [`POST ${PATH}/check`]: { body: { policy: "keep 30d" }, expected: SIGNED_IN },
  ...placeCases(`${PATH}/hub`, OPERATE, OPERATE),
  ...placeCases(`${PATH}/namespaces/{namespace}`, INSPECT, OWNER),
  ...placeCases(`${PATH}/repositories/{*}`, READ, ADMIN),
  [`POST ${PATH}/simulations`]: { body: HERE, expected: ADMIN },
  [`GET ${PATH}/runs`]: { expected: OPERATE },
  [`POST ${PATH}/runs`]: { body: HERE, expected: ADMIN },
  [`GET ${PATH}/runs/{id}`]: { expected: NOBODY },
  [`GET ${PATH}/runs/{id}/removals`]: { expected: NOBODY },
  [`POST ${PATH}/runs/{id}/cancel`]: { expected: NOBODY },
  [`POST ${PATH}/runs/{id}/undo`]: { expected: NOBODY },
};

function placeCases(path: string, reads: ApiCase["expected"], manages: ApiCase["expected"]) {
  return {
    [`GET ${path}`]: { expected: reads },
    [`PUT ${path}`]: { body: { policy: "keep 30d" }, expected: manages },
    [`DELETE ${path}`]: { expected: manages },
  };
}
