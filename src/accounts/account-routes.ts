import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import {
  answerTooMany,
  type Credential,
  callerOf,
  isNamePattern,
  type Principal,
} from "../access/index.ts";
import {
  type account as accountSchema,
  createdToken,
  newPersonalToken,
  passwordChange,
  personalToken,
  self,
  tokenChange,
} from "../contract/accounts.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { Accounts } from "./accounts.ts";
import type { Account } from "./accounts-store.ts";
import { getOwnAccount } from "./own-account.ts";
import type { PersonalTokens } from "./personal-tokens.ts";
import type { PersonalToken } from "./personal-tokens-store.ts";
import type { BrowserLogin } from "./sessions/browser-login.ts";

export interface AccountRouteDeps {
  readonly accounts: Accounts;
  readonly tokens: PersonalTokens;
  readonly login: Pick<BrowserLogin, "confirmPassword">;
}

const config = { access: "account" } as const;
const ownLogin = { access: "account", isOwnLogin: true } as const;
const sensitive = { access: "account", isSensitive: true } as const;
const tokenId = z.object({ id: z.string().max(64) });
const nothing = z.null();

/** What people see and change of their own accounts. */
export function createAccountRoutes(deps: AccountRouteDeps): FastifyPluginAsyncZod {
  const { accounts, login } = deps;
  return async (app) => {
    app.get(
      "/api/v1/account",
      { config: ownLogin, schema: { response: { 200: self } } },
      (request) => toSelf(callerOf(request).by),
    );
    const change = { body: passwordChange, response: { 204: nothing } };
    app.post(
      "/api/v1/account/password",
      { config: { ...sensitive, isOwnLogin: true }, schema: change },
      async (request, reply) => {
        const caller = callerOf(request);
        const account = await getOwnAccount(accounts, caller.by);
        const { current, next } = request.body;
        await answerTooMany(reply, () => login.confirmPassword(caller, current));
        await accounts.setPassword(account, { password: next, ...caller });
        return reply.code(204).send(null);
      },
    );
    await app.register(createTokenRoutes(deps));
  };
}

function createTokenRoutes({
  accounts,
  tokens,
}: Pick<AccountRouteDeps, "accounts" | "tokens">): FastifyPluginAsyncZod {
  const path = "/api/v1/account/tokens";
  return async (app) => {
    const list = { response: { 200: z.object({ items: z.array(personalToken) }) } };
    app.get(path, { config, schema: list }, async (request) => {
      const account = await getOwnAccount(accounts, callerOf(request).by);
      return { items: (await tokens.list(account.id)).map(toToken) };
    });
    const create = { body: newPersonalToken, response: { 201: createdToken } };
    app.post(path, { config: sensitive, schema: create }, async (request, reply) => {
      const caller = callerOf(request);
      const account = await getOwnAccount(accounts, caller.by);
      const wish = { ...request.body, expiresAt: toFuture(request.body.expiresAt) };
      assertPatterns(wish.repositories);
      const made = await tokens.create(account, wish, caller);
      return reply.code(201).send({ ...toToken(made), secret: made.secret });
    });
    const get = { params: tokenId, response: { 200: personalToken } };
    app.get(`${path}/:id`, { config, schema: get }, async (request) => {
      const account = await getOwnAccount(accounts, callerOf(request).by);
      return toToken(await tokens.get(account, request.params.id));
    });
    const patch = { params: tokenId, body: tokenChange, response: { 200: personalToken } };
    app.patch(`${path}/:id`, { config, schema: patch }, async (request) => {
      const caller = callerOf(request);
      const account = await getOwnAccount(accounts, caller.by);
      const wish = { ...request.body, ...caller };
      return toToken(await tokens.change(account, request.params.id, wish));
    });
    const remove = { params: tokenId, response: { 204: nothing } };
    app.delete(`${path}/:id`, { config, schema: remove }, async (request, reply) => {
      const caller = callerOf(request);
      const account = await getOwnAccount(accounts, caller.by);
      await tokens.remove(account, request.params.id, caller);
      return reply.code(204).send(null);
    });
  };
}

function toFuture(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}

/** Throws NAME_INVALID. */
function assertPatterns(patterns: readonly string[]): void {
  const wrong = patterns.find((pattern) => !isNamePattern(pattern));
  if (wrong === undefined) return;
  const detail = `"${wrong}" is no name or pattern of repositories, such as acme/api or acme/**`;
  throw new ProblemError(PROBLEMS.NAME_INVALID, { detail });
}

function toSelf({ name, kind, role, credential }: Principal): z.input<typeof self> {
  return {
    name,
    kind: kind === "robot" ? "robot" : "user",
    ...(role === undefined ? {} : { role }),
    ...(credential === undefined ? {} : { credential: toCredentialBody(credential) }),
  };
}

function toCredentialBody({ kind, label, permits, expiresAt }: Credential) {
  return {
    kind,
    label,
    ...(permits === undefined
      ? {}
      : { permits: permits.map((permit) => ({ ...permit, actions: [...permit.actions] })) }),
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
  };
}

export function toAccountBody(account: Account): z.input<typeof accountSchema> {
  const { name, email, isEmailConfirmed, role, createdAt, isDisabled, twoFactorSince } = account;
  return {
    name,
    ...(email === undefined ? {} : { email }),
    isEmailConfirmed,
    ...(role === undefined ? {} : { role }),
    createdAt: createdAt.toISOString(),
    isDisabled,
    hasTwoFactor: twoFactorSince !== undefined,
  };
}

function toToken(token: PersonalToken): z.input<typeof personalToken> {
  const { id, label, scopes, repositories, createdAt, expiresAt, isActive, lastUse } = token;
  return {
    id,
    label,
    scopes: [...scopes],
    repositories: [...repositories],
    createdAt: createdAt.toISOString(),
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
    isActive,
    ...(lastUse === undefined ? {} : { lastUse: { ...lastUse, at: lastUse.at.toISOString() } }),
  };
}
