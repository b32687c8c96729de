import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../access/index.ts";
import {
  type Accounts,
  getOwnAccount,
  type PersonalToken,
  type PersonalTokens,
} from "../accounts/index.ts";
import { envelope, hubPage, sliceOf } from "./pages.ts";

export interface AccessTokenRouteDeps {
  readonly accounts: Accounts;
  readonly tokens: PersonalTokens;
}

const config = { access: "account" } as const;
const sensitive = { access: "account", isSensitive: true } as const;
const PATH = "/v2/access-tokens";
const scope = z.enum(["repo:admin", "repo:write", "repo:read", "repo:public_read"]);
const params = z.object({ uuid: z.string().max(64) });

/** Personal access tokens. */
export function createAccessTokenRoutes(deps: AccessTokenRouteDeps): FastifyPluginAsyncZod {
  const { accounts, tokens } = deps;
  return async (app) => {
    app.get(PATH, { config, schema: { querystring: z.object(hubPage) } }, async (request) => {
      const account = await getOwnAccount(accounts, callerOf(request).by);
      const all = await tokens.list(account.id);
      const { offset, limit } = sliceOf(request.query);
      const results = all.slice(offset, offset + limit).map((token) => toBody(token, ""));
      const active_count = all.filter(({ isActive }) => isActive).length;
      return { ...envelope(request, request.query, { count: all.length, results }), active_count };
    });
    const body = z.object({
      token_label: z.string().min(1).max(100),
      scopes: z.array(scope).min(1),
      expires_at: z.iso.datetime({ offset: true }).nullish(),
    });
    app.post(PATH, { config: sensitive, schema: { body } }, async (request, reply) => {
      const caller = callerOf(request);
      const account = await getOwnAccount(accounts, caller.by);
      const { token_label: label, scopes, expires_at: expiry } = request.body;
      const expiresAt = expiry ? new Date(expiry) : undefined;
      const wish = { label, scopes, repositories: [], expiresAt };
      const made = await tokens.create(account, wish, caller);
      return reply.code(201).send(toBody(made, made.secret));
    });
    app.get(`${PATH}/:uuid`, { config, schema: { params } }, async (request) => {
      const account = await getOwnAccount(accounts, callerOf(request).by);
      return toBody(await tokens.get(account, request.params.uuid), "");
    });
    const change = z.object({
      token_label: z.string().min(1).max(100).optional(),
      is_active: z.boolean().optional(),
    });
    app.patch(`${PATH}/:uuid`, { config, schema: { params, body: change } }, async (request) => {
      const caller = callerOf(request);
      const account = await getOwnAccount(accounts, caller.by);
      const { token_label: label, is_active: isActive } = request.body;
      const wish = { label, isActive, ...caller };
      return toBody(await tokens.change(account, request.params.uuid, wish), "");
    });
    app.delete(`${PATH}/:uuid`, { config, schema: { params } }, async (request, reply) => {
      const caller = callerOf(request);
      const account = await getOwnAccount(accounts, caller.by);
      await tokens.remove(account, request.params.uuid, caller);
      return reply.code(204).send();
    });
  };
}

function toBody(token: PersonalToken, secret: string) {
  const { id, createdAt, lastUse, isActive, label, scopes, expiresAt, creator } = token;
  return {
    uuid: id,
    client_id: "",
    creator_ip: creator.address,
    creator_ua: creator.client,
    created_at: createdAt.toISOString(),
    last_used: lastUse?.at.toISOString() ?? null,
    generated_by: "manual",
    is_active: isActive,
    token: secret,
    token_label: label,
    scopes: [...scopes],
    expires_at: expiresAt?.toISOString() ?? null,
  };
}
