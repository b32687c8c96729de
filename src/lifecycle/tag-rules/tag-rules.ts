import type { Caller, Journal } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import {
  findNamespace,
  type Namespace,
  type NamespaceId,
  type NamespaceName,
} from "../../namespaces/index.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import { findRepository, type Repository, type RepositoryId } from "../../repositories/index.ts";
import type { LifecycleTables } from "../tables.ts";
import { removeOverridesBelow } from "./overrides-store.ts";
import { type DescribedProtection, describeProtections, findProtections } from "./protections.ts";
import { assertChange, editRules, type RuleChange, type RuleEdit } from "./rule-change.ts";
import type { RulePresence } from "./rule-presence.ts";
import {
  combineLevels,
  HUB,
  type ImmutableRule,
  type LevelRules,
  NOTHING_IMMUTABLE,
  type ProtectedRule,
  type RuleBodies,
  type RuleKind,
  type RuleScope,
  type RulesInForce,
} from "./rules.ts";
import {
  doubtAliasesBelow,
  type Levels,
  listLevelsOf,
  listLevelsOfMany,
  saveRule,
} from "./tag-rules-store.ts";

interface TagRulesDeps {
  readonly database: Database<LifecycleTables>;
  readonly journal: Journal;
  readonly presence: RulePresence;
}

/** Where something is said about tags. */
export interface RulePlace {
  readonly scope: RuleScope;
  /** `acme/api`, `acme`, or `hub`. */
  readonly name: string;
  /** How actions there begin in the audit trail. */
  readonly noun: "repo" | "org" | "account" | "hub";
  /** Whose teams, roles and robots a rule there can name. */
  readonly namespaceId: NamespaceId | undefined;
}

/** What holds at a place, and what it says itself. */
export interface RulesAt {
  readonly inForce: RulesInForce;
  readonly own: LevelRules;
}

type Trx = Parameters<Parameters<Database<LifecycleTables>["write"]>[0]>[0];

const ACTIONS = {
  format: "tag.format.updated",
  immutable: "immutable.tags.updated",
  protected: "protected.tags.updated",
  aliases: "alias.tags.updated",
  assembled: "assembled.tags.updated",
} as const;

export const HUB_PLACE: RulePlace = {
  scope: HUB,
  name: "hub",
  noun: "hub",
  namespaceId: undefined,
};

export function placeOf({
  id,
  name,
  namespaceId,
}: Pick<Repository, "id" | "name" | "namespaceId">): RulePlace {
  return { scope: { kind: "repository", id }, name, noun: "repo", namespaceId };
}

export function placeOfNamespace({ id, name, kind }: Namespace): RulePlace {
  const noun = kind === "organization" ? "org" : "account";
  return { scope: { kind: "namespace", id }, name, noun, namespaceId: id };
}

/** What hub, namespaces and repositories say about their tags. Whether the caller may was decided before. */
export class TagRules {
  readonly #deps: TagRulesDeps;

  constructor(deps: TagRulesDeps) {
    this.#deps = deps;
  }

  async read({ scope }: RulePlace): Promise<RulesAt> {
    return toRulesAt(await listLevelsOf(this.#deps.database.reader, scope), scope);
  }

  /** Whom a rule names, by today's names. */
  async describe(rule: ProtectedRule): Promise<readonly DescribedProtection[]> {
    return await describeProtections(this.#deps.database.reader, rule);
  }

  /** Which tags are immutable in each of these repositories, as far as anything was said about that. */
  async listImmutable(
    repositories: readonly Pick<Repository, "id" | "namespaceId">[],
  ): Promise<ReadonlyMap<RepositoryId, ImmutableRule>> {
    const levels = await listLevelsOfMany(this.#deps.database.reader, repositories);
    return new Map(
      repositories.map(({ id }) => {
        const { immutable } = combineLevels(levels.get(id) ?? []);
        return [id, immutable?.body ?? NOTHING_IMMUTABLE];
      }),
    );
  }

  /**
   * Throws PATTERN_INVALID, RULE_LOCKED where a level above decides, or NOT_FOUND if the place went or moved meanwhile. Once
   * it is answered, nothing that breaks it is committed any more.
   */
  async set(place: RulePlace, change: RuleChange, caller: Caller): Promise<RulesAt> {
    const { database, presence } = this.#deps;
    const { scope } = place;
    assertChange(change);
    return await presence.during(() =>
      database.write(async (trx) => {
        await assertThere(trx, place);
        const levels = await listLevelsOf(trx, scope);
        const lines = change.protected?.lines ?? [];
        const protections = await findProtections(trx, lines, place.namespaceId);
        const edits = editRules(toRulesAt(levels, scope).own, change, protections);
        for (const edit of edits) {
          assertUnlocked(levels, scope, edit);
          await saveRule(trx, scope, { kind: edit.kind, said: edit.after });
          if (edit.kind === "immutable") await removeOverridesBelow(trx, scope);
          if (edit.kind === "aliases") await doubtAliasesBelow(trx, scope);
          await this.#record(trx, { place, edit, caller });
        }
        await failPoint("tag-rules.before-commit");
        return toRulesAt(await listLevelsOf(trx, scope), scope);
      }),
    );
  }

  async #record(
    trx: Trx,
    { place, edit, caller }: { place: RulePlace; edit: RuleEdit; caller: Caller },
  ): Promise<void> {
    const { noun, name } = place;
    const [first = ""] = name.split("/", 1);
    const account = noun === "hub" ? caller.by.name : first;
    await this.#deps.journal.record(trx, {
      action: `${noun}.${ACTIONS[edit.kind]}`,
      ...{ ...caller, account, name },
      before: await toEntry(trx, edit.before),
      after: await toEntry(trx, edit.after),
    });
  }
}

function toRulesAt(levels: Levels, { kind }: RuleScope): RulesAt {
  const own = levels.find(({ level }) => level === kind)?.rules ?? {};
  return { inForce: combineLevels(levels), own };
}

async function assertThere(trx: Trx, { scope, name }: RulePlace): Promise<void> {
  if (scope.kind === "hub") return;
  const found =
    scope.kind === "namespace"
      ? (await findNamespace(trx, name as NamespaceName))?.id
      : await findRepository(trx, name as RepositoryName);
  if (found !== scope.id) throw new ProblemError(PROBLEMS.NOT_FOUND);
}

function assertUnlocked(levels: Levels, { kind: own }: RuleScope, { kind }: RuleEdit): void {
  const above = levels.slice(
    0,
    levels.findIndex(({ level }) => level === own),
  );
  const by = above.find(({ rules }) => rules[kind]?.isLocked === true);
  if (by === undefined) return;
  const whose = by.level === "hub" ? "the hub" : "the namespace";
  const who = by.level === "hub" ? "an administrator of the hub" : "an owner of the namespace";
  const detail = `${whose} decides about this (rule "${kind}") and has locked it: ${who} can change that`;
  throw new ProblemError(PROBLEMS.RULE_LOCKED, { detail });
}

/** As the audit trail shows it; nothing for a level that says nothing. */
async function toEntry(
  trx: Trx,
  said: RuleEdit["before"],
): Promise<Readonly<Record<string, unknown>>> {
  if (said === undefined) return {};
  const { body, isLocked } = said;
  return { ...(await showBody(trx, body)), ...(isLocked && { locked: true }) };
}

async function showBody(trx: Trx, body: RuleBodies[RuleKind]): Promise<object> {
  if ("allow" in body) return { allow: body.allow };
  if ("suffixes" in body || "latest" in body) return body;
  if ("lines" in body) return { lines: await describeProtections(trx, body) };
  const { isEnabled: enabled, patterns: rules, youngerThanMs, isUntilRetention } = body;
  return {
    ...{ enabled, rules },
    ...(youngerThanMs !== undefined && { youngerThanSeconds: youngerThanMs / 1000 }),
    ...(isUntilRetention && { untilRetention: true }),
  };
}
