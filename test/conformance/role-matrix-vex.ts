import {
  ADMIN,
  type ApiCase,
  type Expected,
  INSPECT,
  NOBODY,
  OPERATE,
  OWNER,
  READ,
} from "./roles.ts";

const PATH = "/api/v1/vex";
const DOCUMENTS = "/api/v1/vex-documents";
const EMPTY = { "@context": "https://openvex.dev/ns/v0.2.0", statements: [] };
const DECISION = { vulnerability: "CVE-2026-0", status: "affected", reason: "matrix" };

/** Who manages a place decides about what is found in it; who may see it sees what was decided. */
export const VEX_CASES: Readonly<Record<string, ApiCase>> = {
  ...placeCases("hub", OPERATE, OPERATE),
  ...placeCases("namespaces/{namespace}", INSPECT, OWNER),
  ...placeCases("repositories/{*}", READ, ADMIN),
  [`DELETE ${PATH}/decisions/{id}`]: { expected: { ...NOBODY, anonymous: "404" } },
};

function placeCases(place: string, reads: Expected, manages: Expected) {
  return {
    [`GET ${PATH}/${place}`]: { expected: reads },
    [`POST ${PATH}/${place}`]: { body: DECISION, expected: manages },
    [`GET ${DOCUMENTS}/${place}`]: { expected: reads },
    [`POST ${DOCUMENTS}/${place}`]: { body: { document: EMPTY }, expected: manages },
  };
}
