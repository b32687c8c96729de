import type { Kysely } from "kysely";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { Tag } from "../../oci/tag.ts";
import { prepareQuery } from "../../platform/db/index.ts";
import type { Repository, RepositoryId } from "../../repositories/index.ts";
import type { LifecycleTables } from "../tables.ts";
import type { LevelRules, RuleKind, RuleLevel, RuleScope, Said } from "./rules.ts";

type Db = Kysely<LifecycleTables>;
type Row = Pick<LifecycleTables["tag_rules"], "scope_kind" | "kind" | "body" | "locked">;

/** What the levels say, from the widest on. */
export type Levels = readonly { readonly level: RuleLevel; readonly rules: LevelRules }[];

const selectLevels = prepareQuery((db: Db, key: { repository: RepositoryId }) =>
  db
    .selectFrom("tag_rules")
    .select(["scope_kind", "kind", "body", "locked"])
    .where((is) =>
      is.or([
        is.and([is("scope_kind", "=", "hub"), is("scope_id", "=", 0)]),
        is.and([
          is("scope_kind", "=", "namespace"),
          is(
            "scope_id",
            "=",
            is
              .selectFrom("repositories")
              .select("repositories.namespace_id")
              .where("repositories.id", "=", key.repository)
              .$castTo<{ namespace_id: RepositoryId }>(),
          ),
        ]),
        is.and([is("scope_kind", "=", "repository"), is("scope_id", "=", key.repository)]),
      ]),
    ),
);

/** Of the repository and of what is above it. */
export async function listLevels(db: Db, repository: RepositoryId): Promise<Levels> {
  return toLevels((await selectLevels(db, { repository })).rows);
}

/** Of a scope, and of the hub. */
export async function listLevelsOf(db: Db, scope: RuleScope): Promise<Levels> {
  if (scope.kind === "repository") return await listLevels(db, scope.id);
  const rows = await db
    .selectFrom("tag_rules")
    .select(["scope_kind", "kind", "body", "locked"])
    .where((is) =>
      is.or([
        is.and([is("scope_kind", "=", "hub"), is("scope_id", "=", 0)]),
        is.and([is("scope_kind", "=", scope.kind), is("scope_id", "=", scope.id)]),
      ]),
    )
    .execute();
  return toLevels(rows);
}

/** Of each repository that anything holds for, and of what is above it. */
export async function listLevelsOfMany(
  db: Db,
  repositories: readonly RuledRepository[],
): Promise<ReadonlyMap<RepositoryId, Levels>> {
  if (repositories.length === 0) return new Map();
  const ids = repositories.map(({ id }) => id);
  const namespaces = repositories.flatMap(({ namespaceId }) => namespaceId ?? []);
  const rows = await db
    .selectFrom("tag_rules")
    .select(["scope_kind", "scope_id", "kind", "body", "locked"])
    .where((is) =>
      is.or([
        is.and([is("scope_kind", "=", "hub"), is("scope_id", "=", 0)]),
        is.and([
          is("scope_kind", "=", "namespace"),
          is("scope_id", "in", [...new Set(namespaces)]),
        ]),
        is.and([is("scope_kind", "=", "repository"), is("scope_id", "in", ids)]),
      ]),
    )
    .execute();
  const idOf = {
    hub: () => 0,
    namespace: namespaceOf,
    repository: ({ id }: RuledRepository) => id,
  };
  return new Map(
    repositories.map((one) => [
      one.id,
      toLevels(rows.filter((row) => row.scope_id === idOf[row.scope_kind](one))),
    ]),
  );
}

type RuledRepository = Pick<Repository, "id" | "namespaceId">;

function namespaceOf({ namespaceId }: RuledRepository): number | undefined {
  return namespaceId;
}

export async function hasAnyRule(db: Db): Promise<boolean> {
  return (await selectAny(db, {})).rows.length > 0;
}

const selectAny = prepareQuery((db: Db) => db.selectFrom("tag_rules").select("kind").limit(1));

/** Says it anew, or nothing any more. */
export async function saveRule(
  trx: Db,
  scope: RuleScope,
  rule: { readonly kind: RuleKind; readonly said: Said<object> | undefined },
): Promise<void> {
  const { kind, said } = rule;
  if (said === undefined) {
    await trx
      .deleteFrom("tag_rules")
      .where("scope_kind", "=", scope.kind)
      .where("scope_id", "=", scope.id)
      .where("kind", "=", kind)
      .execute();
    return;
  }
  const row = { body: JSON.stringify(said.body), locked: said.isLocked ? 1 : 0 } as const;
  await trx
    .insertInto("tag_rules")
    .values({
      ...{ scope_kind: scope.kind, scope_id: scope.id, kind, ...row },
      repository_id: scope.kind === "repository" ? scope.id : null,
    })
    .onConflict((conflict) => conflict.columns(["scope_kind", "scope_id", "kind"]).doUpdateSet(row))
    .execute();
}

/** Once something else is said about aliases: releases may have come while nothing was said. */
export async function doubtAliasesBelow(trx: Db, scope: RuleScope): Promise<void> {
  const all = trx.updateTable("tag_aliases").set({ is_settled: 0 });
  switch (scope.kind) {
    case "hub":
      await all.execute();
      return;
    case "namespace": {
      const below = trx
        .selectFrom("repositories")
        .select("repositories.id")
        .where("repositories.namespace_id", "=", scope.id);
      await all.where("repository_id", "in", below).execute();
      return;
    }
    case "repository":
      await doubtAliasesOf(trx, scope.id);
  }
}

/** Tags came or may have come that nobody compared with what aliases stand for: the next release looks at all of them. */
export async function doubtAliasesOf(trx: Db, repository: RepositoryId): Promise<void> {
  await trx
    .updateTable("tag_aliases")
    .set({ is_settled: 0 })
    .where("repository_id", "=", repository)
    .execute();
}

/** When the tag came to name what it names. */
export async function findPushTime(
  db: Db,
  repository: RepositoryId,
  tag: Tag,
): Promise<Date | undefined> {
  const row = await db
    .selectFrom("tags")
    .select("updated_at")
    .where("repository_id", "=", repository)
    .where("name", "=", tag)
    .executeTakeFirst();
  return row && new Date(row.updated_at);
}

export async function findNamespaceId(
  db: Db,
  repository: RepositoryId,
): Promise<NamespaceId | undefined> {
  const row = await db
    .selectFrom("repositories")
    .select("namespace_id")
    .where("id", "=", repository)
    .executeTakeFirst();
  return row?.namespace_id ?? undefined;
}

const LEVELS: readonly RuleLevel[] = ["hub", "namespace", "repository"];

function toLevels(rows: readonly Row[]): Levels {
  return LEVELS.map((level) => {
    const own = rows.filter(({ scope_kind }) => scope_kind === level);
    const rules = own.map(({ kind, body, locked }) => [
      kind,
      { body: JSON.parse(body), isLocked: locked === 1 },
    ]);
    return { level, rules: Object.fromEntries(rules) as LevelRules };
  });
}
