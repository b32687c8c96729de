import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { type AccessTokenRouteDeps, createAccessTokenRoutes } from "./access-token-routes.ts";
import { createHubAuditRoutes, type HubAuditDeps } from "./audit-log-routes.ts";
import { type AuthRouteDeps, createAuthRoutes } from "./auth-routes.ts";
import { createHubGroupRoutes, type HubGroupDeps } from "./group-routes.ts";
import { answerHubError } from "./hub-errors.ts";
import { createImmutableTagRoutes } from "./immutable-tag-routes.ts";
import { createHubInviteRoutes, type HubInviteDeps } from "./invite-routes.ts";
import { createHubMemberRoutes, type HubMemberDeps } from "./member-routes.ts";
import { createHubSettingsRoutes, type HubSettingsDeps } from "./organization-settings-routes.ts";
import {
  createHubOrganizationTokenRoutes,
  type HubOrganizationTokenDeps,
} from "./organization-token-routes.ts";
import { createHubRepositoryRoutes, type HubRepositoryDeps } from "./repository-routes.ts";
import { limitRequests, type RequestLimitDeps } from "./request-limit.ts";
import { createScimRoutes, type ScimDeps } from "./scim/scim-routes.ts";
import { createSearchRoutes, type SearchRouteDeps } from "./search-routes.ts";
import { createHubTagRoutes, type HubTagDeps } from "./tag-routes.ts";

interface HubApiDeps
  extends AuthRouteDeps,
    AccessTokenRouteDeps,
    HubRepositoryDeps,
    HubTagDeps,
    HubMemberDeps,
    HubInviteDeps,
    HubGroupDeps,
    HubOrganizationTokenDeps,
    HubAuditDeps,
    HubSettingsDeps,
    SearchRouteDeps,
    RequestLimitDeps,
    ScimDeps {}

/** Docker Hub's API, with its own shape of refusals. */
export function createHubApi(deps: HubApiDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.setErrorHandler(answerHubError);
    limitRequests(app, deps);
    await app.register(createAuthRoutes(deps));
    await app.register(createAccessTokenRoutes(deps));
    await app.register(createHubRepositoryRoutes(deps));
    await app.register(createImmutableTagRoutes(deps));
    await app.register(createHubTagRoutes(deps));
    await app.register(createSearchRoutes(deps));
    await app.register(createHubMemberRoutes(deps));
    await app.register(createHubInviteRoutes(deps));
    await app.register(createHubGroupRoutes(deps));
    await app.register(createHubOrganizationTokenRoutes(deps));
    await app.register(createHubAuditRoutes(deps));
    await app.register(createScimRoutes(deps));
    await app.register(createHubSettingsRoutes(deps));
  };
}
