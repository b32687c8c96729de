import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { originOf, type Principal } from "../access/index.ts";
import type { LoginClaim } from "../accounts/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { PublicAddress } from "../platform/http/index.ts";
import type { HubTokens } from "./hub-tokens.ts";

export interface AuthRouteDeps extends PublicAddress {
  readonly verify: (claim: LoginClaim) => Promise<Principal | undefined>;
  readonly hubTokens: Pick<HubTokens, "issue">;
}

const secret = z.string().max(4096);

/** Who logs in gets a token for ten minutes. */
export function createAuthRoutes(deps: AuthRouteDeps): FastifyPluginAsyncZod {
  const config = { access: "public" } as const;
  return async (app) => {
    const token = { body: z.object({ identifier: z.string().max(255), secret }) };
    app.post("/v2/auth/token", { config, schema: token }, async (request) => {
      const { identifier: user, secret: given } = request.body;
      const origin = originOf(request.raw, deps);
      return { access_token: await logIn(deps, { user, secret: given, origin }) };
    });
    const login = { body: z.object({ username: z.string().max(255), password: secret }) };
    app.post("/v2/users/login", { config, schema: login }, async (request) => {
      const { username: user, password } = request.body;
      const origin = originOf(request.raw, deps);
      return { token: await logIn(deps, { user, secret: password, origin }) };
    });
  };
}

async function logIn(deps: AuthRouteDeps, claim: LoginClaim): Promise<string> {
  const principal = await deps.verify(claim);
  if (principal !== undefined) return await deps.hubTokens.issue(principal);
  const detail = "Incorrect authentication credentials";
  throw new ProblemError(PROBLEMS.UNAUTHORIZED, { detail });
}
