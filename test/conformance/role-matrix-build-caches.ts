import { ADMIN, type ApiCase, OPERATE, READ } from "./roles.ts";

const CACHES = "/api/v1/build-caches";

/** Who reads a repository sees what its layers take, who administers it has them forgotten, and operators see those of all. */
export const BUILD_CACHE_CASES: Readonly<Record<string, ApiCase>> = {
  [`GET ${CACHES}`]: { expected: OPERATE },
  [`GET ${CACHES}/of/{*}`]: { expected: READ },
  [`DELETE ${CACHES}/of/{*}`]: { expected: ADMIN },
};
