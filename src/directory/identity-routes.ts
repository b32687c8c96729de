import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf, LoginUnavailable } from "../access/index.ts";
import { type Accounts, getOwnAccount } from "../accounts/index.ts";
import {
  IDENTITIES_PATH,
  identityList,
  identity as identitySchema,
  newIdentity,
  userIdentityList,
} from "../contract/identities.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { Identities } from "./identities.ts";
import type { Identity } from "./identities-store.ts";

export interface IdentityRouteDeps {
  readonly accounts: Accounts;
  readonly identities: Identities;
  /** The names of those whose people can be linked. */
  readonly providers: readonly string[];
  /** What the settings call an issuer; undefined once they do not know it any more. */
  readonly findProvider: (issuer: string) => string | undefined;
}

const nothing = z.null();
const id = z.string().max(64);

/** How people see and end what else opens their account, and administrators link and unlink it. */
export function createIdentityRoutes(deps: IdentityRouteDeps): FastifyPluginAsyncZod {
  const { accounts, identities } = deps;
  return async (app) => {
    const config = { access: "account" } as const;
    const list = { response: { 200: identityList } };
    app.get(IDENTITIES_PATH, { config, schema: list }, async (request) => {
      const account = await getOwnAccount(accounts, callerOf(request).by);
      return { items: (await identities.list(account.id)).map((one) => toBody(deps, one)) };
    });
    const remove = { params: z.object({ id }), response: { 204: nothing } };
    app.delete(`${IDENTITIES_PATH}/:id`, { config, schema: remove }, async (request, reply) => {
      const caller = callerOf(request);
      const account = await getOwnAccount(accounts, caller.by);
      await identities.unlink(account, request.params.id, caller);
      return reply.code(204).send(null);
    });
    await app.register(createOperatorRoutes(deps));
  };
}

function createOperatorRoutes(deps: IdentityRouteDeps): FastifyPluginAsyncZod {
  const { accounts, identities } = deps;
  const path = "/api/v1/users/:name/identities";
  const name = z.string().max(255);
  return async (app) => {
    const config = { access: "operate" } as const;
    // Whoever links somebody logs in as that account: as grave as its password.
    const sensitive = { access: "operate", isSensitive: true } as const;
    const list = { params: z.object({ name }), response: { 200: userIdentityList } };
    app.get(path, { config, schema: list }, async (request) => {
      const account = await accounts.get(request.params.name);
      const items = (await identities.list(account.id)).map((one) => toBody(deps, one));
      return { items, providers: [...deps.providers] };
    });
    const link = {
      params: z.object({ name }),
      body: newIdentity,
      response: { 201: identitySchema },
    };
    app.post(path, { config: sensitive, schema: link }, async (request, reply) => {
      const account = await accounts.get(request.params.name);
      const linked = await answered(() =>
        identities.linkNamed(account, request.body, callerOf(request)),
      );
      return reply.code(201).send(toBody(deps, linked));
    });
    const remove = { params: z.object({ name, id }), response: { 204: nothing } };
    app.delete(`${path}/:id`, { config: sensitive, schema: remove }, async (request, reply) => {
      const account = await accounts.get(request.params.name);
      await identities.unlink(account, request.params.id, callerOf(request));
      return reply.code(204).send(null);
    });
  };
}

async function answered<Answer>(question: () => Promise<Answer>): Promise<Answer> {
  try {
    return await question();
  } catch (cause) {
    if (!(cause instanceof LoginUnavailable)) throw cause;
    throw new ProblemError({ status: 503, title: cause.message }, { cause });
  }
}

function toBody(deps: IdentityRouteDeps, identity: Identity): z.input<typeof identitySchema> {
  const { issuer, subject, name, createdAt, seenAt } = identity;
  return {
    id: identity.id,
    provider: deps.findProvider(issuer) ?? issuer,
    issuer,
    subject,
    name,
    createdAt: createdAt.toISOString(),
    seenAt: seenAt.toISOString(),
  };
}
