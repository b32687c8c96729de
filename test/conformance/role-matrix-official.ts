import { ALL, type ApiCase, type Expected, NOBODY, OPERATE, SIGNED_IN } from "./roles.ts";

const PATH = "/api/v1/official";
const ONE = `${PATH}/submissions/{id}`;
/** Whoever is a person, or looks after the hub; what is made for repositories alone is neither. */
const PEOPLE: Expected = { ...SIGNED_IN, limited: "403", robot: "403" };
const NEW = { name: "matrix", definition: "", documents: {}, draft: true };

/** Authors see what is theirs, reviewers all; administrators publish and name. */
export const OFFICIAL_CASES: Readonly<Record<string, ApiCase>> = {
  [`GET ${PATH}/images`]: { expected: ALL },
  [`GET ${PATH}/images/{name}`]: { expected: { ...NOBODY, anonymous: "404" } },
  [`PUT ${PATH}/images/{name}/status`]: {
    body: { status: "retired" },
    expected: { ...OPERATE, administrator: "404" },
  },
  [`GET ${PATH}/publishers`]: { expected: ALL },
  [`PUT ${PATH}/publishers/{name}`]: { expected: OPERATE },
  [`DELETE ${PATH}/publishers/{name}`]: { expected: { ...OPERATE, administrator: "404" } },
  [`GET ${PATH}/reviewers`]: { expected: OPERATE },
  [`PUT ${PATH}/reviewers/{name}`]: { expected: OPERATE },
  [`DELETE ${PATH}/reviewers/{name}`]: { expected: { ...OPERATE, administrator: "404" } },
  [`GET ${PATH}/submissions`]: { expected: PEOPLE },
  [`POST ${PATH}/submissions`]: { body: NEW, expected: PEOPLE },
  [`GET ${ONE}`]: { expected: NOBODY },
  [`GET ${ONE}/diff`]: { expected: NOBODY },
  [`POST ${ONE}/check`]: { expected: NOBODY },
  [`POST ${ONE}/withdraw`]: { expected: NOBODY },
  [`POST ${ONE}/notes`]: { body: { check: 5, text: "x" }, expected: NOBODY },
  [`POST ${ONE}/reviews`]: {
    body: { verdict: "approve", digest: `sha256:${"0".repeat(64)}` },
    expected: NOBODY,
  },
  [`POST ${ONE}/publish`]: { expected: { ...OPERATE, administrator: "404" } },
};
