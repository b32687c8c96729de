import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf, matchesText } from "../../access/index.ts";
import {
  CI_RULES_PATH,
  ciRuleList,
  ciRule as ciRuleSchema,
  newCiRule,
  newHubCiRule,
} from "../../contract/ci-rules.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { CiRules, RuleOwner } from "./ci-rules.ts";
import type { CiRule } from "./ci-rules-store.ts";
import { withinOrganization } from "./stored-rules.ts";
import type { TrustedIssuer } from "./trust-rules.ts";

export interface TrustRouteDeps {
  readonly issuers: readonly TrustedIssuer[];
  readonly ciRules: CiRules;
  /** The audience of issuers that have none of their own. */
  readonly url: string | undefined;
  /** Throws unless the caller may look at the whole hub. */
  readonly assertSeesHub: (caller: Caller) => void;
  /** Throws unless the caller may work on the hub. */
  readonly assertOperates: (caller: Caller) => Promise<void>;
  /** Throws unless the caller may see, or change, what logs in for the organization. */
  readonly getOrganization: (
    caller: Caller,
    name: string,
    need: "machine.read" | "machine.manage",
  ) => Promise<{ readonly id: NamespaceId; readonly name: string }>;
}

type Rule = z.input<typeof ciRuleSchema>;

const config = { access: "account" } as const;
const sensitive = { access: "account", isSensitive: true } as const;
const id = z.string().max(64);
const organization = z.string().max(255);
const nothing = z.null();

/** Which jobs get in, in the whole hub or to an organization's repositories, and what those who may add and remove of it. */
export function createTrustRoutes(deps: TrustRouteDeps): FastifyPluginAsyncZod {
  return async (app) => {
    await app.register(createHubRoutes(deps));
    await app.register(createOrganizationRoutes(deps));
  };
}

function createHubRoutes(deps: TrustRouteDeps): FastifyPluginAsyncZod {
  const { ciRules } = deps;
  return async (app) => {
    const list = { response: { 200: ciRuleList } };
    app.get(CI_RULES_PATH, { config, schema: list }, async (request) => {
      deps.assertSeesHub(callerOf(request));
      return { items: await listOfHub(deps) };
    });
    const create = { body: newHubCiRule, response: { 201: ciRuleSchema } };
    app.post(CI_RULES_PATH, { config: sensitive, schema: create }, async (request, reply) => {
      const caller = callerOf(request);
      await deps.assertOperates(caller);
      const made = await ciRules.add(undefined, { ...toWish(request.body), ...caller });
      return reply.code(201).send(await toBody(deps, undefined, made));
    });
    const remove = { params: z.object({ id }), response: { 204: nothing } };
    app.delete(`${CI_RULES_PATH}/:id`, { config, schema: remove }, async (request, reply) => {
      const caller = callerOf(request);
      await deps.assertOperates(caller);
      await ciRules.remove(undefined, request.params.id, caller);
      return reply.code(204).send(null);
    });
  };
}

function createOrganizationRoutes(deps: TrustRouteDeps): FastifyPluginAsyncZod {
  const { ciRules, getOrganization } = deps;
  const path = "/api/v1/organizations/:organization/ci-rules";
  const params = z.object({ organization });
  return async (app) => {
    const list = { params, response: { 200: ciRuleList } };
    app.get(path, { config, schema: list }, async (request) => {
      const { organization: asked } = request.params;
      const found = await getOrganization(callerOf(request), asked, "machine.read");
      const reaching = (await listOfHub(deps)).flatMap((rule) => withinNamespace(rule, found.name));
      return { items: [...reaching, ...(await listOwn(deps, found))] };
    });
    const create = { params, body: newCiRule, response: { 201: ciRuleSchema } };
    app.post(path, { config: sensitive, schema: create }, async (request, reply) => {
      const caller = callerOf(request);
      const found = await getOrganization(caller, request.params.organization, "machine.manage");
      const made = await ciRules.add(found, { ...toWish(request.body), ...caller });
      return reply.code(201).send(await toBody(deps, found, made));
    });
    const remove = { params: params.extend({ id }), response: { 204: nothing } };
    app.delete(`${path}/:id`, { config, schema: remove }, async (request, reply) => {
      const caller = callerOf(request);
      const found = await getOrganization(caller, request.params.organization, "machine.manage");
      await ciRules.remove(found, request.params.id, caller);
      return reply.code(204).send(null);
    });
  };
}

/** In the order in which they are tried. */
async function listOfHub(deps: TrustRouteDeps): Promise<Rule[]> {
  const ofSettings = deps.issuers.flatMap((issuer) => rulesOf(issuer, deps.url));
  return [...ofSettings, ...(await listOwn(deps, undefined))];
}

async function listOwn(deps: TrustRouteDeps, owner: RuleOwner): Promise<Rule[]> {
  const rules = await deps.ciRules.list(owner);
  return await Promise.all(rules.map((rule) => toBody(deps, owner, rule)));
}

function toWish<Body extends { readonly lifetimeSeconds: number }>({
  lifetimeSeconds,
  ...wish
}: Body) {
  return { ...wish, lifetime: lifetimeSeconds * 1000 };
}

async function toBody(
  { ciRules, url }: Pick<TrustRouteDeps, "ciRules" | "url">,
  owner: RuleOwner,
  rule: CiRule,
): Promise<Rule> {
  const { repositories, actions, lifetime, createdAt } = rule;
  const names = owner === undefined ? repositories : withinOrganization(owner.name, repositories);
  return {
    ...{ source: owner === undefined ? "hub" : "organization", id: rule.id, name: rule.name },
    ...{ issuer: rule.issuer, audience: url ?? null, claims: { ...rule.claims } },
    account: (await ciRules.actorOf(owner, rule)) ?? "",
    ...{ repositories: [...names], actions: [...actions] },
    lifetimeSeconds: Math.floor(lifetime / 1000),
    ...{ createdBy: rule.createdBy, createdAt: createdAt.toISOString() },
  };
}

function rulesOf(trusted: TrustedIssuer, url: string | undefined): readonly Rule[] {
  const { issuer, audience = url ?? null, rules } = trusted;
  return rules.map(({ claims, account, repositories, actions, lifetime }) => ({
    ...{ source: "settings", issuer, audience, claims: { ...claims }, account },
    ...{ repositories: [...repositories], actions: [...actions] },
    lifetimeSeconds: Math.floor(lifetime / 1000),
  }));
}

/** The rule with what of it concerns the namespace: which repositories of others a job reaches is none of its business. */
function withinNamespace(rule: Rule, namespace: string): readonly Rule[] {
  const repositories = rule.repositories.filter((pattern) => {
    const [first = ""] = pattern.split("/");
    return matchesText(first, namespace);
  });
  return repositories.length === 0 ? [] : [{ ...rule, repositories }];
}
