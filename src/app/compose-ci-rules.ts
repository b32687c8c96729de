import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Kysely } from "kysely";
import { createAccountsAuthoriser, type Standings } from "../access/index.ts";
import type { NamespaceName } from "../namespaces/index.ts";
import { type Authority, assertMayGiveActions } from "../organizations/index.ts";
import { CiRules, createTrustRoutes, type TrustedIssuer } from "../tokens/index.ts";
import { assertSeesHub } from "./compose-quotas.ts";
import type { Telling } from "./compose-telling.ts";
import { assertOperates } from "./operator-access.ts";
import type { HubTables } from "./stores.ts";

type CiRulesDeps = ConstructorParameters<typeof CiRules>[0];

interface CiRuleParts extends Omit<CiRulesDeps, "outbound" | "assertMayGive"> {
  readonly authority: Authority;
  readonly standings: Standings;
  readonly telling: Pick<Telling, "outbound">;
}

/** Where there are accounts: who sees which CI jobs get in, and who lets in more. */
export function composeCiRules(
  { issuers }: { readonly issuers: readonly TrustedIssuer[] },
  parts: CiRuleParts,
): FastifyPluginAsyncZod {
  const { url, authority, telling } = parts;
  const authoriser = createAccountsAuthoriser(parts);
  const ciRules = new CiRules({
    ...parts,
    outbound: telling.outbound,
    async assertMayGive(trx, { organization, actions, by }) {
      const { id, name } = organization;
      const gift = { organization: { id, name: name as NamespaceName }, actions, by };
      const doing = "letting jobs do this";
      await assertMayGiveActions(trx as Kysely<HubTables>, { ...gift, doing });
    },
  });
  return createTrustRoutes({
    ...{ issuers, url, ciRules, assertSeesHub },
    assertOperates: (caller) => assertOperates(authoriser, caller),
    getOrganization: (caller, name, need) => authority.getOrganization(caller, name, need),
  });
}
