import type { FastifyReply, FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import {
  type Attempt,
  answerTooMany,
  callerOf,
  originOf,
  type Principal,
  readSessionCookie,
} from "../../access/index.ts";
import { type Accounts, getOwnAccount, type OpenSession } from "../../accounts/index.ts";
import { IDENTITIES_PATH } from "../../contract/identities.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import {
  COMMAND_CONSENT_PATH,
  COMMAND_LOGIN_PATH,
  commandLogin,
  commandLoginAnswer,
  linkLocation,
  loginQuery,
  newLink,
  OIDC_PATH,
  PROVIDERS_PATH,
  providerList,
} from "../../contract/single-sign-on.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { PublicAddress } from "../../platform/http/index.ts";
import type { Admission, ForeignAccounts } from "../foreign-accounts.ts";
import type { Identities } from "../identities.ts";
import type { Person } from "../person.ts";
import type { CommandLogins } from "./command-logins.ts";
import { createConsentRoutes } from "./consent-routes.ts";
import { type LoginFlows, type Purpose, toLocalAddress } from "./login-flow.ts";
import type { OidcProvider } from "./oidc-provider.ts";

export interface OidcRouteDeps extends PublicAddress {
  readonly providers: readonly OidcProvider[];
  readonly flows: LoginFlows;
  readonly clock: () => Date;
  readonly commandLogins: CommandLogins;
  readonly accounts: Accounts;
  readonly identities: Identities;
  readonly foreignAccounts: Pick<ForeignAccounts, "admit">;
  readonly openSession: OpenSession;
  /** Who a browser's session belongs to. */
  readonly findBySession: (claim: {
    readonly secret: string;
    readonly origin: Attempt["origin"];
  }) => Promise<Principal | undefined>;
  readonly noteRefusal: (deed: Attempt) => void;
}

type Query = z.output<typeof loginQuery>;

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

const params = z.object({ provider: z.string().max(64) });
const open = { access: "public" } as const;

/** How a browser goes to a provider and comes back. */
export function createOidcRoutes(deps: OidcRouteDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const list = { response: { 200: providerList } };
    app.get(PROVIDERS_PATH, { config: open, schema: list }, async () => ({
      items: deps.providers.map(({ settings: { name } }) => ({
        name,
        path: `${OIDC_PATH}/${name}`,
      })),
    }));
    const start = { params, querystring: loginQuery };
    app.get(`${OIDC_PATH}/:provider`, { config: open, schema: start }, async (request, reply) => {
      const purpose = purposeOf(deps, request, request.query);
      const location = await begin(
        deps,
        { request, reply },
        {
          provider: request.params.provider,
          purpose,
        },
      );
      return reply.redirect(location, 302);
    });
    const back = { params };
    app.get(
      `${OIDC_PATH}/:provider/callback`,
      { config: open, schema: back },
      async (request, reply) => {
        const location = await comeBack(deps, { request, reply }, request.params.provider);
        return reply.redirect(location, 302);
      },
    );
    await app.register(createOtherEnds(deps));
    await app.register(createConsentRoutes(deps));
  };
}

function createOtherEnds(deps: OidcRouteDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const link = { body: newLink, response: { 200: linkLocation } };
    const sensitive = { access: "account", isSensitive: true } as const;
    app.post(IDENTITIES_PATH, { config: sensitive, schema: link }, async (request, reply) => {
      const { id: accountId } = await getOwnAccount(deps.accounts, callerOf(request).by);
      const { provider, return: returnTo } = request.body;
      const purpose = { kind: "link", accountId, returnTo: toLocalAddress(returnTo) } as const;
      return { location: await begin(deps, { request, reply }, { provider, purpose }) };
    });
    const redeem = { body: commandLogin, response: { 201: commandLoginAnswer } };
    app.post(COMMAND_LOGIN_PATH, { config: open, schema: redeem }, async (request, reply) => {
      const origin = originOf(request.raw, deps);
      return reply.code(201).send(await deps.commandLogins.redeem(request.body, origin));
    });
  };
}

function purposeOf(deps: OidcRouteDeps, request: Exchange["request"], query: Query): Purpose {
  const { port, challenge, state, machine = "a machine" } = query;
  if (port === undefined) return { kind: "session", returnTo: toLocalAddress(query.return) };
  if (challenge !== undefined && state !== undefined) {
    const { address } = originOf(request.raw, deps);
    const begunAt = deps.clock().getTime();
    return { kind: "command", port, challenge, state, machine, address, begunAt };
  }
  const detail = "a command that waits on a port has to send challenge and state";
  throw new ProblemError(PROBLEMS.SSO_INVALID, { detail });
}

async function begin(
  deps: OidcRouteDeps,
  { request, reply }: Exchange,
  wish: { readonly provider: string; readonly purpose: Purpose },
): Promise<string> {
  const provider = getProvider(deps, wish.provider);
  const redirectUri = callbackOf(deps, request, wish.provider);
  const { location, secrets } = await answerTooMany(reply, () => provider.begin(redirectUri));
  const baseUrl = deps.baseUrlOf(request.raw);
  reply.header("Set-Cookie", deps.flows.keep({ ...wish, secrets }, baseUrl));
  return location;
}

async function comeBack(deps: OidcRouteDeps, exchange: Exchange, name: string): Promise<string> {
  const { request, reply } = exchange;
  const baseUrl = deps.baseUrlOf(request.raw);
  const provider = getProvider(deps, name);
  const flow = deps.flows.find(request.raw, baseUrl);
  // Over, however it ends: nothing of it can be shown twice.
  reply.header("Set-Cookie", deps.flows.end(baseUrl));
  if (flow?.provider !== name || flow.purpose.kind === "consent") {
    const detail = "this browser did not begin this login, or did so too long ago: begin again";
    throw new ProblemError(PROBLEMS.SSO_INVALID, { detail });
  }
  const [, query = ""] = request.url.split("?", 2);
  const returned = new URL(`${callbackOf(deps, request, name)}?${query}`);
  const person = await answerTooMany(reply, () => provider.complete(returned, flow.secrets));
  const { purpose } = flow;
  if (purpose.kind === "link") return await link(deps, exchange, { person, purpose });
  const { account, identity } = await admit(deps, exchange, { person, provider });
  if (purpose.kind === "session") {
    await deps.openSession(exchange, { account, provedBy: "oidc", openedBy: identity.id });
    return purpose.returnTo;
  }
  const whose = { accountId: account.id, identityId: identity.id, user: account.name };
  const consent = { ...purpose, ...whose, kind: "consent" } as const;
  // In place of the cookie that ends it.
  reply.removeHeader("Set-Cookie");
  reply.header("Set-Cookie", deps.flows.keep({ ...flow, purpose: consent }, baseUrl));
  return COMMAND_CONSENT_PATH;
}

async function admit(
  deps: OidcRouteDeps,
  { request }: Exchange,
  { person, provider }: { readonly person: Person; readonly provider: OidcProvider },
): Promise<Admission> {
  const origin = originOf(request.raw, deps);
  const { policy } = provider.settings;
  const admission = await deps.foreignAccounts.admit({ person, policy, origin });
  if (!("why" in admission)) return admission;
  const by = { kind: "anonymous", name: person.name } as const;
  const { provider: account } = policy;
  deps.noteRefusal({ action: "account.login", by, origin, account, name: person.name });
  throw new ProblemError(PROBLEMS.SSO_REFUSED, { detail: admission.why });
}

/** To the account that asked for it, while its owner is still the one in front of this browser. */
async function link(
  deps: OidcRouteDeps,
  { request }: Exchange,
  step: { readonly person: Person; readonly purpose: Extract<Purpose, { kind: "link" }> },
): Promise<string> {
  const { person, purpose } = step;
  const origin = originOf(request.raw, deps);
  const secret = readSessionCookie(request.raw, deps.baseUrlOf(request.raw));
  const by = secret === undefined ? undefined : await deps.findBySession({ secret, origin });
  if (by === undefined || by.accountId !== purpose.accountId) {
    const detail = "log in with this browser first, and link from there";
    throw new ProblemError(PROBLEMS.SSO_INVALID, { detail });
  }
  await deps.identities.link(await getOwnAccount(deps.accounts, by), person, { by, origin });
  return purpose.returnTo;
}

function getProvider({ providers }: OidcRouteDeps, name: string): OidcProvider {
  const found = providers.find(({ settings }) => settings.name === name);
  if (found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
  return found;
}

function callbackOf(deps: OidcRouteDeps, request: FastifyRequest, provider: string): string {
  const baseUrl = deps.baseUrlOf(request.raw);
  if (baseUrl !== undefined)
    return `${baseUrl.replace(/\/+$/, "")}${OIDC_PATH}/${provider}/callback`;
  throw new ProblemError(PROBLEMS.SSO_INVALID, { detail: "the request names no host" });
}
