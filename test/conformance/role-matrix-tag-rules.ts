import {
  ADMIN,
  type ApiCase,
  forPeople,
  MEMBER,
  OPERATE,
  OWNER,
  PERSON,
  READ,
  SIGNED_IN,
} from "./roles.ts";

/** Both of Docker Hub's addresses and our own; what is written changes nothing. */
export const TAG_RULE_CASES: Readonly<Record<string, ApiCase>> = {
  "GET /api/v1/tag-rules": { expected: SIGNED_IN },
  "PUT /api/v1/tag-rules": { body: {}, expected: OPERATE },
  "GET /api/v1/namespaces/{namespace}/tag-rules": { expected: MEMBER },
  "PUT /api/v1/namespaces/{namespace}/tag-rules": { body: {}, expected: OWNER },
  "GET /api/v1/tag-rules/{*}": { expected: READ },
  "PUT /api/v1/tag-rules/{*}": { body: { immutable: { enabled: false } }, expected: ADMIN },
  "GET /api/v1/tag-overrides/of/{*}": { expected: ADMIN },
  "POST /api/v1/tag-overrides": {
    body: { repository: "acme/api", tag: "1", reason: "to see who may" },
    expected: ADMIN,
  },
  "POST /api/v1/tag-overrides/{id}/approve": { expected: { ...PERSON, ...forPeople("404") } },
  "DELETE /api/v1/tag-overrides/{id}": { expected: { ...PERSON, ...forPeople("404") } },
  ...hubCases("/v2/namespaces/{namespace}/repositories/{repository}"),
  ...hubCases("/v2/repositories/{namespace}/{repository}"),
};

function hubCases(base: string): Record<string, ApiCase> {
  return {
    [`PATCH ${base}/immutabletags`]: { body: { immutable_tags: false }, expected: ADMIN },
    [`POST ${base}/immutabletags/verify`]: { body: { regex: "v.*" }, expected: ADMIN },
  };
}
