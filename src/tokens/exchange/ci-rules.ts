import {
  isNamePattern,
  type Journal,
  type OpenTransaction,
  type Origin,
  type Principal,
} from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import { type OutboundClient, OutboundRefused } from "../../platform/outbound/index.ts";
import type { CiRuleId, TokenTables } from "../tables.ts";
import {
  type CiRule,
  findCiRule,
  insertCiRule,
  listCiRules,
  removeCiRule,
} from "./ci-rules-store.ts";
import { findClaimFault } from "./claim-bounds.ts";
import { actorOf, type Personas, withinOrganization } from "./stored-rules.ts";
import type { Terms } from "./trust-rules.ts";

const PER_OWNER = 100;
const CLAIMS = 20;
const NAME = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

export interface By {
  readonly by: Principal;
  readonly origin: Origin;
}

/** Whose a rule is: an organization's, or undefined for the hub's. */
export type RuleOwner = { readonly id: NamespaceId; readonly name: string } | undefined;

export interface NewCiRule extends Terms {
  readonly name: string;
  readonly issuer: string;
  /** As whom jobs act by a rule of the hub's. */
  readonly account?: string;
}

interface CiRulesDeps {
  readonly database: Database<TokenTables>;
  readonly outbound: Pick<OutboundClient, "assertAllowed">;
  readonly personas: Personas;
  readonly journal: Journal;
  /** Throws DENIED unless the person holds in the organization what the actions amount to. */
  readonly assertMayGive: (
    trx: OpenTransaction,
    gift: {
      readonly organization: { readonly id: NamespaceId; readonly name: string };
      readonly actions: Terms["actions"];
      readonly by: Principal;
    },
  ) => Promise<void>;
  /** What jobs' tokens have to be made for; undefined while the hub does not know its own address. */
  readonly url: string | undefined;
  readonly clock: () => Date;
  readonly randomId: () => string;
}

/** Rules that people add and remove while the hub runs. Whether the caller may do so at all is decided before. */
export class CiRules {
  readonly #deps: CiRulesDeps;

  constructor(deps: CiRulesDeps) {
    this.#deps = deps;
  }

  async list(owner: RuleOwner): Promise<readonly CiRule[]> {
    return await listCiRules(this.#deps.database.reader, owner?.id ?? 0);
  }

  /** Throws CI_RULE_INVALID, NAME_INVALID, NAME_TAKEN, ADDRESS_REFUSED, TOO_MANY or DENIED. */
  async add(owner: RuleOwner, wish: NewCiRule & By): Promise<CiRule> {
    const { by, origin, name, issuer, claims, actions, lifetime } = wish;
    this.#assertFit(wish);
    const repositories = ownPatterns(owner, wish.repositories);
    const accountId = owner?.id ?? (await this.#findAccount(wish.account ?? ""));
    const { database, clock, randomId, journal, assertMayGive } = this.#deps;
    const rule: CiRule = {
      ...{ id: randomId() as CiRuleId, organizationId: owner?.id ?? 0, name, issuer, claims },
      ...{ accountId, repositories, actions: [...new Set(actions)], lifetime },
      ...{ createdBy: by.name, createdAt: clock() },
    };
    await database.write(async (trx) => {
      if (owner !== undefined) await assertMayGive(trx, { organization: owner, actions, by });
      assertRoom(await listCiRules(trx, rule.organizationId), name);
      await insertCiRule(trx, rule);
      const deed = { action: actionFor(owner, "create"), by, origin, name } as const;
      const after = describe(rule, owner);
      await journal.record(trx, { ...deed, account: owner?.name ?? by.name, after });
    });
    return rule;
  }

  /** What it has let in is shut out with it. Throws NOT_FOUND, for another owner's too. */
  async remove(owner: RuleOwner, id: string, { by, origin }: By): Promise<void> {
    const { database, journal } = this.#deps;
    await database.write(async (trx) => {
      const rule = await findCiRule(trx, id);
      if (rule === undefined || rule.organizationId !== (owner?.id ?? 0))
        throw new ProblemError(PROBLEMS.NOT_FOUND);
      await removeCiRule(trx, rule.id);
      const deed = { action: actionFor(owner, "delete"), by, origin, name: rule.name } as const;
      const before = describe(rule, owner);
      await journal.record(trx, { ...deed, account: owner?.name ?? by.name, before });
    });
  }

  /** Under which name a job acts by each of them; undefined for accounts that are gone or not in force. */
  async actorOf(owner: RuleOwner, rule: CiRule): Promise<string | undefined> {
    if (owner !== undefined) return actorOf(owner.name, rule);
    return (await this.#deps.personas.findById(rule.accountId))?.name;
  }

  #assertFit({ name, issuer, claims }: NewCiRule): void {
    if (!NAME.test(name)) {
      const detail =
        "a rule's name is lower-case letters and digits, with single '.', '_' or '-' between them";
      throw new ProblemError(PROBLEMS.NAME_INVALID, { detail });
    }
    if (this.#deps.url === undefined)
      throw unfit(
        "this hub does not know its own address, which jobs' tokens have to be made for: whoever runs it sets url",
      );
    this.#assertIssuer(issuer);
    if (Object.keys(claims).length > CLAIMS) throw unfit(`a rule has at most ${CLAIMS} claims`);
    const fault = findClaimFault(claims);
    if (fault !== undefined) throw unfit(fault);
  }

  #assertIssuer(issuer: string): void {
    const url = URL.parse(issuer);
    const isPlain = url !== null && !/[?#\s\\]/.test(issuer);
    if (!isPlain || !issuer.startsWith("https://"))
      throw unfit("an issuer is an https address as its tokens have it, without ? and #");
    try {
      this.#deps.outbound.assertAllowed(issuer);
    } catch (cause) {
      if (!(cause instanceof OutboundRefused)) throw cause;
      throw new ProblemError(PROBLEMS.ADDRESS_REFUSED, { detail: cause.message, cause });
    }
  }

  async #findAccount(name: string): Promise<NamespaceId> {
    const account = await this.#deps.personas.findByName(name.toLowerCase());
    if (account?.accountId === undefined) throw unfit(`there is no account ${name} in force`);
    return account.accountId as NamespaceId;
  }
}

function assertRoom(known: readonly CiRule[], name: string): void {
  if (known.length >= PER_OWNER) {
    const detail = `there are at most ${PER_OWNER} rules at one place`;
    throw new ProblemError(PROBLEMS.TOO_MANY, { detail });
  }
  if (!known.some((other) => other.name === name)) return;
  throw new ProblemError(PROBLEMS.NAME_TAKEN, { detail: `there is a rule "${name}" already` });
}

/** Of an organization without its name, so that none can ever speak of another's. */
function ownPatterns(owner: RuleOwner, patterns: readonly string[]): readonly string[] {
  const prefix = owner === undefined ? "" : `${owner.name}/`;
  return patterns.map((pattern) => {
    if (isNamePattern(pattern) && pattern.startsWith(prefix)) return pattern.slice(prefix.length);
    throw unfit(
      owner === undefined
        ? `"${pattern}" is no name or pattern of repositories, such as acme/api or acme/**`
        : `"${pattern}" is no name or pattern within ${owner.name}, such as ${prefix}api or ${prefix}**`,
    );
  });
}

function actionFor<Verb extends "create" | "delete">(owner: RuleOwner, verb: Verb) {
  return owner === undefined ? (`hub.ci_rule.${verb}` as const) : (`org.ci_rule.${verb}` as const);
}

function describe(rule: CiRule, owner: RuleOwner) {
  const { issuer, claims, actions, lifetime } = rule;
  const repositories =
    owner === undefined ? rule.repositories : withinOrganization(owner.name, rule.repositories);
  return { issuer, claims, repositories, actions, lifetimeSeconds: Math.floor(lifetime / 1000) };
}

function unfit(detail: string): ProblemError {
  return new ProblemError(PROBLEMS.CI_RULE_INVALID, { detail });
}
