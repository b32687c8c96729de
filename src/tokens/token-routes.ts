import type { FastifyReply, FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { z } from "zod";
import {
  hostsOf,
  LoginUnavailable,
  originOf,
  parseBasic,
  SecondFactorRequired,
  TooManyAttempts,
} from "../access/index.ts";
import type { secondFactorDetail } from "../contract/second-factor.ts";
import type { KeySet } from "../platform/keys/index.ts";
import { type ExchangeRouteDeps, registerExchange } from "./exchange/exchange-routes.ts";
import { TOKEN_ERRORS, TokenError, toTokenErrorBody } from "./token-error.ts";
import type { Claim, TokenService, TokenWish } from "./token-service.ts";

/** Where challenges send clients: a proxy that passes on nothing but /v2/ passes this on, too. */
export const REALM_PATH = "/v2/token";
const TOKEN_PATHS = [REALM_PATH, "/token"];
const JWKS_PATH = "/.well-known/jwks.json";
const FORM = "application/x-www-form-urlencoded";
/** Scopes may take 8 KiB, and become up to three times as long in a form. */
const FORM_BYTES = 32 * 1024;

interface TokenRouteDeps extends ExchangeRouteDeps {
  readonly tokenService: Pick<TokenService, "issue">;
  readonly keys: Pick<KeySet, "toJwks">;
  readonly service: string;
}

/** Where clients get their tokens, in both ways that they know (distribution's token and OAuth2 specifications). */
export function createTokenRoutes(deps: TokenRouteDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const config = { access: "public" } as const;
    // Known below this plugin only: no other route has to expect a form that any web page could send.
    app.addContentTypeParser(
      FORM,
      { parseAs: "string", bodyLimit: FORM_BYTES },
      (_request, body, done) => done(null, new URLSearchParams(String(body))),
    );
    app.addHook("onRequest", async (_request, reply) => {
      reply.header("Docker-Distribution-Api-Version", "registry/2.0");
    });
    app.setErrorHandler((error, _request, reply) => answerError(deps, reply, error));
    for (const path of TOKEN_PATHS) {
      app.get(path, { config }, (request) => deps.tokenService.issue(readQuery(deps, request)));
      app.post(path, { config }, (request) => deps.tokenService.issue(readForm(deps, request)));
    }
    registerExchange(app, deps);
    app.get(JWKS_PATH, { config }, async (_request, reply) => {
      reply.header("Cache-Control", "public, max-age=300");
      return deps.keys.toJwks();
    });
  };
}

function readQuery(deps: TokenRouteDeps, request: FastifyRequest): TokenWish {
  const mark = request.url.indexOf("?");
  const query = new URLSearchParams(mark < 0 ? "" : request.url.slice(mark + 1));
  const claim = readHeader(request);
  const isOffline = query.get("offline_token") === "true";
  return { claim, isOffline, ...readWish(deps, request, query) };
}

function readForm(deps: TokenRouteDeps, request: FastifyRequest): TokenWish {
  const form = request.body;
  if (!(form instanceof URLSearchParams)) throw new TokenError("invalid_request");
  const claim = readGrant(form);
  const isOffline = form.get("access_type") === "offline";
  return { claim, isOffline, ...readWish(deps, request, form) };
}

function readWish(
  deps: TokenRouteDeps,
  request: FastifyRequest,
  parameters: URLSearchParams,
): Pick<TokenWish, "scopes" | "service" | "origin" | "hosts"> {
  return {
    scopes: parameters.getAll("scope"),
    service: parameters.get("service") ?? undefined,
    origin: originOf(request.raw, deps),
    hosts: hostsOf(request.raw, deps),
  };
}

function readHeader(request: FastifyRequest): Claim {
  const { authorization } = request.headers;
  if (authorization === undefined) return { kind: "nobody" };
  const credentials = parseBasic(authorization);
  if (credentials === undefined) throw new TokenError("invalid_grant");
  return { kind: "secret", ...credentials };
}

function readGrant(form: URLSearchParams): Claim {
  switch (form.get("grant_type")) {
    case "password":
      return {
        kind: "secret",
        user: required(form, "username"),
        secret: required(form, "password"),
      };
    case "refresh_token":
      return { kind: "refresh", secret: required(form, "refresh_token") };
    default:
      throw new TokenError("unsupported_grant_type");
  }
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (value !== null && value !== "") return value;
  throw new TokenError("invalid_request", { message: `the form lacks ${name}` });
}

function answerError(deps: TokenRouteDeps, reply: FastifyReply, thrown: unknown): void {
  const error = toTokenError(thrown);
  if (error === undefined) throw thrown;
  if (error.error === "invalid_grant") {
    reply.header("WWW-Authenticate", `Basic realm="${deps.service}"`);
  }
  if (thrown instanceof TooManyAttempts) reply.header("Retry-After", thrown.retryAfterSeconds);
  void reply.code(TOKEN_ERRORS[error.error].status).send(toTokenErrorBody(error));
}

/** Undefined for what is no fault of the client. */
function toTokenError(thrown: unknown): TokenError | undefined {
  if (thrown instanceof TokenError) return thrown;
  if (!(thrown instanceof Error)) return undefined;
  const { message } = thrown;
  if (thrown instanceof TooManyAttempts)
    return new TokenError("slow_down", { message, cause: thrown });
  if (thrown instanceof LoginUnavailable)
    return new TokenError("temporarily_unavailable", { message, cause: thrown });
  if (thrown instanceof SecondFactorRequired) {
    const detail: z.infer<typeof secondFactorDetail> = { secondFactor: thrown.fault };
    return new TokenError("invalid_grant", { message, detail, cause: thrown });
  }
  const { code } = thrown as { readonly code?: unknown };
  const isUnreadable = typeof code === "string" && code.startsWith("FST_ERR_CTP_");
  return isUnreadable ? new TokenError("invalid_request", { message, cause: thrown }) : undefined;
}
