import Fastify, {
  type FastifyBaseLogger,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod";
import type { Logger } from "pino";
import { type RequestObserver, requestIdOf, statusOf } from "../../observability/index.ts";
import { createPageConstraint } from "./page-constraint.ts";
import { PROBLEM_TYPE, type Problem, ProblemError } from "./problem.ts";
import { toProblem } from "./to-problem.ts";

export type Application = ReturnType<typeof createApplication>;

/**
 * Who may ask. `public`: anybody, and nobody looks who it is. `anybody`: the same, but what they are told depends on who they
 * are. `account`: whoever has an account. `operate`: whoever has this right to the whole hub.
 */
export type RouteAccess = "public" | "anybody" | "account" | "operate";

/** Lets a request pass, or throws the problem that refuses it. */
export type AccessGuard = (
  exchange: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  access: Exclude<RouteAccess, "public">,
) => Promise<void>;

declare module "fastify" {
  interface FastifyContextConfig {
    readonly access?: RouteAccess;
    /** What a stolen session would be used for: a session has to be confirmed anew for it. */
    readonly isSensitive?: boolean;
    /** It is about how the caller logs in: open also to who has to turn on two-factor login before anything else. */
    readonly isOwnLogin?: boolean;
    /** Shows names alone: a token of the registry for its catalog suffices, which is what docker searches with. */
    readonly takesCatalogTokens?: boolean;
  }
}

/** Bodies of the HTTP API describe things; bytes of images go to the registry. */
const BODY_BYTES = 1024 * 1024;
/** A repository's name, its longest tag and the separators. */
const PARAMETER_CHARACTERS = 512;

/** For answers that are no pages. Whoever serves pages replaces the policy by one of its own. */
const SECURITY_HEADERS = {
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Cache-Control": "no-store",
};

const RETRY_SECONDS = 5;

/** Nobody reads this; it stands in the log of requests. */
const CUT_SHORT: Problem = {
  type: "about:blank",
  title: "the connection ended within the body",
  status: 400,
};

interface ApplicationDeps {
  readonly observe: RequestObserver;
  /** Needed by routes that are not public. */
  readonly guard?: AccessGuard;
  readonly log: Logger;
}

/**
 * Everything that is not the registry's: Fastify, with requests and answers checked by zod schemas and every refusal a
 * problem. It has no server of its own, see `createDispatcher`. Capabilities add their routes by `register`; one that
 * does not say in `config.access` who may ask stops the start.
 */
export function createApplication(deps: ApplicationDeps) {
  const loggerInstance: FastifyBaseLogger = deps.log;
  const application = Fastify({
    loggerInstance,
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: "requestId",
    }),
    genReqId: requestIdOf,
    bodyLimit: BODY_BYTES,
    // Docker Hub answers with and without one, and so tools send both.
    routerOptions: {
      maxParamLength: PARAMETER_CHARACTERS,
      ignoreTrailingSlash: true,
      constraints: { wants: createPageConstraint() },
    },
    // The server that it runs behind drains connections by itself.
    return503OnClosing: false,
    frameworkErrors: answerError,
  }).withTypeProvider<ZodTypeProvider>();
  application.setValidatorCompiler(validatorCompiler);
  application.setSerializerCompiler(serializerCompiler);
  application.setErrorHandler(answerError);
  application.setNotFoundHandler((request, reply) => {
    answerProblem(request, reply, {
      type: "about:blank",
      title: "there is nothing at this address",
      status: 404,
    });
  });
  const parseJson = application.getDefaultJsonParser("error", "error");
  application.addContentTypeParser(
    "application/json",
    { parseAs: "string" },
    // Many tools say of every request that it is JSON, also of those without a body.
    (request, body: string, done) =>
      body === "" ? done(null, undefined) : parseJson(request, body, done),
  );
  application.addHook("onRequest", async (request, reply) => {
    const startedAt = performance.now();
    reply.headers(SECURITY_HEADERS).header("X-Request-Id", request.id);
    reply.raw.once("close", () => {
      deps.observe({
        route: request.routeOptions.url ?? "none",
        method: request.method,
        status: statusOf(reply.raw),
        startedAt,
        exchange: { request: request.raw, response: reply.raw },
      });
    });
  });
  application.addHook("onRoute", ({ method, url, config }) => {
    assertHasRule(deps, { name: `${method} ${url}`, access: config?.access });
  });
  // Before the body is read: whoever may not ask gets to know nothing else.
  application.addHook("onRequest", async (request, reply) => {
    const { access } = request.routeOptions.config;
    // Without a rule it is no route: the address of nothing.
    if (access === undefined || access === "public") return;
    await deps.guard?.({ request, reply }, access);
  });
  return application;
}

function assertHasRule(
  deps: ApplicationDeps,
  route: { readonly name: string; readonly access: RouteAccess | undefined },
): void {
  if (route.access === undefined) {
    throw new Error(`the route ${route.name} does not say who may ask: give it a config.access`);
  }
  if (route.access !== "public" && deps.guard === undefined) {
    throw new Error(`the route ${route.name} is not public, and nobody here decides who may ask`);
  }
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = isCutShort(request) ? CUT_SHORT : toProblem(error);
  if (problem !== undefined) {
    if (error instanceof ProblemError && error.retryAfterSeconds !== undefined)
      reply.header("Retry-After", error.retryAfterSeconds);
    answerProblem(request, reply, problem);
    return;
  }
  request.log.error({ err: error }, "request failed");
  answerProblem(request, reply, {
    type: "about:blank",
    title: "internal error",
    status: 500,
    detail: `the hub's log has it under ${request.id}`,
  });
}

/** The client left in the middle of its body: whatever was thrown since is no failure of ours. */
function isCutShort({ raw }: FastifyRequest): boolean {
  return raw.destroyed && !raw.complete;
}

function answerProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): void {
  if (problem.status === 503) reply.header("Retry-After", RETRY_SECONDS);
  void reply
    .code(problem.status)
    .type(PROBLEM_TYPE)
    .serializer(JSON.stringify)
    .send({ ...problem, requestId: request.id });
}
