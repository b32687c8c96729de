import type { Principal } from "../../access/index.ts";
import {
  findFormerNamespace,
  findNamespace,
  findNamespaceById,
  type Namespace,
  type NamespaceName,
} from "../../namespaces/index.ts";
import type { Database } from "../../platform/db/index.ts";
import type { TokenTables } from "../tables.ts";
import { type CiRule, findCiRule, listCiRulesOf } from "./ci-rules-store.ts";
import type { RuleInForce } from "./trust-rules.ts";

/** Accounts that others act for. */
export interface Personas {
  /** Without a credential; undefined unless the account is in force. */
  findByName(name: string): Promise<Principal | undefined>;
  findById(accountId: number): Promise<Principal | undefined>;
}

interface StoredRulesDeps {
  readonly database: Pick<Database<TokenTables>, "reader">;
  readonly personas: Personas;
}

/**
 * Rules that were added by the API. They are read anew each time, so that one that any process removed lets nobody in from
 * that moment on.
 */
export class StoredRules {
  readonly #deps: StoredRulesDeps;

  constructor(deps: StoredRulesDeps) {
    this.#deps = deps;
  }

  /**
   * In the order in which they are tried: the hub's, then those of the organization that the job asks. Others' are none of
   * its business: what they say can neither give it anything nor keep it from anything.
   */
  async listFor(issuer: string, asked: string | undefined): Promise<readonly RuleInForce[]> {
    const organization = await this.#findOrganization(asked);
    const key = { issuer, organization: organization?.id };
    const rules = await listCiRulesOf(this.#deps.database.reader, key);
    return rules.map((rule) => this.#toRule(rule, organization));
  }

  async find(id: string): Promise<RuleInForce | undefined> {
    const { reader } = this.#deps.database;
    const rule = await findCiRule(reader, id);
    if (rule === undefined) return undefined;
    const { organizationId } = rule;
    if (organizationId === 0) return this.#toRule(rule, undefined);
    const organization = await findNamespaceById(reader, organizationId);
    return organization && this.#toRule(rule, organization);
  }

  /** By the name that it has, or had: jobs go on after it was renamed. */
  async #findOrganization(name: string | undefined): Promise<Namespace | undefined> {
    if (name === undefined) return undefined;
    const { reader } = this.#deps.database;
    const wanted = name.toLowerCase() as NamespaceName;
    const found =
      (await findNamespace(reader, wanted)) ?? (await findFormerNamespace(reader, wanted));
    return found?.kind === "organization" ? found : undefined;
  }

  #toRule(rule: CiRule, organization: Namespace | undefined): RuleInForce {
    if (rule.organizationId === 0 || organization === undefined)
      return { ...rule, findActor: () => this.#deps.personas.findById(rule.accountId) };
    const { name, id } = organization;
    return {
      ...rule,
      organization: name,
      repositories: withinOrganization(name, rule.repositories),
      findActor: async () => ({
        kind: "robot",
        name: actorOf(name, rule),
        accountId: id,
      }),
    };
  }
}

/** Not a name that a robot could have, so that nobody takes one for the other. */
export function actorOf(organization: string, { name }: Pick<CiRule, "name">): string {
  return `${organization}+ci:${name}`;
}

export function withinOrganization(
  organization: string,
  patterns: readonly string[],
): readonly string[] {
  return patterns.map((pattern) => `${organization}/${pattern}`);
}
