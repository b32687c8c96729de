import { type ApiCase, BY_RIGHT, type Expected } from "./roles.ts";

/** Whoever writes to a repository uploads what is built. */
export const BUILD_UPLOAD_CASES: Readonly<Record<string, ApiCase>> = {
  "POST /api/v1/build-uploads/{*}": { expected: BY_RIGHT.push as Expected },
};
