import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf, type Journal } from "../access/index.ts";
import { KEYS_PATH, LOGINS_PATH, type login, loginList, newKey } from "../contract/logins.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { KeySet } from "../platform/keys/index.ts";
import type { Personas } from "./exchange/stored-rules.ts";
import type { RefreshTokens } from "./refresh-tokens.ts";
import type { RefreshToken } from "./refresh-tokens-store.ts";

export interface LoginRouteDeps {
  readonly refreshTokens: Pick<RefreshTokens, "list" | "end" | "endAll">;
  readonly personas: Pick<Personas, "findByName">;
  readonly keys: Pick<KeySet, "replace" | "current">;
  readonly journal: Journal;
}

const nothing = z.null();

/** What people see and end of their own logins, and administrators of those of others. */
export function createLoginRoutes(deps: LoginRouteDeps): FastifyPluginAsyncZod {
  const { refreshTokens } = deps;
  return async (app) => {
    const config = { access: "account" } as const;
    const list = { response: { 200: loginList } };
    app.get(LOGINS_PATH, { config, schema: list }, async (request) => {
      const found = await refreshTokens.list(ownAccountOf(callerOf(request)));
      return { items: found.map(toBody) };
    });
    const params = z.object({ id: z.string().max(64) });
    const end = { params, response: { 204: nothing } };
    app.delete(`${LOGINS_PATH}/:id`, { config, schema: end }, async (request, reply) => {
      const caller = callerOf(request);
      const key = { accountId: ownAccountOf(caller), id: request.params.id };
      const isEnded = await refreshTokens.end(key, caller);
      if (!isEnded) throw new ProblemError(PROBLEMS.NOT_FOUND);
      return reply.code(204).send(null);
    });
    const endAll = { response: { 204: nothing } };
    app.delete(LOGINS_PATH, { config, schema: endAll }, async (request, reply) => {
      const caller = callerOf(request);
      await refreshTokens.endAll({ accountId: ownAccountOf(caller), name: caller.by.name }, caller);
      return reply.code(204).send(null);
    });
    await app.register(createOperatorRoutes(deps));
  };
}

function createOperatorRoutes(deps: LoginRouteDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const config = { access: "operate" } as const;
    const params = z.object({ name: z.string().max(255) });
    const schema = { params, response: { 204: nothing } };
    app.delete("/api/v1/users/:name/logins", { config, schema }, async (request, reply) => {
      const account = await deps.personas.findByName(request.params.name.toLowerCase());
      if (account?.accountId === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
      const { accountId, name } = account;
      await deps.refreshTokens.endAll({ accountId, name }, callerOf(request));
      return reply.code(204).send(null);
    });
    const replace = { response: { 201: newKey } };
    app.post(
      KEYS_PATH,
      { config: { ...config, isSensitive: true }, schema: replace },
      async (request, reply) => {
        const caller = callerOf(request);
        const deed = { ...caller, action: "hub.key.replace" as const, account: caller.by.name };
        await deps.keys.replace((trx, name) => deps.journal.record(trx, { ...deed, name }));
        const { kid } = deps.keys.current;
        request.log.info({ kid, by: caller.by.name }, "signing key replaced");
        return reply.code(201).send({ kid });
      },
    );
  };
}

/** Of those who logged in with all that they have: a token made for repositories is not for logins. Throws DENIED. */
function ownAccountOf({ by }: Caller): number {
  const { kind, accountId, credential } = by;
  if (kind === "user" && accountId !== undefined && credential?.permits === undefined)
    return accountId;
  const detail = "log in with a user's name and password for this";
  throw new ProblemError(PROBLEMS.DENIED, { detail });
}

function toBody(token: RefreshToken): z.input<typeof login> {
  const { id, holder, client, address, createdAt, lastUsedAt, expiresAt } = token;
  return {
    id,
    credential: holder.credential.kind,
    client,
    address,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}
