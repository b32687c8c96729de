import { type ApiCase, INSPECT, MEMBER, OPERATE, OWNER } from "./roles.ts";

const RESOURCES = [{ type: "TYPE_REPO", path: "acme/*", scopes: ["repo-pull"] }];
const GROUPS = "/v2/orgs/{organization}/groups";
const TOKENS = "/v2/orgs/{organization}/access-tokens";

/** Docker Hub's addresses of organizations, which hold to the same rights as our own. */
export const HUB_ORGANIZATION_CASES: Readonly<Record<string, ApiCase>> = {
  "GET /v2/orgs/{organization}/members": { expected: MEMBER },
  "GET /v2/orgs/{organization}/members/export": { expected: OWNER },
  "PUT /v2/orgs/{organization}/members/{user}": { body: { role: "editor" }, expected: OWNER },
  "DELETE /v2/orgs/{organization}/members/{user}": { expected: OWNER },
  [`GET ${GROUPS}`]: { expected: MEMBER },
  [`POST ${GROUPS}`]: { body: { name: "-" }, expected: OWNER },
  [`GET ${GROUPS}/{group}`]: { expected: MEMBER },
  [`PUT ${GROUPS}/{group}`]: { body: {}, expected: OWNER },
  [`PATCH ${GROUPS}/{group}`]: { body: {}, expected: OWNER },
  [`DELETE ${GROUPS}/{group}`]: { expected: OWNER },
  [`GET ${GROUPS}/{group}/members`]: { expected: MEMBER },
  [`POST ${GROUPS}/{group}/members`]: { body: { member: "owner" }, expected: OWNER },
  [`DELETE ${GROUPS}/{group}/members/{user}`]: { expected: OWNER },
  "POST /v2/repositories/{namespace}/{repository}/groups": {
    body: { group_id: 1, permission: "read" },
    expected: OWNER,
  },
  [`GET ${TOKENS}`]: { expected: INSPECT },
  [`POST ${TOKENS}`]: { body: { label: "-", resources: RESOURCES }, expected: OWNER },
  [`GET ${TOKENS}/{id}`]: { expected: INSPECT },
  [`PATCH ${TOKENS}/{id}`]: { body: {}, expected: OWNER },
  [`DELETE ${TOKENS}/{id}`]: { expected: OWNER },
  "GET /v2/orgs/{organization}/settings": { expected: MEMBER },
  "PUT /v2/orgs/{organization}/settings": {
    body: {
      restricted_images: {
        enabled: false,
        allow_official_images: true,
        allow_verified_publishers: true,
      },
    },
    expected: OWNER,
  },
  "GET /v2/auditlogs/{account}": {
    expected: { ...OWNER, auditor: "yes" },
  },
  "GET /v2/auditlogs/{account}/actions": {
    expected: { ...OWNER, auditor: "yes" },
  },
};

const SCIM = "/v2/scim/2.0";
const USER = { schemas: [], userName: "nobody@example.com", displayName: "-" };

/** For the identity provider, and for whoever runs the hub. */
export const SCIM_CASES: Readonly<Record<string, ApiCase>> = {
  [`GET ${SCIM}/ServiceProviderConfig`]: { expected: OPERATE },
  [`GET ${SCIM}/ResourceTypes`]: { expected: OPERATE },
  [`GET ${SCIM}/ResourceTypes/{name}`]: { expected: OPERATE },
  [`GET ${SCIM}/Schemas`]: { expected: OPERATE },
  [`GET ${SCIM}/Schemas/{id}`]: { expected: OPERATE },
  [`GET ${SCIM}/Users`]: { expected: OPERATE },
  [`POST ${SCIM}/Users`]: { body: USER, expected: OPERATE },
  [`GET ${SCIM}/Users/{id}`]: { expected: OPERATE },
  [`PUT ${SCIM}/Users/{id}`]: { body: { schemas: [] }, expected: OPERATE },
};
