import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import {
  answerTooMany,
  assertNotCrossSite,
  callerOf,
  originOf,
  printNoSessionCookie,
} from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import {
  confirmation,
  newSession,
  ownSession,
  SESSION_PATH,
  SESSIONS_PATH,
  sessionList,
  type session as sessionSchema,
} from "../../contract/sessions.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { PublicAddress } from "../../platform/http/index.ts";
import type { Accounts } from "../accounts.ts";
import type { Account } from "../accounts-store.ts";
import { getOwnAccount } from "../own-account.ts";
import type { BrowserLogin } from "./browser-login.ts";
import type { OpenSession } from "./open-session.ts";
import { type Sessions, sessionOf } from "./sessions.ts";
import type { Session } from "./sessions-store.ts";

export interface SessionRouteDeps extends PublicAddress {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly login: BrowserLogin;
  readonly openSession: OpenSession;
}

const account = { access: "account", isOwnLogin: true } as const;
const nothing = z.null();

/** How people come in and go with a browser, and what they see of where they are logged in. */
export function createSessionRoutes(deps: SessionRouteDeps): FastifyPluginAsyncZod {
  const { accounts, sessions, login } = deps;
  return async (app) => {
    const open = { body: newSession, response: { 201: ownSession } };
    const config = { access: "public" } as const;
    app.post(SESSION_PATH, { config, schema: open }, async (request, reply) => {
      assertNotCrossSite(request.raw, deps.baseUrlOf(request.raw));
      const claim = { ...request.body, origin: originOf(request.raw, deps) };
      const proved = await answerTooMany(reply, () => login.prove(claim));
      const opened = await deps.openSession({ request, reply }, proved);
      return reply.code(201).send(toOwn(proved.account, opened));
    });
    const get = { response: { 200: ownSession } };
    app.get(SESSION_PATH, { config: account, schema: get }, async (request) => {
      const { by } = callerOf(request);
      const own = await getOwnAccount(accounts, by);
      const found = (await sessions.list(own)).find(({ id }) => id === sessionOf(by));
      if (found === undefined) throw noSession();
      return toOwn(own, found);
    });
    const close = { response: { 204: nothing } };
    const anybody = { access: "anybody" } as const;
    app.delete(SESSION_PATH, { config: anybody, schema: close }, async (request, reply) => {
      const caller = callerOf(request);
      const id = sessionOf(caller.by);
      // Whoever has no session is as far as they wanted to be.
      if (id !== undefined)
        await sessions.end(await getOwnAccount(accounts, caller.by), id, caller);
      reply.header("Set-Cookie", printNoSessionCookie(deps.baseUrlOf(request.raw)));
      return reply.code(204).send(null);
    });
    const confirm = { body: confirmation, response: { 204: nothing } };
    app.post(
      `${SESSION_PATH}/confirm`,
      { config: account, schema: confirm },
      async (request, reply) => {
        const caller = callerOf(request);
        const id = sessionOf(caller.by);
        if (id === undefined) throw noSession();
        await answerTooMany(reply, () => login.confirm(caller, request.body));
        await sessions.confirm(id);
        return reply.code(204).send(null);
      },
    );
    await app.register(createSessionListRoutes(deps));
    await app.register(createUserSessionRoutes(deps));
  };
}

function createSessionListRoutes({ accounts, sessions }: SessionRouteDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const list = { response: { 200: sessionList } };
    app.get(SESSIONS_PATH, { config: account, schema: list }, async (request) => {
      const { by } = callerOf(request);
      const found = await sessions.list(await getOwnAccount(accounts, by));
      return { items: found.map((one) => toBody(one, sessionOf(by))) };
    });
    const params = z.object({ id: z.string().max(64) });
    const end = { params, response: { 204: nothing } };
    app.delete(`${SESSIONS_PATH}/:id`, { config: account, schema: end }, async (request, reply) => {
      const caller = callerOf(request);
      const own = await getOwnAccount(accounts, caller.by);
      await sessions.end(own, request.params.id, caller);
      return reply.code(204).send(null);
    });
    const endOthers = { response: { 204: nothing } };
    app.delete(SESSIONS_PATH, { config: account, schema: endOthers }, async (request, reply) => {
      const caller = callerOf(request);
      await sessions.endOthers(await getOwnAccount(accounts, caller.by), caller);
      return reply.code(204).send(null);
    });
  };
}

/** What administrators see of where somebody else is logged in, and end. */
function createUserSessionRoutes({ accounts, sessions }: SessionRouteDeps): FastifyPluginAsyncZod {
  const path = "/api/v1/users/:name/sessions";
  const config = { access: "operate" } as const;
  const user = z.object({ name: z.string().max(255) });
  return async (app) => {
    const list = { params: user, response: { 200: sessionList } };
    app.get(path, { config, schema: list }, async (request) => {
      const found = await sessions.list(await accounts.get(request.params.name));
      return { items: found.map((one) => toBody(one, sessionOf(callerOf(request).by))) };
    });
    const end = { params: user.extend({ id: z.string().max(64) }), response: { 204: nothing } };
    app.delete(`${path}/:id`, { config, schema: end }, async (request, reply) => {
      const { name, id } = request.params;
      await sessions.end(await accounts.get(name), id, callerOf(request));
      return reply.code(204).send(null);
    });
    const endAll = { params: user, response: { 204: nothing } };
    app.delete(path, { config, schema: endAll }, async (request, reply) => {
      await sessions.endOthers(await accounts.get(request.params.name), callerOf(request));
      return reply.code(204).send(null);
    });
  };
}

function noSession(): ProblemError {
  const detail = "there is no session: the request came with credentials of its own";
  return new ProblemError(PROBLEMS.NOT_FOUND, { detail });
}

function toOwn({ name, role }: Account, session: Session): z.input<typeof ownSession> {
  return {
    name,
    ...(role === undefined ? {} : { role }),
    session: toBody(session, session.id),
  };
}

function toBody(session: Session, current: string | undefined): z.input<typeof sessionSchema> {
  const { id, provedBy, provedAt, createdAt, expiresAt, lastUse } = session;
  return {
    id,
    provedBy,
    provedAt: provedAt.toISOString(),
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    lastUse: { ...lastUse, at: lastUse.at.toISOString() },
    isCurrent: id === current,
  };
}
