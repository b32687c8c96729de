import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Origin, originOf, type Principal, SecondFactorRequired } from "../access/index.ts";
import type { LoginClaim } from "../accounts/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { PublicAddress } from "../platform/http/index.ts";
import type { HubTokens } from "./hub-tokens.ts";

export interface AuthRouteDeps extends PublicAddress {
  readonly verify: (claim: LoginClaim) => Promise<Principal | undefined>;
  readonly verifyCode: (
    by: { readonly by: Principal; readonly origin: Origin },
    code: string,
  ) => Promise<boolean>;
  readonly hubTokens: Pick<HubTokens, "issue" | "issueForCode" | "verifyForCode">;
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
    app.post("/v2/users/login", { config, schema: login }, async (request, reply) => {
      const { username: user, password } = request.body;
      const origin = originOf(request.raw, deps);
      try {
        return { token: await logIn(deps, { user, secret: password, origin }) };
      } catch (cause) {
        if (!(cause instanceof SecondFactorRequired)) throw cause;
        // Docker Hub's words, and its clients look at the second field.
        return reply.code(401).send({
          detail: "Require secondary authentication on MFA enabled account",
          login_2fa_token: await deps.hubTokens.issueForCode(cause.principal),
        });
      }
    });
    const second = { body: z.object({ login_2fa_token: secret, code: z.string().max(64) }) };
    app.post("/v2/users/2fa-login", { config, schema: second }, async (request) => {
      const { login_2fa_token: half, code } = request.body;
      const by = await deps.hubTokens.verifyForCode(half);
      const origin = originOf(request.raw, deps);
      const isRight = by !== undefined && (await deps.verifyCode({ by, origin }, code));
      if (!isRight) throw wrongCredentials();
      return { token: await deps.hubTokens.issue(by) };
    });
  };
}

async function logIn(deps: AuthRouteDeps, claim: LoginClaim): Promise<string> {
  const principal = await deps.verify(claim);
  if (principal !== undefined) return await deps.hubTokens.issue(principal);
  throw wrongCredentials();
}

function wrongCredentials(): ProblemError {
  const detail = "Incorrect authentication credentials";
  return new ProblemError(PROBLEMS.UNAUTHORIZED, { detail });
}
