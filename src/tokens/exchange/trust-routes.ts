import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf, matchesText } from "../../access/index.ts";
import { CI_RULES_PATH, type ciRule, ciRuleList } from "../../contract/ci-rules.ts";
import type { TrustedIssuer } from "./trust-rules.ts";

export interface TrustRouteDeps {
  readonly issuers: readonly TrustedIssuer[];
  /** The audience of issuers that have none of their own. */
  readonly url: string | undefined;
  /** Throws unless the caller may look at the whole hub. */
  readonly assertSeesHub: (caller: Caller) => void;
  /** Throws unless the caller may see what logs in for the organization. */
  readonly getOrganization: (caller: Caller, name: string) => Promise<{ readonly name: string }>;
}

const config = { access: "account" } as const;
const response = { 200: ciRuleList };

/** Which jobs get in: all of them for those who run the hub, and for an organization those that reach its repositories. */
export function createTrustRoutes(deps: TrustRouteDeps): FastifyPluginAsyncZod {
  const rules = deps.issuers.flatMap((issuer) => rulesOf(issuer, deps.url));
  return async (app) => {
    app.get(CI_RULES_PATH, { config, schema: { response } }, async (request) => {
      deps.assertSeesHub(callerOf(request));
      return { items: rules };
    });
    const params = z.object({ organization: z.string().max(255) });
    const path = "/api/v1/organizations/:organization/ci-rules";
    app.get(path, { config, schema: { params, response } }, async (request) => {
      const { name } = await deps.getOrganization(callerOf(request), request.params.organization);
      return { items: rules.flatMap((rule) => withinNamespace(rule, name)) };
    });
  };
}

type Rule = z.input<typeof ciRule>;

function rulesOf(trusted: TrustedIssuer, url: string | undefined): readonly Rule[] {
  const { issuer, audience = url ?? null, rules } = trusted;
  return rules.map(({ claims, account, repositories, actions, lifetime }) => ({
    ...{ issuer, audience, claims: { ...claims }, account },
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
