import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { type AccessTokenRouteDeps, createAccessTokenRoutes } from "./access-token-routes.ts";
import { type AuthRouteDeps, createAuthRoutes } from "./auth-routes.ts";
import { answerHubError } from "./hub-errors.ts";
import { createHubRepositoryRoutes, type HubRepositoryDeps } from "./repository-routes.ts";
import { createSearchRoutes, type SearchRouteDeps } from "./search-routes.ts";
import { createHubTagRoutes, type HubTagDeps } from "./tag-routes.ts";

interface HubApiDeps
  extends AuthRouteDeps,
    AccessTokenRouteDeps,
    HubRepositoryDeps,
    HubTagDeps,
    SearchRouteDeps {}

/** Docker Hub's API, with its own shape of refusals. */
export function createHubApi(deps: HubApiDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.setErrorHandler(answerHubError);
    await app.register(createAuthRoutes(deps));
    await app.register(createAccessTokenRoutes(deps));
    await app.register(createHubRepositoryRoutes(deps));
    await app.register(createHubTagRoutes(deps));
    await app.register(createSearchRoutes(deps));
  };
}
