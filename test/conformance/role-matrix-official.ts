import {
  ALL,
  type ApiCase,
  type Expected,
  MEMBER,
  NOBODY,
  OPERATE,
  OWNER,
  SIGNED_IN,
} from "./roles.ts";

const PATH = "/api/v1/official";
const ONE = `${PATH}/submissions/{id}`;
/** Whoever is a person, or looks after the hub; what is made for repositories alone is neither. */
const PEOPLE: Expected = { ...SIGNED_IN, limited: "403", robot: "403" };
/** Reviewers, who are none of the roles. */
const REVIEWERS: Expected = { ...OWNER, owner: "403", administrator: "403" };
const NEW = { name: "matrix", definition: "", documents: {}, draft: true };

/** The submission that is asked for is one of the owner. Authors see what is theirs, reviewers all; administrators publish and name. */
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
  [`GET ${ONE}`]: { expected: MEMBER },
  [`GET ${ONE}/diff`]: { expected: MEMBER },
  [`POST ${ONE}/check`]: { expected: OWNER },
  [`POST ${ONE}/withdraw`]: { expected: OWNER },
  [`POST ${ONE}/notes`]: { body: { check: 5, text: "x" }, expected: REVIEWERS },
  [`POST ${ONE}/reviews`]: {
    body: { verdict: "approve", digest: `sha256:${"0".repeat(64)}` },
    expected: REVIEWERS,
  },
  [`POST ${ONE}/publish`]: { expected: OPERATE },
};
