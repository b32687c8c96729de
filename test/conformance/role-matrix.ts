import { ACCESS_HELP_CASES } from "./role-matrix-access-help.ts";
import { BUILD_AGENT_CASES } from "./role-matrix-build-agents.ts";
import { BUILD_CACHE_CASES } from "./role-matrix-build-caches.ts";
import { BUILD_UPLOAD_CASES } from "./role-matrix-build-uploads.ts";
import { BUILD_CASES } from "./role-matrix-builds.ts";
import { DEFAULT_RIGHT_CASES } from "./role-matrix-default-rights.ts";
import { HISTORY_CASES } from "./role-matrix-history.ts";
import { HUB_ORGANIZATION_CASES, SCIM_CASES } from "./role-matrix-hub.ts";
import { IDENTITY_CASES } from "./role-matrix-identities.ts";
import { INVITATION_CASES } from "./role-matrix-invitations.ts";
import { MOVE_CASES } from "./role-matrix-moves.ts";
import { OFFICIAL_CASES } from "./role-matrix-official.ts";
import { OPERATING_CASES } from "./role-matrix-operating.ts";
import { ROLE_CASES } from "./role-matrix-organization-roles.ts";
import { PAGE_CASES } from "./role-matrix-pages.ts";
import { POLICY_CASES } from "./role-matrix-policies.ts";
import { PREVIEW_CASES } from "./role-matrix-previews.ts";
import { PULL_CASES } from "./role-matrix-pulls.ts";
import { QUOTA_CASES } from "./role-matrix-quotas.ts";
import { RETENTION_CASES } from "./role-matrix-retention.ts";
import { SCAN_CASES } from "./role-matrix-scans.ts";
import { SESSION_CASES } from "./role-matrix-sessions.ts";
import { SIGN_UP_CASES } from "./role-matrix-sign-up.ts";
import { SIGNING_CASES } from "./role-matrix-signing.ts";
import { TAG_RULE_CASES } from "./role-matrix-tag-rules.ts";
import { TRUST_CASES } from "./role-matrix-trust.ts";
import { TWO_FACTOR_CASES } from "./role-matrix-two-factor.ts";
import { VEX_CASES } from "./role-matrix-vex.ts";
import {
  ADMIN,
  ALL,
  API_CREATE_REPOSITORY,
  type ApiCase,
  type Expected,
  forPeople,
  INSPECT,
  MEMBER,
  NOBODY,
  OPERATE,
  OWNER,
  PERSON,
  READ,
  SIGNED_IN,
} from "./roles.ts";

const RESOURCES = [{ repositories: "acme/*", actions: ["pull"] }];
const RIGHT = { account: "stranger", pattern: "nothing", actions: ["pull"] };

/** Every route of the HTTP API, as openapi.json names it. What changes things names things that are not there. */
export const API_CASES: Readonly<Record<string, ApiCase>> = {
  "GET /healthz": { expected: ALL },
  "GET /readyz": { expected: ALL },
  "GET /_notary_server/health": { expected: ALL },
  "GET /metrics": { expected: ALL },
  "GET /.well-known/jwks.json": { expected: ALL },
  "POST /api/v1/operations/collect": { body: { dryRun: true }, expected: OPERATE },
  "POST /api/v1/operations/scrub": { body: {}, expected: OPERATE },
  "GET /api/v1/account": { expected: SIGNED_IN },
  "POST /api/v1/account/password": {
    body: { current: "not the password", next: "not the next one either" },
    expected: { ...PERSON, ...forPeople("403") },
  },
  "GET /api/v1/account/profile": { expected: PERSON },
  "PATCH /api/v1/account/profile": { body: {}, expected: PERSON },
  "GET /api/v1/account/mails": { expected: PERSON },
  "PATCH /api/v1/account/mails": { body: {}, expected: PERSON },
  "GET /api/v1/account/tokens": { expected: PERSON },
  "POST /api/v1/account/tokens": {
    body: { label: "matrix", scopes: ["repo:read"] },
    expected: PERSON,
  },
  "GET /api/v1/account/tokens/{id}": { expected: { ...PERSON, ...forPeople("404") } },
  "PATCH /api/v1/account/tokens/{id}": { body: {}, expected: { ...PERSON, ...forPeople("404") } },
  "DELETE /api/v1/account/tokens/{id}": { expected: { ...PERSON, ...forPeople("404") } },
  "GET /api/v1/account/logins": { expected: PERSON },
  "DELETE /api/v1/account/logins": { expected: PERSON },
  "DELETE /api/v1/users/{name}/logins": { expected: OPERATE },
  "POST /api/v1/operations/keys": { expected: OPERATE },
  "DELETE /api/v1/account/logins/{id}": { expected: { ...PERSON, ...forPeople("404") } },
  "GET /api/v1/audit": {
    expected: { ...OPERATE, auditor: "yes" },
  },
  "GET /api/v1/audit/forwarding": { expected: { ...OPERATE, auditor: "yes" } },
  "GET /api/v1/audit/export": { expected: { ...OPERATE, auditor: "yes" } },
  "GET /api/v1/users": { expected: OPERATE },
  "POST /api/v1/users": { body: { name: "new", password: "short" }, expected: OPERATE },
  "POST /api/v1/users/import": { body: { users: [{ name: "x", hash: "x" }] }, expected: OPERATE },
  "GET /api/v1/users/{name}": { expected: OPERATE },
  "PATCH /api/v1/users/{name}": { body: {}, expected: OPERATE },
  "DELETE /api/v1/users/{name}": { expected: OPERATE },
  "POST /api/v1/users/{name}/password": { body: { password: "short" }, expected: OPERATE },
  "GET /api/v1/organizations": { expected: SIGNED_IN },
  "POST /api/v1/organizations": { body: { name: "-" }, expected: OPERATE },
  "GET /api/v1/organizations/{organization}": { expected: MEMBER },
  // It holds repositories, so it stays.
  "DELETE /api/v1/organizations/{organization}": { expected: OWNER },
  "GET /api/v1/organizations/{organization}/members": { expected: MEMBER },
  "PUT /api/v1/organizations/{organization}/members/{user}": {
    body: { role: "member" },
    expected: OWNER,
  },
  "DELETE /api/v1/organizations/{organization}/members/{user}": { expected: OWNER },
  "GET /api/v1/organizations/{organization}/teams": { expected: MEMBER },
  "POST /api/v1/organizations/{organization}/teams": { body: { name: "-" }, expected: OWNER },
  "GET /api/v1/organizations/{organization}/teams/{team}": { expected: MEMBER },
  "PATCH /api/v1/organizations/{organization}/teams/{team}": { body: {}, expected: OWNER },
  "DELETE /api/v1/organizations/{organization}/teams/{team}": { expected: OWNER },
  "GET /api/v1/organizations/{organization}/teams/{team}/members": { expected: MEMBER },
  "PUT /api/v1/organizations/{organization}/teams/{team}/members/{user}": { expected: OWNER },
  "DELETE /api/v1/organizations/{organization}/teams/{team}/members/{user}": { expected: OWNER },
  ...machineCases("tokens"),
  ...machineCases("robots"),
  "PATCH /api/v1/namespaces/{namespace}": {
    body: { defaultVisibility: "private" },
    expected: OWNER,
  },
  "GET /api/v1/namespaces/{namespace}/rights": { expected: INSPECT },
  "PUT /api/v1/namespaces/{namespace}/rights": { body: RIGHT, expected: OWNER },
  "DELETE /api/v1/namespaces/{namespace}/rights": { expected: OWNER },
  "GET /api/v1/repositories": { expected: ALL },
  "POST /api/v1/repositories": {
    body: { name: "acme/api" },
    expected: API_CREATE_REPOSITORY,
  },
  "GET /api/v1/repositories/{*}": { expected: READ },
  "PATCH /api/v1/repositories/{*}": { body: {}, expected: ADMIN },
  ...SESSION_CASES,
  ...TWO_FACTOR_CASES,
  ...SIGN_UP_CASES,
  ...hubCases(),
  ...HUB_ORGANIZATION_CASES,
  ...PULL_CASES,
  ...MOVE_CASES,
  ...TAG_RULE_CASES,
  ...HISTORY_CASES,
  ...SCAN_CASES,
  ...SIGNING_CASES,
  ...VEX_CASES,
  ...BUILD_AGENT_CASES,
  ...BUILD_CACHE_CASES,
  ...BUILD_CASES,
  ...BUILD_UPLOAD_CASES,
  ...OFFICIAL_CASES,
  ...POLICY_CASES,
  ...TRUST_CASES,
  ...RETENTION_CASES,
  ...QUOTA_CASES,
  ...SCIM_CASES,
  ...webhookCases(),
  ...OPERATING_CASES,
  ...PAGE_CASES,
  ...PREVIEW_CASES,
  ...ROLE_CASES,
  ...DEFAULT_RIGHT_CASES,
  ...ACCESS_HELP_CASES,
  ...IDENTITY_CASES,
  ...INVITATION_CASES,
};

/** The hook that is asked for is the hub's own, so that it is there for its administrators alone. */
function webhookCases(): Record<string, ApiCase> {
  const path = "/api/v1/webhooks";
  const own: Expected = { ...NOBODY, administrator: "yes" };
  return {
    // Whoever knows the address of a delivery may, and this is none.
    "POST /u/{*}": {
      body: { state: "success" },
      expected: { ...NOBODY, anonymous: "404", administrator: "404" },
    },
    [`GET ${path}`]: { expected: OPERATE },
    [`POST ${path}`]: {
      body: { label: "x", url: "https://hooks.invalid/" },
      expected: OPERATE,
    },
    [`GET ${path}/{id}`]: { expected: own },
    [`PATCH ${path}/{id}`]: { body: { isActive: false }, expected: own },
    [`DELETE ${path}/{id}`]: { expected: own },
    [`POST ${path}/{id}/ping`]: { expected: own },
    [`GET ${path}/{id}/deliveries`]: { expected: own },
    [`POST ${path}/{id}/replay`]: { body: {}, expected: own },
    [`POST ${path}/{id}/deliveries/{delivery}/redeliver`]: {
      expected: { ...own, administrator: "404" },
    },
  };
}

/** Docker Hub's addresses, of both styles, hold to the same rights. */
function hubCases(): Record<string, ApiCase> {
  const create = API_CREATE_REPOSITORY;
  const cases: Record<string, ApiCase> = {
    "GET /v2/access-tokens": { expected: PERSON },
    "POST /v2/access-tokens": {
      body: { token_label: "x", scopes: ["repo:read"] },
      expected: PERSON,
    },
    "GET /v2/access-tokens/{uuid}": { expected: { ...PERSON, ...forPeople("404") } },
    "PATCH /v2/access-tokens/{uuid}": { body: {}, expected: { ...PERSON, ...forPeople("404") } },
    "DELETE /v2/access-tokens/{uuid}": { expected: { ...PERSON, ...forPeople("404") } },
    "POST /v2/namespaces/{namespace}/repositories": { body: { name: "api" }, expected: create },
    "POST /v2/repositories": { body: { namespace: "acme", name: "api" }, expected: create },
    "PATCH /v2/repositories/{namespace}/{repository}": { body: {}, expected: ADMIN },
    "DELETE /v2/repositories/{namespace}/{repository}/tags/{tag}": { expected: ADMIN },
    "GET /v2/search/repositories": { expected: ALL },
    "GET /v1/search": { expected: ALL },
    "GET /v1/_ping": { expected: ALL },
  };
  for (const base of ["/v2/namespaces/{namespace}/repositories", "/v2/repositories/{namespace}"]) {
    cases[`GET ${base}`] = { expected: ALL };
    cases[`GET ${base}/{repository}`] = { expected: READ };
    cases[`GET ${base}/{repository}/tags`] = { expected: READ };
    cases[`GET ${base}/{repository}/tags/{tag}`] = { expected: READ };
  }
  return cases;
}

function machineCases(noun: string): Record<string, ApiCase> {
  const path = `/api/v1/organizations/{organization}/${noun}`;
  return {
    [`GET ${path}`]: { expected: INSPECT },
    [`POST ${path}`]: { body: { label: "-", resources: RESOURCES }, expected: OWNER },
    [`GET ${path}/{id}`]: { expected: INSPECT },
    [`PATCH ${path}/{id}`]: { body: {}, expected: OWNER },
    [`DELETE ${path}/{id}`]: { expected: OWNER },
    [`POST ${path}/{id}/rotate`]: { body: {}, expected: OWNER },
  };
}
